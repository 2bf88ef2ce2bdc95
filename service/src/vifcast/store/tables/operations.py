"""The ``operation`` table, read: by port, by instance, in pages."""

import datetime as dt
from collections.abc import Collection, Iterator
from typing import Any

import sqlalchemy as sa
from msgspec.structs import replace

from vifcast.ledger.operated import Operated
from vifcast.ledger.operations import DELETED
from vifcast.model import Operation, Source, Status
from vifcast.store.queries import OperationQuery, Page, read_cursor, write_cursor
from vifcast.store.sql import rows, schema
from vifcast.store.sql.choices import Choice, any_of, either, first_of
from vifcast.store.sql.in_list import in_list
from vifcast.store.sql.of_project import of_project
from vifcast.store.sql.of_region import of_region
from vifcast.store.sql.types import UtcDateTime

_TABLE = schema.operation
COLUMNS = [_TABLE.c[name] for name in Operation.__struct_fields__]
_OPERATED = [_TABLE.c[name] for name in Operated._fields]


def of_ports(connection: sa.Connection, port_ids: Collection[str]) -> list[Operation]:
    """All operations of these ports."""
    statement = sa.select(*COLUMNS).where(in_list(connection, _TABLE.c.port_id, port_ids))
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
    statement = sa.select(*COLUMNS).where(
        in_list(connection, _TABLE.c.correlation_id, correlation_ids)
    )
    found = rows.structs(Operation, connection.execute(statement))
    return [as_of(each, overdue_before) for each in found]


def of_ids(
    connection: sa.Connection, ids: Collection[str], overdue_before: dt.datetime
) -> list[Operation]:
    """The operations of these ids; see ``search`` for overdue ones."""
    if not ids:
        return []
    statement = sa.select(*COLUMNS).where(in_list(connection, _TABLE.c.id, ids))
    found = rows.structs(Operation, connection.execute(statement))
    return [as_of(each, overdue_before) for each in found]


