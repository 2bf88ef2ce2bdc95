"""The ``operation`` table: recomputed from events, read in pages."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from vifcast.ledger.operations import operation_from
from vifcast.model import Event, Operation, Status
from vifcast.store import events as stored_events
from vifcast.store import rows, schema
from vifcast.store.bulk import BulkInsert
from vifcast.store.page import OperationQuery, Page, read_cursor, write_cursor
from vifcast.store.types import UtcDateTime

_TABLE = schema.operation
_INSERT = BulkInsert(sa.insert(_TABLE), Operation)


def recompute(connection: sa.Connection, new_events: Iterable[Event]) -> dict[str, Operation]:
    """Recompute the operations that the new events touch; return them by id.

    ``new_events`` are in the table already. An operation that has no row yet has
    no older events either, so that only known ones are read back.
    """
    groups: dict[str, list[Event]] = defaultdict(list)
    for event in new_events:
        groups[event.operation_id].append(event)
    if not groups:
        return {}
    known = connection.scalars(sa.select(_TABLE.c.id).where(_TABLE.c.id.in_(groups))).all()
    if known:
        for operation_id in known:
            groups[operation_id].clear()
        for event in stored_events.of_operations(connection, known):
            groups[event.operation_id].append(event)
        connection.execute(sa.delete(_TABLE).where(_TABLE.c.id.in_(known)))
    operations = {key: operation_from(group) for key, group in groups.items()}
    _INSERT(connection, operations.values())
    return operations


def search(
    connection: sa.Connection, query: OperationQuery, *, limit: int, cursor: str | None
) -> Page[Operation]:
    """A page of operations, newest first. Raises InvalidValueError."""
    statement = sa.select(_TABLE).where(*_conditions(query))
    position = sa.tuple_(_TABLE.c.first_known_at, _TABLE.c.id)
    if cursor:
        statement = statement.where(position < sa.tuple_(*_position(cursor)))
    statement = statement.order_by(_TABLE.c.first_known_at.desc(), _TABLE.c.id.desc())
    found = [
        rows.operation_from_row(row)
        for row in connection.execute(statement.limit(limit + 1)).mappings()
    ]
    items = found[:limit]
    if len(found) <= limit:
        return Page(items, None)
    return Page(items, write_cursor(items[-1].first_known_at, items[-1].id))


def _position(cursor: str) -> list[Any]:
    moment, key = read_cursor(cursor, dt.datetime, str)
    return [sa.bindparam(None, moment, UtcDateTime), key]


def _conditions(query: OperationQuery) -> list[sa.ColumnElement[bool]]:
    columns: list[tuple[sa.Column[Any], Any]] = [
        (_TABLE.c.instance_id, query.instance),
        (_TABLE.c.port_id, query.port),
        (_TABLE.c.compute_host, query.host),
        (_TABLE.c.project_id, query.project),
        (_TABLE.c.action, query.action),
        (_TABLE.c.status, query.status),
    ]
    conditions = [column == value for column, value in columns if value is not None]
    if query.since is not None:
        conditions.append(_TABLE.c.first_known_at >= query.since)
    if query.until is not None:
        conditions.append(_TABLE.c.first_known_at < query.until)
    return conditions


def count_by_status(connection: sa.Connection) -> dict[Status, int]:
    """How many operations there are in each status."""
    counts = dict.fromkeys(Status, 0)
    for status, count in connection.execute(
        sa.select(_TABLE.c.status, sa.func.count()).group_by(_TABLE.c.status)
    ):
        counts[Status(status)] = count
    return counts
