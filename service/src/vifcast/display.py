"""Values as people read them, on the page and in a terminal."""

import datetime as dt
import re
import unicodedata

from vifcast import times

_SHORT_ID = 8
_UUID = re.compile(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
# Control and format characters, line and paragraph separators: what does something to a
# terminal instead of being shown.
_ACTING = frozenset({"Cc", "Cf", "Zl", "Zp"})
_SECOND_MS = 1000
_MINUTE_MS = 60_000


def clock(moment: dt.datetime, zone: dt.tzinfo | None = dt.UTC) -> str:
    """Time of day, to the millisecond; in this and the next three, no zone is that of the user."""
    return moment.astimezone(zone).strftime("%H:%M:%S.") + f"{moment.microsecond // 1000:03d}"


def day(moment: dt.datetime, zone: dt.tzinfo | None = dt.UTC) -> str:
    """The date."""
    return moment.astimezone(zone).strftime("%Y-%m-%d")


def zone_name(moment: dt.datetime, zone: dt.tzinfo | None = dt.UTC) -> str:
    """What the zone is called then: ``UTC``, ``CET``, ``+03``."""
    return moment.astimezone(zone).tzname() or ""


def moment(moment: dt.datetime | None, zone: dt.tzinfo | None = dt.UTC) -> str:
    """Date and time, to the second, with the zone unless that is UTC; empty for None."""
    if moment is None:
        return ""
    text = moment.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
    return text if zone is dt.UTC else f"{text} {zone_name(moment, zone)}"


def iso(moment: dt.datetime | None) -> str:
    """For a machine; empty for None."""
    return times.to_text(moment) or ""


def duration(duration_ms: int | None) -> str:
    """``840 ms``, ``2.4 s``, ``3 min 5 s``; empty for None."""
    if duration_ms is None:
        return ""
    if duration_ms < _SECOND_MS:
        return f"{duration_ms} ms"
    if duration_ms < _MINUTE_MS:
        return f"{duration_ms / 1000:.1f} s"
    minutes, seconds = divmod(duration_ms // 1000, 60)
    return f"{minutes} min {seconds} s"


def age(seconds: float | None) -> str:
    """``45 s``, ``12 min``, ``5 h``, ``3 d``; empty for None."""
    if seconds is None:
        return ""
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{int(seconds // length)} {unit}"
    return f"{int(seconds)} s"


def short(text: str | None) -> str:
    """The beginning of a UUID; another text as it is."""
    if text is None:
        return ""
    return text[:_SHORT_ID] if _UUID.match(text) else text


def visible(text: str) -> str:
    r"""The text on one line of a terminal, whoever wrote it: a line break becomes ``\n``."""
    if text.isprintable():
        return text
    return "".join(
        each.encode("unicode_escape").decode() if unicodedata.category(each) in _ACTING else each
        for each in text
    )


def failure(error_class: str | None, message: str | None, nothing: str = "failed") -> str:
    """Class and message of an error on one line; ``nothing`` where there is neither.

    Nova puts the class in the place of a message that is not one of its own
    (nova/compute/utils.py:exception_to_dict); it is not said twice.
    """
    text = " ".join((message or "").split())
    if text == error_class:
        text = ""
    return ": ".join(part for part in (error_class, text) if part) or nothing
