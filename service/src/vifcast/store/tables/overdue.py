"""Operations that became overdue. Nothing is stored then: it is a matter of time alone."""

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa

from vifcast.model import Event, Operation, Status
from vifcast.store.sql import rows, schema
from vifcast.store.sql.types import UtcDateTime
from vifcast.store.tables import events
from vifcast.store.tables.operations import COLUMNS, as_of

_TABLE = schema.operation
_INSTANT = dt.timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class OverdueEntry:
    """An operation that became overdue at a moment, and its events, without payload."""

    became_at: dt.datetime
    operation: Operation
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class OverduePage:
    """Those until a moment; ``is_full``: more follow."""

    entries: list[OverdueEntry]
    until: dt.datetime
    is_full: bool


def page(
    connection: sa.Connection,
    since: dt.datetime,
    until: dt.datetime,
    overdue_after: dt.timedelta,
    *,
    limit: int,
) -> OverduePage:
    """The first of those that became so from one moment on and before another, by an index."""
    began, ended = since - overdue_after, until - overdue_after
    found = _between(connection, began, ended, limit)
    is_full = len(found) >= limit
    if is_full:
        # All of one instant belong to one page.
        instant = found[-1].first_known_at
        ended = instant + _INSTANT
        found = [each for each in found if each.first_known_at < instant]
        found += _between(connection, instant, ended, None)
    if not found:
        return OverduePage([], ended + overdue_after, is_full)
    by_correlation = events.of_correlations(connection, {each.correlation_id for each in found})
    entries = [
        OverdueEntry(
            each.first_known_at + overdue_after,
            as_of(each, ended),
            tuple(
                event
                for event in by_correlation.get(each.correlation_id, ())
                if event.operation_id == each.id
            ),
        )
        for each in found
    ]
    return OverduePage(entries, ended + overdue_after, is_full)


def _between(
    connection: sa.Connection, began: dt.datetime, ended: dt.datetime, limit: int | None
) -> list[Operation]:
    statement = (
        sa.select(*COLUMNS)
        .where(
            _TABLE.c.status == Status.RUNNING,
            _TABLE.c.first_known_at >= sa.type_coerce(began, UtcDateTime),
            _TABLE.c.first_known_at < sa.type_coerce(ended, UtcDateTime),
        )
        .order_by(_TABLE.c.first_known_at)
        .limit(limit)
    )
    return rows.structs(Operation, connection.execute(statement))
