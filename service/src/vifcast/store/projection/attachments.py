"""The attachments that new events touch, recomputed from all that is known of their NICs."""

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence

import sqlalchemy as sa
from msgspec import Struct

from vifcast.ledger.attachments import attachments_from
from vifcast.ledger.change import CLOCKS_APART
from vifcast.ledger.moves import OF_INSTANCE, Move, MoveKind
from vifcast.model import Action, Attachment, Event, Operation, Phase, Status
from vifcast.store.projection import nic_history, nics_elsewhere
from vifcast.store.projection.attachment_changes import AttachmentChanges
from vifcast.store.projection.operations import Recomputed
from vifcast.store.sql import schema
from vifcast.store.sql.bulk_insert import BulkInsert
from vifcast.store.sql.in_list import in_list
from vifcast.store.sql.types import UtcDateTime
from vifcast.store.tables import event_nics, instance_hosts
from vifcast.store.tables.finality import FinalPeriods, final_periods

_TABLE = schema.attachment
_ADDRESS = schema.attachment_ip
_HOST = schema.attachment_host


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


_INSERT = BulkInsert(_TABLE, Attachment)


_INSERT_IP = BulkInsert(_ADDRESS, _AttachmentIp)


_INSERT_HOST = BulkInsert(_HOST, _AttachmentHost)


def recompute(
    connection: sa.Connection,
    new: Sequence[tuple[int, Event]],
    operations: Recomputed,
    changes: AttachmentChanges | None = None,
) -> None:
    """Recompute the periods of the NICs that the new events report on.

    The events are in the table already, and so are their operations. ``changes`` notes what is
    there before and after.
    """
    events = [event for _, event in new]
    as_a_whole = {
        event.instance_id for event in events if event.action in OF_INSTANCE and event.instance_id
    }
    instances = instance_hosts.keep(connection, events, operations.by_event.values(), as_a_whole)
    touched = operations.ports | nic_history.named_in(connection, events)
    touched |= _listed_or_not(connection, new, operations)
    if as_a_whole:
        touched |= set(
            connection.scalars(
                sa.select(_TABLE.c.nic).where(in_list(connection, _TABLE.c.instance_id, as_a_whole))
            )
        )
    if instances.on_several:
        touched |= nics_elsewhere.nics(connection, instances, operations)
    if touched:
        recompute_nics(connection, touched, operations.only, instances.ordinary, changes)


def recompute_nics(
    connection: sa.Connection,
    touched: set[str],
    operations: Mapping[str, Sequence[Operation]],
    ordinary: Collection[str] = (),
    changes: AttachmentChanges | None = None,
) -> None:
    """Recompute the periods of these NICs; ``operations`` are those that need not be read.

    ``ordinary`` are instances of which no more is to be read either (``tables.instance_hosts``).
    """
    if changes is not None:
        changes.before(connection, touched)
    histories = nic_history.of_nics(connection, touched, operations, ordinary)
    final = final_periods(connection, touched)
    not_final = touched - final.keys()
    for table in (_ADDRESS, _HOST, _TABLE):
        connection.execute(sa.delete(table).where(in_list(connection, table.c.nic, not_final)))
    if final:
        _delete_newer(connection, final)
    periods = [
        period
        for nic in touched
        for period in _periods(nic, histories.get(nic, ()), final.get(nic))
    ]
    if changes is not None:
        changes.after(periods)
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
        listed |= event_nics.ports_listed(connection, late)
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
                in_list(connection, column.instance_id, read_after),
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
            in_list(connection, _TABLE.c.nic, nics), _TABLE.c.sealed_before.is_(None)
        )
    )
    for part in (_ADDRESS, _HOST):
        periods = sa.select(_TABLE.c.nic).where(
            _TABLE.c.nic == part.c.nic, _TABLE.c.number == part.c.number
        )
        connection.execute(
            sa.delete(part).where(in_list(connection, part.c.nic, nics), ~periods.exists())
        )


def _periods(nic: str, history: Sequence[Move], final: FinalPeriods | None) -> list[Attachment]:
    if final is None:
        return attachments_from(nic, history)
    # A list that was read before may be older than the end of the last period.
    newer = [
        move
        for move in history
        if move.at >= final.before
        and (move.kind is not MoveKind.LISTED or move.earliest_at >= final.before)
    ]
    return attachments_from(nic, newer, after=final.count)


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
