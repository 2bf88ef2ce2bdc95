"""Checks that most of what arrives does not become dead letters."""

from typing import Any

from vifcast.doctor.line import Line, fail

_NAME = "refused"

# Fewer may be somebody's experiment.
_AT_LEAST = 3


def line_of(recent: dict[str, Any]) -> Line | None:
    """The line, from the counts in ``/readyz``; None if there is no problem."""
    received, letters = recent["received"], recent["dead_letters"]
    if letters < _AT_LEAST or 2 * letters <= received:
        return None
    return fail(
        _NAME,
        f"{letters} of {received} notifications of the last {recent['minutes']} minutes became "
        "dead letters: NIC events in them are missing.",
        "`vifcast dead-letters count` lists the reasons, docs/dead-letters.md what to do.",
    )
