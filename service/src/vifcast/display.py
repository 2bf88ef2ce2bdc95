"""Values as people read them, on the page and in a terminal."""

import datetime as dt

from vifcast import times

_SHORT_ID = 8


def clock(moment: dt.datetime) -> str:
    """Time of day in UTC, to the millisecond."""
    return moment.astimezone(dt.UTC).strftime("%H:%M:%S.") + f"{moment.microsecond // 1000:03d}"


def day(moment: dt.datetime) -> str:
    """The date in UTC."""
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%d")


def moment(moment: dt.datetime | None) -> str:
    """Date and time in UTC, to the second; empty for None."""
    if moment is None:
        return ""
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M:%S")


def iso(moment: dt.datetime | None) -> str:
    """For a machine; empty for None."""
    return times.to_text(moment) or ""


def duration(duration_ms: int | None) -> str:
    """``840 ms``, ``2.4 s``, ``3 min 5 s``; empty for None."""
    if duration_ms is None:
        return ""
    if duration_ms < 1000:
        return f"{duration_ms} ms"
    if duration_ms < 60_000:
        return f"{duration_ms / 1000:.1f} s"
    minutes, seconds = divmod(duration_ms // 1000, 60)
    return f"{minutes} min {seconds} s"


def short(text: str | None) -> str:
    """The beginning of a UUID; another text as it is."""
    if text is None:
        return ""
    return text[:_SHORT_ID] if len(text) == 36 and text.count("-") == 4 else text
