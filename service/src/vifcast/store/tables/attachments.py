"""The ``attachment`` table, read: by address, host and moment."""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from msgspec import convert

from vifcast.model import Attachment
from vifcast.store.queries import AttachmentQuery, Page, read_cursor, write_cursor
from vifcast.store.sql import rows, schema
from vifcast.store.sql.choices import Choice, any_of, either, first_of
from vifcast.store.sql.of_project import of_project
from vifcast.store.sql.of_region import of_region
from vifcast.store.sql.reused_select import ReusedSelect
from vifcast.store.sql.types import UtcDateTime

# ``nic`` is the port's id; of a NIC that all its events name without a port, this and its MAC.
BY_MAC = "mac:"

_TABLE = schema.attachment
_ADDRESS = schema.attachment_ip
_HOST = schema.attachment_host
COLUMNS = [_TABLE.c[name] for name in Attachment.__struct_fields__]


def search(
    connection: sa.Connection, query: AttachmentQuery, *, limit: int, cursor: str | None
) -> Page[Attachment]:
    """A page of attachments, newest first. Raises InvalidValueError."""
    moment, nic, number = read_cursor(cursor, dt.datetime, str, int) if cursor else [None] * 3
    read = _SELECT(connection, query, limit=limit + 1, moment=moment, nic=nic, number=number)
    found = [convert(row, Attachment) for row in read]
    items = found[:limit]
    if len(found) <= limit:
        return Page(items, None)
    last = items[-1]
    return Page(items, write_cursor(last.first_known_at, last.nic, last.number))


def end_of_next(
    connection: sa.Connection, after: tuple[str, int], count: int
) -> tuple[str, int] | None:
    """The key of the last of so many behind a key; None where there is none."""
    keys = sa.select(_TABLE.c.nic, _TABLE.c.number).where(_behind(after))
    keys = keys.order_by(_TABLE.c.nic, _TABLE.c.number).limit(count)
    found = connection.execute(keys).all()
    return (found[-1].nic, found[-1].number) if found else None


def opened_or_closed(
    connection: sa.Connection,
    after: tuple[str, int],
    last: tuple[str, int],
    since: dt.datetime,
    until: dt.datetime,
) -> list[Attachment]:
    """Those of these keys that came or went in that time, by their keys."""
    opened_at = sa.func.coalesce(_TABLE.c.attached_at, _TABLE.c.first_known_at)
    in_time = [
        sa.and_(
            column >= sa.type_coerce(since, UtcDateTime),
            column < sa.type_coerce(until, UtcDateTime),
        )
        for column in (opened_at, _TABLE.c.detached_at)
    ]
    statement = (
        sa.select(*COLUMNS)
        .where(_behind(after), ~_behind(last), sa.or_(*in_time))
        .order_by(_TABLE.c.nic, _TABLE.c.number)
    )
    return rows.structs(Attachment, connection.execute(statement))


def _behind(key: tuple[str, int]) -> sa.ColumnElement[bool]:
    nic, number = key
    return sa.or_(_TABLE.c.nic > nic, sa.and_(_TABLE.c.nic == nic, _TABLE.c.number > number))


def _select(
    query: AttachmentQuery, *, limit: Any, moment: Any, nic: Any, number: Any
) -> sa.Select[Any]:
    conditions = _conditions(query)
    if moment is not None:
        before = (sa.type_coerce(moment, UtcDateTime), nic, number)
        conditions.append(sa.tuple_(*_key(_TABLE)) < sa.tuple_(*before))
    found = sa.select(*COLUMNS).where(*conditions)
    return first_of(found, _TABLE, _choices(query), _newest_first, limit)


_SELECT = ReusedSelect(_select, AttachmentQuery)


def _key(table: sa.FromClause) -> tuple[sa.ColumnElement[Any], ...]:
    return table.c.first_known_at, table.c.nic, table.c.number


def _newest_first(table: sa.FromClause) -> list[sa.ColumnElement[Any]]:
    return [column.desc() for column in _key(table)]


def _choices(query: AttachmentQuery) -> list[Choice]:
    choices: list[Choice] = []
    if query.host is not None:
        choices.append((_stayed_on(query.host), _moved_by(query.host, query.at)))
    if query.network is not None:
        choices.append(either(_TABLE.c.network_id, _TABLE.c.network_label, query.network))
    return choices


