"""``Finding``: something that is not as it should be, and what to do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Level(StrEnum):
    """``bad``: NICs are not reported, or receivers get nothing. ``wait``: look at it."""

    GOOD = "good"
    WAIT = "wait"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Sentence:
    """A text for the catalogs, and what is filled in; ``number`` of it chooses ``one`` or ``many``.

    ``many`` is None where nothing is counted.
    """

    one: str
    many: str | None = None
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Where:
    """The page that shows more: its path below /ui/, and the query."""

    path: str
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding:
    """``advice`` is what to do."""

    level: Level
    text: Sentence
    advice: Sentence
    where: Where | None = None
