"""The ``Retry-After`` header (RFC 9110, section 10.2.3)."""

import datetime as dt
from email.utils import parsedate_to_datetime

_MAX_DIGITS = 9


def read(text: str | None, now: dt.datetime) -> float | None:
    """In how many seconds the receiver wants to be asked again; None where it does not say.

    It is not bounded here: ``schedule.next_attempt_at`` does that.
    """
    if text is None:
        return None
    text = text.strip()
    if text.isascii() and text.isdigit():
        return float(text[:_MAX_DIGITS])
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=dt.UTC)
    return max(0.0, (at - now).total_seconds())
