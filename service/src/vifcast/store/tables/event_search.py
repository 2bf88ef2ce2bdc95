"""The ``event`` table, read in order and by conditions."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from msgspec import convert

from vifcast.model import Event
from vifcast.store.queries import EventQuery, Page, read_cursor, write_cursor
from vifcast.store.sql import rows, schema
from vifcast.store.sql.choices import Choice, any_of, either, first_of
from vifcast.store.sql.of_project import of_project
from vifcast.store.sql.of_region import of_region
from vifcast.store.sql.reused_select import ReusedSelect
from vifcast.store.sql.reused_statement import ReusedStatement
from vifcast.store.tables.events import COLUMNS
from vifcast.store.tables.stored_event import with_duration

_TABLE = schema.event


def after(
    connection: sa.Connection, event_id: int, limit: int, query: EventQuery | None = None
) -> list[Event]:
    """The events stored after a position, oldest first; those that meet the conditions."""
    return _search(
        connection, query or EventQuery(), limit=limit, position=event_id, oldest_first=True
    )


def newest(connection: sa.Connection, limit: int) -> list[Event]:
    """The newest events, oldest of them first."""
    found = _search(connection, EventQuery(), limit=limit, position=None, oldest_first=False)
    return found[::-1]


def search(
    connection: sa.Connection,
    query: EventQuery,
    *,
    limit: int,
    cursor: str | None,
    oldest_first: bool,
) -> Page[Event]:
    """A page of the events that meet the conditions. Raises InvalidValueError."""
    position = read_cursor(cursor, int)[0] if cursor else None
    found = _search(
        connection, query, limit=limit + 1, position=position, oldest_first=oldest_first
    )
    items = found[:limit]
    more = len(found) > limit
    if not items:
        return Page([], cursor if oldest_first else None)
    return Page(items, write_cursor(items[-1].id) if more or oldest_first else None)


def of_ids(connection: sa.Connection, ids: Collection[int]) -> list[Event]:
    """These events, in no order."""
    return _events(rows.dicts(_OF_IDS(connection, its_ids=sorted(ids))))


def _conditions(query: EventQuery) -> list[sa.ColumnElement[bool]]:
    columns: list[tuple[sa.Column[Any], Any]] = [
        (_TABLE.c.instance_id, query.instance),
        (_TABLE.c.port_id, query.port),
        (_TABLE.c.mac_address, query.mac),
        (_TABLE.c.compute_host, query.host),
        (_TABLE.c.event_type, query.event_type),
        (_TABLE.c.action, query.action),
        (_TABLE.c.phase, query.phase),
        (_TABLE.c.operation_id, query.operation),
        (_TABLE.c.vnic_type, query.vnic_type),
        (_TABLE.c.source, query.source),
        (_TABLE.c.error_class, query.error_class),
    ]
    conditions = [column == value for column, value in columns if value is not None]
    if query.operation is not None:
        # That is what there is an index for.
        operation = schema.operation
        conditions.append(
            _TABLE.c.correlation_id.in_(
                sa.select(operation.c.correlation_id).where(operation.c.id == query.operation)
            )
        )
    if query.instance_name is not None:
        # The events have no index of it: most questions are about an id.
        conditions.append(_TABLE.c.instance_id.in_(_instances_named(query.instance_name)))
    if query.ip is not None:
        address = schema.event_ip
        conditions.append(
            _TABLE.c.id.in_(sa.select(address.c.event_id).where(address.c.ip_address == query.ip))
        )
    if query.project is not None:
        rarer = (
            query.instance,
            query.instance_name,
            query.port,
            query.ip,
            query.mac,
            query.request_id,
            query.operation,
        )
        conditions.append(of_project(_TABLE.c.project_id, query.project, *rarer))
    if query.region is not None:
        conditions.append(of_region(_TABLE.c.region, query.region))
    if query.since is not None:
        conditions.append(_TABLE.c.occurred_at >= query.since)
    if query.until is not None:
        conditions.append(_TABLE.c.occurred_at < query.until)
    return conditions


def _instances_named(name: str) -> sa.Select[Any]:
    return any_of(
        [
            sa.select(table.c.instance_id).where(table.c.instance_name == name)
            for table in (schema.operation, schema.attachment)
        ]
    )


def _choices(query: EventQuery) -> list[Choice]:
    choices: list[Choice] = []
    if query.network is not None:
        choices.append(either(_TABLE.c.network_id, _TABLE.c.network_label, query.network))
    if query.request_id is not None:
        choices.append(either(_TABLE.c.request_id, _TABLE.c.global_request_id, query.request_id))
    return choices


def _select(query: EventQuery, *, limit: Any, position: Any, oldest_first: bool) -> sa.Select[Any]:
    conditions = _conditions(query)
    if position is not None:
        conditions.append(_TABLE.c.id > position if oldest_first else _TABLE.c.id < position)
    found = _joined().where(*conditions)
    order = _oldest_first if oldest_first else _newest_first
    return first_of(found, _TABLE, _choices(query), order, limit)


def _joined() -> sa.Select[Any]:
    """Events, and when the operation of each was started."""
    operation = schema.operation
    return sa.select(*COLUMNS, operation.c.started_at).outerjoin(
        operation,
        sa.and_(
            operation.c.correlation_id == _TABLE.c.correlation_id,
            operation.c.id == _TABLE.c.operation_id,
        ),
    )


_OF_IDS = ReusedStatement(lambda in_list: _joined().where(in_list(_TABLE.c.id, "its_ids")))


def _newest_first(table: sa.FromClause) -> list[sa.ColumnElement[Any]]:
    return [table.c.id.desc()]


def _oldest_first(table: sa.FromClause) -> list[sa.ColumnElement[Any]]:
    return [table.c.id.asc()]


_SELECT = ReusedSelect(_select, EventQuery)


def _search(
    connection: sa.Connection,
    query: EventQuery,
    *,
    limit: int,
    position: Any,
    oldest_first: bool,
) -> list[Event]:
    found = _SELECT(connection, query, limit=limit, position=position, oldest_first=oldest_first)
    return _events(found)


def _events(found: Iterable[Mapping[str, Any]]) -> list[Event]:
    return [with_duration(convert(row, Event), row["started_at"]) for row in found]
