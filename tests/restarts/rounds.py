"""What happens around one restart of the broker, as data."""

import random
from dataclasses import dataclass
from enum import StrEnum


class Fate(StrEnum):
    """What becomes of nova-compute, or of the service, around a restart."""

    STAYS = "stays"
    KILLED = "killed"  # kill -9 while the broker is away, and started again at once
    STARTS_FIRST = "starts first"  # ended before the broker, started again before it
    STARTS_LAST = "starts last"  # ended before the broker, started again after the other part


@dataclass(frozen=True)
class Round:
    """One restart; ``is_crash``: kill -9 of the broker instead of an orderly stop."""

    down_s: float
    is_crash: bool
    nova: Fate
    service: Fate

    def __str__(self) -> str:
        how = "crash" if self.is_crash else "stop"
        return f"{how}, {self.down_s:.0f} s; nova-compute {self.nova}, service {self.service}"


# Each pair in turn; two that both start last would wait for each other.
PAIRS = [
    (nova, service)
    for service in Fate
    for nova in Fate
    if (nova, service) != (Fate.STARTS_LAST, Fate.STARTS_LAST)
]


def rounds(count: int, shortest_s: float, longest_s: float) -> list[Round]:
    """So many, every pair of fates as often as it goes, with random times."""
    pairs = [random.sample(PAIRS, len(PAIRS)) for _ in range(1 + count // len(PAIRS))]
    chosen = [pair for deck in pairs for pair in deck][:count]
    return [
        Round(
            random.uniform(shortest_s, longest_s),  # noqa: S311
            number % 3 == 0,
            nova,
            service,
        )
        for number, (nova, service) in enumerate(chosen)
    ]
