"""One line of the report."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """``FAIL``: NICs are not reported, or can get lost. ``WARN``: they are, but look at it."""

    OK = "OK"
    WARN = "WARN"
    FAIL = "FAIL"


@dataclass(frozen=True, slots=True)
class Line:
    """``name``: what was checked; ``text``: the result; ``advice``: what to do, or None.

    ``broker``: the name of the broker that it is about, if brokers have names.
    """

    name: str
    level: Level
    text: str
    advice: str | None = None
    broker: str | None = None


def sentence(error: Exception) -> str:
    """The text of an error, with one full stop or question mark at its end."""
    text = str(error)
    return text if text.endswith((".", "?")) else f"{text}."


def ok(name: str, text: str) -> Line:
    """A line for what works."""
    return Line(name, Level.OK, text)


def warn(name: str, text: str, advice: str) -> Line:
    """A line for a problem in spite of which NICs are reported."""
    return Line(name, Level.WARN, text, advice)


def fail(name: str, text: str, advice: str) -> Line:
    """A line for a problem by which NICs are not reported, or can get lost."""
    return Line(name, Level.FAIL, text, advice)
