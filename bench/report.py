"""How a benchmark says what it found."""

from collections.abc import Sequence
from statistics import median


def spread(values: Sequence[float], unit: str, digits: int = 0) -> str:
    """``median unit (lowest to highest of n)``."""
    return (
        f"{median(values):,.{digits}f} {unit} "
        f"({min(values):,.{digits}f} to {max(values):,.{digits}f} of {len(values)})"
    )


def bench_line(name: str, ratio: float, ours: str, theirs: str) -> None:
    """The last line of every benchmark; ``make bench | grep ^BENCH`` collects them."""
    print(f"BENCH {name} ratio={ratio:.2f} {ours} vs {theirs}", flush=True)
