"""One line of the answer."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """``FAIL``: NICs are not reported, or may be lost. ``WARN``: look at it all the same."""

    OK = "OK"
    WARN = "WARN"
    FAIL = "FAIL"


@dataclass(frozen=True, slots=True)
class Line:
    """``name``: what was looked at; ``text``: what was found; ``advice``: what to do, or None."""

    name: str
    level: Level
    text: str
    advice: str | None = None


def sentence(error: Exception) -> str:
    """The text of an error, with one full stop or question mark at its end."""
    text = str(error)
    return text if text.endswith((".", "?")) else f"{text}."


def ok(name: str, text: str) -> Line:
    """As it should be."""
    return Line(name, Level.OK, text)


def warn(name: str, text: str, advice: str) -> Line:
    """NICs are reported all the same."""
    return Line(name, Level.WARN, text, advice)


def fail(name: str, text: str, advice: str) -> Line:
    """NICs are not reported, or may be lost."""
    return Line(name, Level.FAIL, text, advice)