def ended_by_deletion_of(
    connection: sa.Connection, instance_ids: Collection[str]
) -> list[Operation]:
    """The operations that ended because one of these instances was deleted meanwhile."""
    if not instance_ids:
        return []
    statement = sa.select(*COLUMNS).where(
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
    statement = sa.select(*COLUMNS).where(*conditions(query, overdue_before))
    if cursor:
        statement = statement.where(sa.tuple_(*_key(_TABLE)) < sa.tuple_(*_position(cursor)))
    statement = first_of(statement, _TABLE, _choices(query), _newest_first, limit + 1)
    found = [
        as_of(each, overdue_before)
        for each in rows.structs(Operation, connection.execute(statement))
    ]
    items = found[:limit]
    if len(found) <= limit:
        return Page(items, None)
    last = items[-1]
    return Page(items, write_cursor(last.first_known_at, last.id, last.correlation_id))


def _key(table: sa.FromClause) -> tuple[sa.ColumnElement[Any], ...]:
    return table.c.first_known_at, table.c.id, table.c.correlation_id


def _newest_first(table: sa.FromClause) -> list[sa.ColumnElement[Any]]:
    return [column.desc() for column in _key(table)]


def _choices(query: OperationQuery) -> list[Choice]:
    choices: list[Choice] = []
    if query.network is not None:
        choices.append(either(_TABLE.c.network_id, _TABLE.c.network_label, query.network))
    if query.request_id is not None:
        choices.append(either(_TABLE.c.request_id, _TABLE.c.global_request_id, query.request_id))
    return choices


def as_of(operation: Operation, overdue_before: dt.datetime) -> Operation:
    """The operation; overdue where it is running and was first known before that moment."""
    if operation.status is Status.RUNNING and operation.first_known_at < overdue_before:
        return replace(operation, status=Status.OVERDUE)
    return operation


def _position(cursor: str) -> list[Any]:
    moment, *keys = read_cursor(cursor, dt.datetime, str, str)
    return [sa.bindparam(None, moment, UtcDateTime), *keys]


def conditions(query: OperationQuery, overdue_before: dt.datetime) -> list[sa.ColumnElement[bool]]:
    """All but those that are a choice."""
    columns: list[tuple[sa.Column[Any], Any]] = [
        (_TABLE.c.instance_id, query.instance),
        (_TABLE.c.port_id, query.port),
        (_TABLE.c.compute_host, query.host),
        (_TABLE.c.action, query.action),
        (_TABLE.c.instance_name, query.instance_name),
        (_TABLE.c.mac_address, query.mac),
        (_TABLE.c.vnic_type, query.vnic_type),
        (_TABLE.c.error_class, query.error_class),
    ]
    found = [column == value for column, value in columns if value is not None]
    if query.ip is not None:
        found.append(_TABLE.c.id.in_(_with_address(query.ip)))
    if query.source is not None:
        found.append(_is_reported_by(query.source))
    if query.status is not None:
        found += _has_status(query.status, overdue_before)
    if query.project is not None:
        rarer = (query.instance, query.instance_name, query.port, query.ip, query.request_id)
        found.append(of_project(_TABLE.c.project_id, query.project, *rarer))
    if query.region is not None:
        found.append(of_region(_TABLE.c.region, query.region))
    if query.since is not None:
        found.append(_TABLE.c.first_known_at >= query.since)
    if query.until is not None:
        found.append(_TABLE.c.first_known_at < query.until)
    return found


def _with_address(ip: str) -> sa.Select[Any]:
    """Ids of the operations that an event with this address names, or an attachment that had it."""
    event, event_ip = schema.event, schema.event_ip
    attachment, attachment_ip = schema.attachment, schema.attachment_ip
    of_events = (
        sa.select(event.c.operation_id)
        .join(event_ip, event_ip.c.event_id == event.c.id)
        .where(event_ip.c.ip_address == ip, event.c.operation_id.is_not(None))
    )
    held = sa.and_(
        attachment_ip.c.nic == attachment.c.nic, attachment_ip.c.number == attachment.c.number
    )
    of_attachments = [
        sa.select(column)
        .join(attachment_ip, held)
        .where(attachment_ip.c.ip_address == ip, column.is_not(None))
        for column in (attachment.c.attach_operation_id, attachment.c.detach_operation_id)
    ]
    return any_of([of_events, *of_attachments])


def _is_reported_by(source: Source) -> sa.ColumnElement[bool]:
    event = schema.event.c
    return (
        sa.select(event.id)
        .where(
            event.correlation_id == _TABLE.c.correlation_id,
            event.operation_id == _TABLE.c.id,
            event.source == source,
        )
        .exists()
    )


def _has_status(status: Status, overdue_before: dt.datetime) -> list[sa.ColumnElement[bool]]:
    if status is Status.OVERDUE:
        return [_TABLE.c.status == Status.RUNNING, _TABLE.c.first_known_at < overdue_before]
    if status is Status.RUNNING:
        return [_TABLE.c.status == Status.RUNNING, _TABLE.c.first_known_at >= overdue_before]
    return [_TABLE.c.status == status]


def count_unfinished(
    connection: sa.Connection, overdue_before: dt.datetime, project_id: str | None
) -> dict[Status, int]:
    """How many are running and overdue, of one project or of all; see ``search``."""
    counts = {}
    for status in (Status.RUNNING, Status.OVERDUE):
        where = _has_status(status, overdue_before)
        if project_id is None:
            of_it = sa.select(sa.func.count()).select_from(_TABLE).where(*where)
            counts[status] = connection.scalar(of_it) or 0
        else:
            # Few are under way, of all projects: SQLite would look through all that one ever had.
            owners = connection.scalars(sa.select(_TABLE.c.project_id).where(*where))
            counts[status] = sum(each == project_id for each in owners)
    return counts
