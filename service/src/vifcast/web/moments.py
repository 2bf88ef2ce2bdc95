"""Moments in the address of a page."""

import datetime as dt

from vifcast import times
from vifcast.errors import InvalidValueError

# Room to draw what is around it.
_FIRST, _LAST = 1970, 9000


def read(text: str) -> dt.datetime | None:
    """The moment that a person wrote; None for nothing. Raises InvalidValueError."""
    if not text.strip():
        return None
    moment = times.from_person(text)
    if not _FIRST <= moment.year <= _LAST:
        raise InvalidValueError(f"{text!r} is no moment of a cloud; write one since 1970")
    return moment


def read_span(since: str, until: str) -> tuple[dt.datetime | None, dt.datetime | None]:
    """Both ends of a span. Raises InvalidValueError, also where the first is not before."""
    begin, end = read(since), read(until)
    if begin is not None and end is not None and begin >= end:
        raise InvalidValueError(f"{since!r} is not before {until!r}; exchange them")
    return begin, end
