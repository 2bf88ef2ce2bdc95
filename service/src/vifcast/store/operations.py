"""The ``operation`` table: recomputed from events, read in pages."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from vifcast.ledger.operations import operations_from
from vifcast.model import Event, Operation, Status
from vifcast.store import events as stored_events
from vifcast.store import inferred, rows, schema
from vifcast.store.among import among
from vifcast.store.bulk import BulkInsert
from vifcast.store.page import OperationQuery, Page, read_cursor, write_cursor
from vifcast.store.types import UtcDateTime

_TABLE = schema.operation
_INSERT = BulkInsert(sa.insert(_TABLE), Operation)


@dataclass(frozen=True, slots=True)
class Recomputed:
    """What became of the operations that new events touch.

    ``by_event`` maps the ids of events to their operations. ``ports`` are those that were
    moved, or are no longer thought to have been. ``only`` holds the operations of a port
    that no other operation ever named: there are no more of it in the table.
    """

    by_event: dict[int, Operation]
    ports: set[str]
    only: dict[str, list[Operation]]


def recompute(connection: sa.Connection, numbered: Sequence[tuple[int, Event]]) -> Recomputed:
    """Recompute the operations that the new events, which are in the table already, touch."""
    groups: dict[str, list[Event]] = defaultdict(list)
    for _, event in numbered:
        if event.correlation_id is not None:
            groups[event.correlation_id].append(event)
    for correlation_id in inferred.touched(connection, numbered):
        groups.setdefault(correlation_id, [])
    if not groups:
        return Recomputed({}, set(), {})
    moved = _take_out(connection, groups)
    made = [each for group in groups.values() if group for each in operations_from(group).values()]
    operations = inferred.complete(connection, [operation for operation, _ in made])
    moved |= {
        each.port_id
        for each in operations.values()
        if each.port_id is not None and each.status is Status.SUCCEEDED
    }
    only = _only(connection, moved, operations.values())
    if operations:
        _INSERT(connection, operations.values())
    new_ids = {event.message_id: event_id for event_id, event in numbered}
    by_event = {
        event.id or new_ids[event.message_id]: operations[operation.correlation_id, operation.id]
        for operation, events in made
        for event in events
    }
    stored_events.give_operations(
        connection,
        {
            event.id or new_ids[event.message_id]: operation.id
            for operation, events in made
            for event in events
            if event.operation_id != operation.id
        },
    )
    return Recomputed(by_event, moved, only)


def _take_out(connection: sa.Connection, groups: dict[str, list[Event]]) -> set[str]:
    """Delete the rows of these correlations and read their events; the ports that they moved.

    A correlation that has no row yet has no older events either: only known ones are read. One
    that has a row and no older events is final, and no longer in ``groups`` then.
    """
    old = connection.execute(
        sa.select(_TABLE.c.correlation_id, _TABLE.c.status, _TABLE.c.port_id).where(
            among(connection, _TABLE.c.correlation_id, groups)
        )
    ).all()
    known = {correlation_id for correlation_id, _, _ in old}
    if known:
        told = stored_events.of_correlations(connection, known)
        for correlation_id in list(known):
            if len(told[correlation_id]) > len(groups[correlation_id]):
                groups[correlation_id] = told[correlation_id]
            else:
                known.remove(correlation_id)
                del groups[correlation_id]
        connection.execute(
            sa.delete(_TABLE).where(among(connection, _TABLE.c.correlation_id, known))
        )
    return {
        port_id
        for correlation_id, status, port_id in old
        if port_id and status == Status.SUCCEEDED and correlation_id in known
    }


def _only(
    connection: sa.Connection, ports: Collection[str], operations: Iterable[Operation]
) -> dict[str, list[Operation]]:
    """The operations of those ports that no row names; before these have theirs."""
    shared = _ports_there(connection, ports)
    only: dict[str, list[Operation]] = defaultdict(list)
    for operation in operations:
        port_id = operation.port_id
        if port_id in ports and port_id not in shared and port_id is not None:
            only[port_id].append(operation)
    return only


def _ports_there(connection: sa.Connection, port_ids: Collection[str]) -> set[str]:
    column = _TABLE.c.port_id
    return set(
        connection.scalars(sa.select(column).where(among(connection, column, port_ids)).distinct())
    )


def of_ports(connection: sa.Connection, port_ids: Collection[str]) -> list[Operation]:
    """All operations of these ports."""
    statement = sa.select(_TABLE).where(among(connection, _TABLE.c.port_id, port_ids))
    return [rows.operation_from_row(row) for row in connection.execute(statement).mappings()]


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
    statement = sa.select(_TABLE).where(*_conditions(query, overdue_before))
    key = (_TABLE.c.first_known_at, _TABLE.c.id, _TABLE.c.correlation_id)
    if cursor:
        statement = statement.where(sa.tuple_(*key) < sa.tuple_(*_position(cursor)))
    statement = statement.order_by(*(column.desc() for column in key))
    found = [
        _as_of(rows.operation_from_row(row), overdue_before)
        for row in connection.execute(statement.limit(limit + 1)).mappings()
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
