"""What became of a dead letter that was read again."""

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """What became of a letter; in every case but ``kept`` it is removed.

    ``known``: its message had been stored otherwise. ``passed_over``: it is about
    something that is not read.
    """

    STORED = "stored"
    KNOWN = "known"
    REPORT = "report"
    PASSED_OVER = "passed_over"
    KEPT = "kept"


@dataclass(frozen=True, slots=True)
class Retried:
    """One letter, and for ``kept`` why."""

    letter_id: int
    outcome: Outcome
    why: str | None = None
