"""How many operations there were, and how long they took, in steps of time: for the charts."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from vifcast import times
from vifcast.identity.policy import View
from vifcast.statistics import Interval, Statistic
from vifcast.store import OperationQuery, Store


class Span(StrEnum):
    """How far back the charts go."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"


@dataclass(frozen=True, slots=True)
class _Steps:
    interval: Interval
    number: int
    keep_s: float


_STEPS = {
    Span.HOUR: _Steps(Interval.MINUTE, 60, 10.0),
    Span.DAY: _Steps(Interval.TEN_MINUTES, 144, 60.0),
    Span.WEEK: _Steps(Interval.HOUR, 168, 300.0),
}


def keep_s(span: Span) -> float:
    """For how long it hardly changes."""
    return _STEPS[span].keep_s


def rates(store: Store, view: View, span: Span) -> dict[str, Any]:
    """Columns, one value for each step; what lasted is null where nothing succeeded.

    ``at`` are seconds since 1970, the beginnings of the steps; the last one is not over yet.
    """
    steps = _STEPS[span]
    length = steps.interval.length
    now = times.now()
    last = now - dt.timedelta(seconds=now.timestamp() % length.total_seconds())
    first = last - (steps.number - 1) * length
    query = OperationQuery(since=first, until=now, project=view.project_id)
    found = store.statistics(query, interval=steps.interval).items
    by_step: dict[int, Statistic] = {round(each.from_at.timestamp()): each for each in found}
    starts = [round((first + number * length).timestamp()) for number in range(steps.number)]
    totals = [by_step[each].total if each in by_step else None for each in starts]
    return {
        "span": span.value,
        "step_s": round(length.total_seconds()),
        "at": starts,
        "succeeded": [each.succeeded if each else 0 for each in totals],
        "failed": [each.failed if each else 0 for each in totals],
        "p50_ms": [each.duration_ms.p50 if each else None for each in totals],
        "p95_ms": [each.duration_ms.p95 if each else None for each in totals],
    }
