"""The ``attachment`` table: recomputed from events, asked by address, host and moment."""

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from msgspec import Struct

from vifcast.ledger.attachments import attachments_from
from vifcast.ledger.change import CLOCKS_APART
from vifcast.ledger.moves import OF_INSTANCE, Kind, Move
from vifcast.model import Action, Attachment, Event, Operation, Phase, Status
from vifcast.store import elsewhere, instance_hosts, moves, nics, schema
from vifcast.store.among import among
from vifcast.store.asking import Asker
from vifcast.store.bulk import BulkInsert
from vifcast.store.operations import Recomputed
from vifcast.store.page import AttachmentQuery, Page, read_cursor, write_cursor
from vifcast.store.question import Question
from vifcast.store.sealed import Sealed, sealed_among
from vifcast.store.types import UtcDateTime

_TABLE = schema.attachment
_ADDRESS = schema.attachment_ip
_HOST = schema.attachment_host
_COLUMNS = [_TABLE.c[name] for name in Attachment.__struct_fields__]


class _AttachmentIp(Struct, frozen=True, gc=False):
    ip_address: str
    nic: str
    number: int
    part: int
    since_at: dt.datetime | None
    until_at: dt.datetime | None


class _AttachmentHost(Struct, frozen=True, gc=False):
    compute_host: str
    nic: str
    number: int
    part: int
    since_at: dt.datetime | None
    until_at: dt.datetime | None


_INSERT = BulkInsert(sa.insert(_TABLE), Attachment)
_INSERT_IP = BulkInsert(sa.insert(_ADDRESS), _AttachmentIp)
_INSERT_HOST = BulkInsert(sa.insert(_HOST), _AttachmentHost)


def recompute(
    connection: sa.Connection, new: Sequence[tuple[int, Event]], operations: Recomputed
) -> None:
    """Recompute the periods of the NICs that the new events report on.

    The events are in the table already, and so are their operations.
    """
    events = [event for _, event in new]
    as_a_whole = {
        event.instance_id for event in events if event.action in OF_INSTANCE and event.instance_id
    }
    instances = instance_hosts.keep(connection, events, as_a_whole)
    touched = operations.ports | moves.named_in(connection, events)
    touched |= _listed_or_not(connection, new, operations)
    if as_a_whole:
        touched |= set(
            connection.scalars(
                sa.select(_TABLE.c.nic).where(among(connection, _TABLE.c.instance_id, as_a_whole))
            )
        )
    if instances.on_several:
        touched |= elsewhere.nics(connection, instances, operations)
    if touched:
        recompute_nics(connection, touched, operations.only, instances.ordinary)


def recompute_nics(
    connection: sa.Connection,
    touched: set[str],
    operations: Mapping[str, Sequence[Operation]],
    ordinary: Collection[str] = (),
) -> None:
    """Recompute the periods of these NICs; ``operations`` are those that need not be read.

    ``ordinary`` are instances of which no more is to be read either (``store.instance_hosts``).
    """
    histories = moves.of_nics(connection, touched, operations, ordinary)
    final = sealed_among(connection, touched)
    unsealed = touched - final.keys()
    for table in (_ADDRESS, _HOST, _TABLE):
        connection.execute(sa.delete(table).where(among(connection, table.c.nic, unsealed)))
    if final:
        _delete_newer(connection, final)
    periods = [
        period
        for nic in touched
        for period in _periods(nic, histories.get(nic, ()), final.get(nic))
    ]
    if periods:
        _INSERT(connection, periods)
    addresses = [address for period in periods for address in _addresses_of(period)]
    if addresses:
        _INSERT_IP(connection, addresses)
    hosts = [host for period in periods for host in _hosts_of(period)]
    if hosts:
        _INSERT_HOST(connection, hosts)


def _listed_or_not(
    connection: sa.Connection, new: Sequence[tuple[int, Event]], operations: Recomputed
) -> set[str]:
    """The NICs in the lists of versioned events of operations, and those that may be missed there.

    Missed are NICs that were on the instance when the list was read, or of which it is not known
    since when they are. A start says of the list in its end when that was read at the earliest.
    """
    lists = [
        (event, operations.by_event.get(event_id))
        for event_id, event in new
        if event.nics is not None and event.action in (Action.ATTACH, Action.DETACH)
    ]
    if not lists:
        return set()
    listed = {nic.port_id for event, _ in lists for nic in event.nics or () if nic.port_id}
    ended = {event.correlation_id for event, _ in lists if event.phase is not Phase.START}
    late = {
        event.correlation_id or ""
        for event, operation in lists
        if operation is not None and operation.status is not Status.RUNNING
    } - ended
    if late:
        listed |= nics.ports_told(connection, late)
    read_after: dict[str, dt.datetime] = {}
    for event, operation in lists:
        at = event.occurred_at
        if operation is not None and operation.started_at is not None:
            at = min(at, operation.started_at)
        instance_id = event.instance_id or ""
        read_after[instance_id] = min(at, read_after.get(instance_id, at))
    earliest = min(read_after.values()) - CLOCKS_APART
    column = _TABLE.c
    return listed | set(
        connection.scalars(
            sa.select(column.nic).where(
                among(connection, column.instance_id, read_after),
                sa.or_(
                    column.attached_at.is_(None),
                    column.detached_at.is_(None),
                    column.detached_at >= sa.type_coerce(earliest, UtcDateTime),
                ),
            )
        )
    )


