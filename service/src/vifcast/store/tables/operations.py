"""The ``operation`` table, read: by port, by instance, in pages."""

import datetime as dt
from collections.abc import Collection, Iterator
from typing import Any

import sqlalchemy as sa
from msgspec.structs import replace

from vifcast.ledger.operated import Operated
from vifcast.ledger.operations import DELETED
from vifcast.model import Operation, Status
from vifcast.store.queries import OperationQuery, Page, read_cursor, write_cursor
from vifcast.store.sql import rows, schema
from vifcast.store.sql.in_list import in_list
from vifcast.store.sql.types import UtcDateTime

_TABLE = schema.operation
_COLUMNS = [_TABLE.c[name] for name in Operation.__struct_fields__]
_OPERATED = [_TABLE.c[name] for name in Operated._fields]


def of_ports(connection: sa.Connection, port_ids: Collection[str]) -> list[Operation]:
    """All operations of these ports."""
    statement = sa.select(*_COLUMNS).where(in_list(connection, _TABLE.c.port_id, port_ids))
    return rows.structs(Operation, connection.execute(statement))


def operated_by(connection: sa.Connection, correlation_ids: Collection[str]) -> Iterator[Operated]:
    """What the operations of these correlations show of where their instances were."""
    statement = sa.select(*_OPERATED).where(
        in_list(connection, _TABLE.c.correlation_id, correlation_ids)
    )
    for row in connection.execute(statement):
        yield Operated(*row)


def operated_on(
    connection: sa.Connection, instance_ids: Collection[str], since: dt.datetime
) -> Iterator[Operated]:
    """Where these instances were since then, by the operations that succeeded on them."""
    statement = sa.select(*_OPERATED).where(
        in_list(connection, _TABLE.c.instance_id, instance_ids),
        _TABLE.c.status == Status.SUCCEEDED,
        _TABLE.c.finished_at >= sa.type_coerce(since, UtcDateTime),
    )
    for row in connection.execute(statement):
        yield Operated(*row)


def of_correlations(
    connection: sa.Connection, correlation_ids: Collection[str], overdue_before: dt.datetime
) -> list[Operation]:
    """All operations of these correlations; see ``search`` for overdue ones."""
    if not correlation_ids:
        return []
    statement = sa.select(*_COLUMNS).where(
        in_list(connection, _TABLE.c.correlation_id, correlation_ids)
    )
    found = rows.structs(Operation, connection.execute(statement))
    return [_as_of(each, overdue_before) for each in found]


def ended_by_deletion_of(
    connection: sa.Connection, instance_ids: Collection[str]
) -> list[Operation]:
    """The operations that ended because one of these instances was deleted meanwhile."""
    if not instance_ids:
        return []
    statement = sa.select(*_COLUMNS).where(
        in_list(connection, _TABLE.c.instance_id, instance_ids),
        _TABLE.c.status == Status.FAILED,
        _TABLE.c.error_class.is_(None),
        _TABLE.c.error_message == DELETED,
    )
    return rows.structs(Operation, connection.execute(statement))


def search(
    connection: sa.Connection,
    query: OperationQuery,
    overdue_before: dt.datetime,
    *,
    limit: int,
    cursor: str | None,
) -> Page[Operation]:
    """A page of operations, newest first. Raises InvalidValueError.

    One that started before ``overdue_before`` and did not end is overdue. Nobody writes
    that down, so that a late end needs nothing taken back.
    """
    statement = sa.select(*_COLUMNS).where(*_conditions(query, overdue_before))
    key = (_TABLE.c.first_known_at, _TABLE.c.id, _TABLE.c.correlation_id)
    if cursor:
        statement = statement.where(sa.tuple_(*key) < sa.tuple_(*_position(cursor)))
    statement = statement.order_by(*(column.desc() for column in key))
    found = [
        _as_of(each, overdue_before)
        for each in rows.structs(Operation, connection.execute(statement.limit(limit + 1)))
    ]
    items = found[:limit]
    if len(found) <= limit:
        return Page(items, None)
    last = items[-1]
    return Page(items, write_cursor(last.first_known_at, last.id, last.correlation_id))


def _as_of(operation: Operation, overdue_before: dt.datetime) -> Operation:
    if operation.status is Status.RUNNING and operation.first_known_at < overdue_before:
        return replace(operation, status=Status.OVERDUE)
    return operation


def _position(cursor: str) -> list[Any]:
    moment, *keys = read_cursor(cursor, dt.datetime, str, str)
    return [sa.bindparam(None, moment, UtcDateTime), *keys]


def _conditions(query: OperationQuery, overdue_before: dt.datetime) -> list[sa.ColumnElement[bool]]:
    columns: list[tuple[sa.Column[Any], Any]] = [
        (_TABLE.c.instance_id, query.instance),
        (_TABLE.c.port_id, query.port),
        (_TABLE.c.compute_host, query.host),
        (_TABLE.c.project_id, query.project),
        (_TABLE.c.action, query.action),
    ]
    conditions = [column == value for column, value in columns if value is not None]
    if query.status is not None:
        conditions += _has_status(query.status, overdue_before)
    if query.since is not None:
        conditions.append(_TABLE.c.first_known_at >= query.since)
    if query.until is not None:
        conditions.append(_TABLE.c.first_known_at < query.until)
    return conditions


def _has_status(status: Status, overdue_before: dt.datetime) -> list[sa.ColumnElement[bool]]:
    if status is Status.OVERDUE:
        return [_TABLE.c.status == Status.RUNNING, _TABLE.c.first_known_at < overdue_before]
    if status is Status.RUNNING:
        return [_TABLE.c.status == Status.RUNNING, _TABLE.c.first_known_at >= overdue_before]
    return [_TABLE.c.status == status]


def count_by_status(connection: sa.Connection, overdue_before: dt.datetime) -> dict[Status, int]:
    """How many operations there are in each status; see ``search`` for overdue ones."""
    counts = dict.fromkeys(Status, 0)
    for status, count in connection.execute(
        sa.select(_TABLE.c.status, sa.func.count()).group_by(_TABLE.c.status)
    ):
        counts[Status(status)] = count
    overdue = sa.select(sa.func.count()).where(*_has_status(Status.OVERDUE, overdue_before))
    counts[Status.OVERDUE] = connection.scalar(overdue.select_from(_TABLE)) or 0
    counts[Status.RUNNING] -= counts[Status.OVERDUE]
    return counts
