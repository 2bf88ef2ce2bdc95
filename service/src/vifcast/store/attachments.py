"""The ``attachment`` table: recomputed from events, asked by address and moment."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from vifcast.ledger.attachments import attachments_from
from vifcast.model import Attachment, Event, Phase
from vifcast.store import events as stored_events
from vifcast.store import rows, schema
from vifcast.store.bulk import BulkInsert
from vifcast.store.page import AttachmentQuery, Page, read_cursor, write_cursor
from vifcast.store.types import UtcDateTime

_TABLE = schema.attachment
_ADDRESS = schema.attachment_ip


@dataclass(frozen=True, slots=True)
class _AttachmentIp:
    ip_address: str
    port_id: str
    number: int


_INSERT = BulkInsert(sa.insert(_TABLE), Attachment)
_INSERT_IP = BulkInsert(sa.insert(_ADDRESS), _AttachmentIp)


def recompute(connection: sa.Connection, new_events: Iterable[Event]) -> None:
    """Recompute the periods of the ports that the new events moved.

    ``new_events`` are in the table already. A port without a row has no older
    successful end, so that only known ones are read back.
    """
    groups: dict[str, list[Event]] = defaultdict(list)
    for event in new_events:
        if event.port_id is not None and event.phase is Phase.END:
            groups[event.port_id].append(event)
    if not groups:
        return
    known = connection.scalars(
        sa.select(_TABLE.c.port_id).where(_TABLE.c.port_id.in_(groups)).distinct()
    ).all()
    if known:
        for port_id in known:
            groups[port_id].clear()
        for event in stored_events.ends_of_ports(connection, known):
            groups[event.port_id or ""].append(event)
        connection.execute(sa.delete(_ADDRESS).where(_ADDRESS.c.port_id.in_(known)))
        connection.execute(sa.delete(_TABLE).where(_TABLE.c.port_id.in_(known)))
    periods = [period for group in groups.values() for period in attachments_from(group)]
    _INSERT(connection, periods)
    addresses = [
        _AttachmentIp(address, period.port_id, period.number)
        for period in periods
        for address in {ip.ip_address for ip in period.fixed_ips}
    ]
    if addresses:
        _INSERT_IP(connection, addresses)


def search(
    connection: sa.Connection, query: AttachmentQuery, *, limit: int, cursor: str | None
) -> Page[Attachment]:
    """A page of attachments, newest first. Raises InvalidValueError."""
    statement = sa.select(_TABLE).where(*_conditions(query))
    key = (_TABLE.c.first_known_at, _TABLE.c.port_id, _TABLE.c.number)
    if cursor:
        statement = statement.where(sa.tuple_(*key) < sa.tuple_(*_position(cursor)))
    statement = statement.order_by(*(column.desc() for column in key))
    found = [
        rows.attachment_from_row(row)
        for row in connection.execute(statement.limit(limit + 1)).mappings()
    ]
    items = found[:limit]
    if len(found) <= limit:
        return Page(items, None)
    last = items[-1]
    return Page(items, write_cursor(last.first_known_at, last.port_id, last.number))


def _position(cursor: str) -> list[Any]:
    moment, port_id, number = read_cursor(cursor, dt.datetime, str, int)
    return [sa.bindparam(None, moment, UtcDateTime), port_id, number]


def _conditions(query: AttachmentQuery) -> list[sa.ColumnElement[bool]]:
    columns: list[tuple[sa.Column[Any], Any]] = [
        (_TABLE.c.instance_id, query.instance),
        (_TABLE.c.port_id, query.port),
        (_TABLE.c.mac_address, query.mac),
        (_TABLE.c.project_id, query.project),
    ]
    conditions = [column == value for column, value in columns if value is not None]
    if query.ip is not None:
        conditions.append(
            sa.tuple_(_TABLE.c.port_id, _TABLE.c.number).in_(
                sa.select(_ADDRESS.c.port_id, _ADDRESS.c.number).where(
                    _ADDRESS.c.ip_address == query.ip
                )
            )
        )
    if query.is_open:
        conditions.append(_TABLE.c.detached_at.is_(None))
    if query.at is not None:
        conditions += [
            sa.or_(_TABLE.c.attached_at.is_(None), _TABLE.c.attached_at <= query.at),
            sa.or_(_TABLE.c.detached_at.is_(None), _TABLE.c.detached_at > query.at),
        ]
    return conditions


def count_open(connection: sa.Connection) -> int:
    """How many ports are on an instance now, as far as was seen."""
    statement = sa.select(sa.func.count()).where(_TABLE.c.detached_at.is_(None))
    return connection.scalar(statement.select_from(_TABLE)) or 0