def _delete_newer(connection: sa.Connection, nics: Collection[str]) -> None:
    """Delete the periods of these that are not final, and their addresses and hosts."""
    connection.execute(
        sa.delete(_TABLE).where(
            among(connection, _TABLE.c.nic, nics), _TABLE.c.sealed_before.is_(None)
        )
    )
    for part in (_ADDRESS, _HOST):
        periods = sa.select(_TABLE.c.nic).where(
            _TABLE.c.nic == part.c.nic, _TABLE.c.number == part.c.number
        )
        connection.execute(
            sa.delete(part).where(among(connection, part.c.nic, nics), ~periods.exists())
        )


def _periods(nic: str, history: Sequence[Move], final: Sealed | None) -> list[Attachment]:
    if final is None:
        return attachments_from(nic, history)
    # A list that was read before may be older than the end of the last period.
    newer = [
        move
        for move in history
        if move.at >= final.before
        and (move.kind is not Kind.LISTED or move.earliest_at >= final.before)
    ]
    return attachments_from(nic, newer, after=final.periods)


def _addresses_of(period: Attachment) -> Iterator[_AttachmentIp]:
    for part, address in enumerate(period.addresses):
        yield _AttachmentIp(
            address.ip_address,
            period.nic,
            period.number,
            part,
            address.since_at or period.attached_at,
            address.until_at or period.detached_at,
        )


def _hosts_of(period: Attachment) -> Iterator[_AttachmentHost]:
    """None where it was on one host all the time, which the period itself says."""
    hosts = period.hosts
    if len(hosts) == 1 and hosts[0].since_at is None and hosts[0].until_at is None:
        return
    for part, host in enumerate(hosts):
        yield _AttachmentHost(
            host.compute_host,
            period.nic,
            period.number,
            part,
            host.since_at or period.attached_at,
            host.until_at or period.detached_at,
        )


def search(
    asker: Asker, query: AttachmentQuery, *, limit: int, cursor: str | None
) -> Page[Attachment]:
    """A page of attachments, newest first. Raises InvalidValueError."""
    moment, nic, number = read_cursor(cursor, dt.datetime, str, int) if cursor else [None] * 3
    found = _SEARCH(asker, query, limit=limit + 1, moment=moment, nic=nic, number=number)
    items = found[:limit]
    if len(found) <= limit:
        return Page(items, None)
    last = items[-1]
    return Page(items, write_cursor(last.first_known_at, last.nic, last.number))


def _select(
    query: AttachmentQuery, *, limit: Any, moment: Any, nic: Any, number: Any
) -> sa.Select[Any]:
    conditions = _conditions(query)
    if moment is not None:
        before = (sa.type_coerce(moment, UtcDateTime), nic, number)
        conditions.append(sa.tuple_(*_key(_TABLE)) < sa.tuple_(*before))
    found = sa.select(*_COLUMNS).where(*conditions)
    if query.host is None:
        return _newest(found, _TABLE, limit)
    # Each finds its own by an index; an OR of both finds none.
    parts = [
        sa.select(_newest(found.where(each), _TABLE, limit).subquery())
        for each in (_stayed_on(query.host), _moved_by(query.host, query.at))
    ]
    both = sa.union_all(*parts).subquery()
    return _newest(sa.select(both), both, limit)


def _key(table: sa.FromClause) -> tuple[sa.ColumnElement[Any], ...]:
    return table.c.first_known_at, table.c.nic, table.c.number


def _newest(found: sa.Select[Any], table: sa.FromClause, limit: Any) -> sa.Select[Any]:
    return found.order_by(*(column.desc() for column in _key(table))).limit(limit)


_SEARCH = Question(_select, AttachmentQuery, Attachment, {})


def _conditions(query: AttachmentQuery) -> list[sa.ColumnElement[bool]]:
    columns: list[tuple[sa.Column[Any], Any]] = [
        (_TABLE.c.instance_id, query.instance),
        (_TABLE.c.port_id, query.port),
        (_TABLE.c.mac_address, query.mac),
        (_TABLE.c.project_id, query.project),
    ]
    conditions = [column == value for column, value in columns if value is not None]
    if query.ip is not None:
        held = [_ADDRESS.c.ip_address == query.ip, *_in_force(_ADDRESS, "since", "until", query.at)]
        conditions.append(
            sa.tuple_(_TABLE.c.nic, _TABLE.c.number).in_(
                sa.select(_ADDRESS.c.nic, _ADDRESS.c.number).where(*held)
            )
        )
    if query.is_open:
        conditions.append(_TABLE.c.detached_at.is_(None))
    return [*conditions, *_in_force(_TABLE, "attached", "detached", query.at)]


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


def count_open(connection: sa.Connection) -> int:
    """How many ports are on an instance now, as far as was seen."""
    statement = sa.select(sa.func.count()).where(_TABLE.c.detached_at.is_(None))
    return connection.scalar(statement.select_from(_TABLE)) or 0
