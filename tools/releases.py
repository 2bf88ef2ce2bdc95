"""The releases of Nova that vifcast-nova is for, as data.

A release's Pythons are those that its own upper constraints work on unedited, first,
then what stands in where that one is not to be had (Debian 12 has 3.11; 2.7 and 3.9
come from Debian 11).
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Release:
    """One release of Nova, pinned; ``pythons`` in order of preference."""

    name: str
    nova: str
    pythons: tuple[str, ...]


RELEASES = (
    Release("queens", "17.0.13", ("2.7",)),
    Release("rocky", "18.3.0", ("2.7",)),
    Release("stein", "19.3.2", ("2.7",)),
    Release("train", "20.6.1", ("2.7",)),
    Release("ussuri", "21.2.4", ("3.8", "3.9")),
    Release("victoria", "22.4.0", ("3.8", "3.9")),
    Release("wallaby", "23.2.2", ("3.8", "3.9")),
    Release("xena", "24.2.1", ("3.8", "3.9")),
    Release("yoga", "25.3.0", ("3.8", "3.9")),
    Release("zed", "26.3.0", ("3.11",)),
    Release("2023.1", "27.5.1", ("3.10", "3.11")),
    Release("2023.2", "28.3.1", ("3.10", "3.11")),
    Release("2024.1", "29.4.0", ("3.10", "3.11")),
    Release("2024.2", "30.3.0", ("3.11",)),
    Release("2025.1", "31.3.1", ("3.11",)),
    Release("2025.2", "32.2.1", ("3.13", "3.11")),
    Release("2026.1", "33.0.2", ("3.13", "3.11")),
    Release("2026.2", "34.0.0", ("3.13", "3.11")),
)
OLDEST, NEWEST = RELEASES[0], RELEASES[-1]


def version_key(python: str) -> tuple[int, ...]:
    """Pythons in order: 3.9 before 3.10."""
    return tuple(int(part) for part in python.split("."))