def _conditions(query: AttachmentQuery) -> list[sa.ColumnElement[bool]]:
    columns: list[tuple[sa.Column[Any], Any]] = [
        (_TABLE.c.instance_id, query.instance),
        (_TABLE.c.port_id, query.port),
        (_TABLE.c.mac_address, query.mac),
        (_TABLE.c.instance_name, query.instance_name),
        (_TABLE.c.vnic_type, query.vnic_type),
    ]
    conditions = [column == value for column, value in columns if value is not None]
    if query.project is not None:
        rarer = (
            query.instance,
            query.instance_name,
            query.port,
            query.ip,
            query.mac,
            query.request_id,
        )
        conditions.append(of_project(_TABLE.c.project_id, query.project, *rarer))
    if query.region is not None:
        conditions.append(of_region(_TABLE.c.region, query.region))
    if query.ip is not None:
        held = [_ADDRESS.c.ip_address == query.ip, *_in_force(_ADDRESS, "since", "until", query.at)]
        conditions.append(
            sa.tuple_(_TABLE.c.nic, _TABLE.c.number).in_(
                sa.select(_ADDRESS.c.nic, _ADDRESS.c.number).where(*held)
            )
        )
    if query.request_id is not None:
        conditions += _of_request(query.request_id)
    if query.since is not None:
        ends_at = _TABLE.c.detached_at
        conditions.append(sa.or_(ends_at.is_(None), ends_at > query.since))
    if query.until is not None:
        # What was there before anybody saw it begin was there before the span, too.
        begins_at = _TABLE.c.attached_at
        conditions.append(sa.or_(begins_at.is_(None), begins_at < query.until))
    if query.is_open is not None:
        ends_at = _TABLE.c.detached_at
        conditions.append(ends_at.is_(None) if query.is_open else ends_at.is_not(None))
    return [*conditions, *_in_force(_TABLE, "attached", "detached", query.at)]


def _of_request(request_id: str) -> list[sa.ColumnElement[bool]]:
    """Begun or ended by an operation of that request; its instances are found by an index."""
    operation = schema.operation.c
    named = (operation.request_id, operation.global_request_id)
    ids, instances = (
        any_of([sa.select(column).where(name == request_id) for name in named])
        for column in (operation.id, operation.instance_id)
    )
    by = (_TABLE.c.attach_operation_id, _TABLE.c.detach_operation_id)
    return [_TABLE.c.instance_id.in_(instances), sa.or_(*(each.in_(ids) for each in by))]


def _stayed_on(host: str) -> sa.ColumnElement[bool]:
    """On that host all the time."""
    moved = sa.select(_HOST.c.nic).where(
        _HOST.c.nic == _TABLE.c.nic, _HOST.c.number == _TABLE.c.number
    )
    return sa.and_(_TABLE.c.compute_host == host, ~moved.exists())


def _moved_by(host: str, at: dt.datetime | None) -> sa.ColumnElement[bool]:
    """On that host at that moment, and elsewhere at another; at any time where it is None."""
    on_it = sa.select(_HOST.c.nic, _HOST.c.number).where(
        _HOST.c.compute_host == host, *_in_force(_HOST, "since", "until", at)
    )
    return sa.tuple_(_TABLE.c.nic, _TABLE.c.number).in_(on_it)


def _in_force(
    table: sa.Table, begin: str, end: str, at: dt.datetime | None
) -> list[sa.ColumnElement[bool]]:
    if at is None:
        return []
    begin_at, end_at = table.c[f"{begin}_at"], table.c[f"{end}_at"]
    return [sa.or_(begin_at.is_(None), begin_at <= at), sa.or_(end_at.is_(None), end_at > at)]


def count_open(connection: sa.Connection, project_id: str | None = None) -> int:
    """How many ports are on an instance now, as far as was seen; of one project, or of all."""
    statement = sa.select(sa.func.count()).where(_TABLE.c.detached_at.is_(None))
    if project_id is not None:
        statement = statement.where(_TABLE.c.project_id == project_id)
    return connection.scalar(statement.select_from(_TABLE)) or 0
