"""Points in time, as they stand on the bus and as people write them."""

import datetime as dt
import re

from vifcast.errors import InvalidValueError

# The first and the last moment that can be written.
BEGINNING = dt.datetime.min.replace(tzinfo=dt.UTC)
END = dt.datetime.max.replace(tzinfo=dt.UTC)

_AGO = re.compile(r"^(\d+)\s*([smhdw])$")
_UNIT_S = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def now() -> dt.datetime:
    """The present, aware, in UTC."""
    return dt.datetime.now(dt.UTC)


def from_wire(text: str) -> dt.datetime:
    """Read a notification's ``timestamp``.

    oslo.messaging writes ``str(datetime.utcnow())``: naive, and UTC. A zone, if
    some publisher adds one, is respected. Raises ValueError.
    """
    moment = dt.datetime.fromisoformat(text)
    return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)


def from_person(text: str, *, present: dt.datetime | None = None) -> dt.datetime:
    """Read a time that a person wrote: ISO 8601 with a zone, or ``10m``, ``2h``, ``7d`` ago.

    A time without a zone is refused, because the reader's zone and ours need not
    be the same. Raises InvalidValueError.
    """
    text = text.strip()
    try:
        if match := _AGO.match(text):
            return (present or now()) - dt.timedelta(seconds=int(match[1]) * _UNIT_S[match[2]])
        moment = dt.datetime.fromisoformat(_with_plus(text))
        if moment.tzinfo is not None:
            return moment.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        raise InvalidValueError(
            f"{text!r} is not a time; write it like 2026-11-03T14:03:00Z, or like 10m, 2h or 7d "
            "for so long ago"
        ) from None
    raise InvalidValueError(
        f"{text!r} has no time zone; add Z for UTC, or an offset such as +01:00"
    )


def ahead(text: str, *, present: dt.datetime | None = None) -> dt.datetime:
    """Read a moment to come: ISO 8601 with a zone, or ``12h``, ``90d``, ``4w`` from now.

    Raises InvalidValueError, also where the moment is past.
    """
    present = present or now()
    text = text.strip()
    try:
        match = _AGO.match(text)
        moment = (
            present + dt.timedelta(seconds=int(match[1]) * _UNIT_S[match[2]])
            if match
            else dt.datetime.fromisoformat(_with_plus(text))
        )
    except (ValueError, OverflowError):
        raise InvalidValueError(
            f"{text!r} is not a time; write it like 2027-11-03T14:03:00Z, or like 12h, 90d or 4w "
            "from now"
        ) from None
    if moment.tzinfo is None:
        raise InvalidValueError(
            f"{text!r} has no time zone; add Z for UTC, or an offset such as +01:00"
        )
    if moment <= present:
        raise InvalidValueError(f"{text!r} is past; give a time to come")
    return moment.astimezone(dt.UTC)


def shifted(moment: dt.datetime, by: dt.timedelta) -> dt.datetime:
    """``moment + by``; the first or the last moment there is, where that is beyond it."""
    try:
        return moment + by
    except OverflowError:
        return BEGINNING if by < dt.timedelta(0) else END


def _with_plus(text: str) -> str:
    # A "+" in a URL that nobody quoted arrives as a space.
    return re.sub(r" (\d\d:\d\d)$", r"+\1", text) if "T" in text else text


def to_text(moment: dt.datetime | None) -> str | None:
    """ISO 8601 in UTC with microseconds and ``Z``, or None."""
    if moment is None:
        return None
    utc = moment if moment.tzinfo is dt.UTC else moment.astimezone(dt.UTC)
    return f"{utc.isoformat(timespec='microseconds')[:-6]}Z"
