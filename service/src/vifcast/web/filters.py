"""Values as the pages show them."""

import datetime as dt
import json
from typing import Any

from vifcast import display
from vifcast.notification.envelope import read_json

_JUST_NUMBERS = 10_000


def count(number: int) -> str:
    """``12 345``: with a thin space, as ISO 80000-1 has it, between groups of three digits."""
    return f"{number:,}".replace(",", "\u202f") if abs(number) >= _JUST_NUMBERS else str(number)


def percent(rate: float | None) -> str:
    """``2.5 %``; empty for None."""
    return "" if rate is None else f"{rate * 100:.3g} %"


def span(duration: dt.timedelta | None) -> str:
    """``45 s``, ``12 min``, ``5 h``, ``3 d``; empty for None."""
    return display.age(None if duration is None else duration.total_seconds())


def pretty(payload: str) -> str:
    """JSON, indented."""
    return json.dumps(read_json(payload), ensure_ascii=False, indent=2)


FILTERS: dict[str, Any] = {
    "clock": display.clock,
    "day": display.day,
    "moment": display.moment,
    "iso": display.iso,
    "duration": display.duration,
    "failure": display.failure,
    "short": display.short,
    "age": display.age,
    "count": count,
    "percent": percent,
    "span": span,
    "pretty": pretty,
}
