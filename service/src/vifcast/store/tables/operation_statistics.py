"""The ``operation`` table, counted.

There is no table of sums: an operation changes for days after it began (a late end, a better
source), and sums that are right then cost every one of them a write. The operations of a span
are found by an index; what is asked for is a day or a month of them.
"""

import datetime as dt
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import sqlalchemy as sa

from vifcast.model import Action, Status
from vifcast.statistics import GroupBy, Interval, Tally
from vifcast.store.backends.backend import backend_of
from vifcast.store.queries import OperationQuery
from vifcast.store.sql import schema
from vifcast.store.tables import operations

_TABLE = schema.operation
_GROUPS = {
    GroupBy.HOST: _TABLE.c.compute_host,
    GroupBy.PROJECT: _TABLE.c.project_id,
    GroupBy.ERROR_CLASS: _TABLE.c.error_class,
}
# So many characters of a minute as text name the period, and these make a minute of it again.
_OF_MINUTE = {
    Interval.MINUTE: (16, ""),
    Interval.TEN_MINUTES: (15, "0"),
    Interval.HOUR: (13, ":00"),
    Interval.DAY: (10, " 00:00"),
}
# A duration of at least so many milliseconds is rounded down to a multiple of the second number.
_STEPS = [
    (start * 10**power, step * 10 ** (power - 2))
    for power in range(2, 12)
    for start, step in ((1, 1), (2, 2), (5, 5))
]


def tally(
    connection: sa.Connection,
    query: OperationQuery,
    overdue_before: dt.datetime,
    interval: Interval | None,
    group_by: GroupBy | None,
) -> Iterator[Tally]:
    """Counts of the operations that meet the conditions."""
    status = sa.case(
        (
            sa.and_(_TABLE.c.status == Status.RUNNING, _TABLE.c.first_known_at < overdue_before),
            Status.OVERDUE.value,
        ),
        else_=_TABLE.c.status,
    )
    period: Any = sa.null()
    if interval is not None:
        minute = backend_of(connection.dialect).minute_of(_TABLE.c.first_known_at)
        period = sa.func.substr(minute, 1, _OF_MINUTE[interval][0])
    columns = [
        period.label("period"),
        (_TABLE.c.region if group_by is GroupBy.HOST else sa.null()).label("of_region"),
        (sa.null() if group_by is None else _GROUPS[group_by]).label("of_group"),
        _TABLE.c.action.label("its_action"),
        status.label("its_status"),
        _rounded(_TABLE.c.duration_ms).label("duration"),
    ]
    found = sa.select(*columns).where(*operations.conditions(query, overdue_before)).subquery()
    statement = sa.select(*found.c, sa.func.count()).group_by(*found.c)
    for begin, region, group, action, its_status, duration, count in connection.execute(statement):
        yield Tally(
            _moment(begin, interval),
            region,
            group,
            Action(action),
            Status(its_status),
            duration,
            count,
        )


def _rounded(duration: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """Rounded down by at most one percent, so that many have it in common; of no success null."""
    steps: list[Any] = [
        (duration < above, duration - duration % step) for (_, step), (above, _) in pairwise(_STEPS)
    ]
    return sa.case((_TABLE.c.status != Status.SUCCEEDED, sa.null()), *steps, else_=duration)


def _moment(text: str | None, interval: Interval | None) -> dt.datetime | None:
    if text is None or interval is None:
        return None
    return dt.datetime.fromisoformat(text + _OF_MINUTE[interval][1]).replace(tzinfo=dt.UTC)
