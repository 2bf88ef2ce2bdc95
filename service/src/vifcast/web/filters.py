"""Values as the pages show them."""

import datetime as dt
import json
from typing import Any

from vifcast import display
from vifcast.model import Event
from vifcast.steps import steps

_JUST_NUMBERS = 10_000
_NEXT_UNIT = 1024


def count(number: int) -> str:
    """``12 345``: with a thin space, as ISO 80000-1 has it, between groups of three digits."""
    return f"{number:,}".replace(",", "\u202f") if abs(number) >= _JUST_NUMBERS else str(number)


def percent(rate: float | None) -> str:
    """``2.5 %``; empty for None."""
    return "" if rate is None else f"{rate * 100:.3g} %"


def span(duration: dt.timedelta | None) -> str:
    """``45 s``, ``12 min``, ``5 h``, ``3 d``; empty for None."""
    return display.age(None if duration is None else duration.total_seconds())


def size(number: int) -> str:
    """``512 B``, ``4.2 MiB``."""
    found = float(number)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if found < _NEXT_UNIT:
            return f"{found:.3g} {unit}"
        found /= _NEXT_UNIT
    return f"{found:.3g} TiB"


def instant(text: str | None) -> dt.datetime | None:
    """The moment that our JSON writes so."""
    return None if text is None else dt.datetime.fromisoformat(text)


def what(event: Event) -> str:
    """What an event that belongs to no operation reports, as steps name it."""
    (step,) = steps([event])
    return step.what


def pretty(text: str) -> str:
    """JSON on several lines; what is none, as it is."""
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except ValueError:
        return text


# Beside those that depend on the language: rendering.py.
FILTERS: dict[str, Any] = {
    "clock": display.clock,
    "day": display.day,
    "moment": display.moment,
    "iso": display.iso,
    "duration": display.duration,
    "short": display.short,
    "age": display.age,
    "count": count,
    "instant": instant,
    "pretty": pretty,
    "what": what,
    "percent": percent,
    "span": span,
    "size": size,
}
