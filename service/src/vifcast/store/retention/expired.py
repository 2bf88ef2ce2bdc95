"""What may be deleted because of its age, a stretch at a time; the rule is in docs/retention.md.

What a function finds may go holds as long as nobody writes: in a transaction that writes, until
it ends.
"""

import datetime as dt
from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from vifcast.ledger.moves import OF_INSTANCE
from vifcast.model import Action, Source, Status
from vifcast.store.retention.walk import Position, Stretch
from vifcast.store.sql import schema
from vifcast.store.sql.types import UtcDateTime
from vifcast.store.tables.attachments import BY_MAC

_EVENT = schema.event.c
_NIC = schema.event_nic.c
_OPERATION = schema.operation.c
_ATTACHMENT = schema.attachment.c


def events_to_delete(
    connection: sa.Connection,
    before: dt.datetime,
    hung_before: dt.datetime | None,
    position: Position,
    limit: int,
) -> Stretch:
    """Ids of events from before that moment of which nothing is made that is not final.

    An operation without an end that began before ``hung_before`` counts as final, too. The
    events of one request go together, so there can be more than ``limit``.
    """
    found = connection.execute(
        sa.select(_EVENT.id, _EVENT.correlation_id, _EVENT.occurred_at)
        .where(_EVENT.id > (position[0] if position else 0), _EVENT.received_at < before)
        .order_by(_EVENT.id)
        .limit(limit)
    ).all()
    after = (found[-1].id,) if len(found) == limit else None
    old = [row for row in found if row.occurred_at < before]
    if not old:
        return Stretch([], after)
    requests = {row.correlation_id for row in old if row.correlation_id is not None}
    alone = [row.id for row in old if row.correlation_id is None]
    events = connection.execute(
        sa.select(
            _EVENT.id, _EVENT.correlation_id, _EVENT.action, _EVENT.instance_id, _EVENT.port_id,
            _EVENT.mac_address, _EVENT.occurred_at, _EVENT.source,
        ).where(sa.or_(_EVENT.id.in_(alone), _EVENT.correlation_id.in_(requests)))
    ).all()  # fmt: skip
    needed = _needed(connection, events, before)
    kept = {event.correlation_id for event in events if event.id in needed and event.correlation_id}
    kept |= _unfinished(connection, requests, hung_before)
    keys = [
        event.id for event in events if event.id not in needed and event.correlation_id not in kept
    ]
    return Stretch(keys, after)


def _needed(connection: sa.Connection, events: Any, before: dt.datetime) -> set[int]:
    """The ids of those that are too new, or that report a NIC that is not final.

    Also those of the deletion of an instance of which anything else is known. A move concerns
    every NIC that is on the instance, whether it lists it or not. And lists of the NICs of an
    instance on which one was that is not final, which can prove by not having it that it had gone.
    """
    listed = connection.execute(
        sa.select(_NIC.event_id, _NIC.port_id, _NIC.mac_address).where(
            _NIC.event_id.in_([event.id for event in events])
        )
    )
    named = [(event.id, event.port_id, event.mac_address) for event in events]
    named += [tuple(row) for row in listed]
    ports = _not_final(connection, _ATTACHMENT.nic, {port for _, port, _ in named if port})
    macs = _not_final(connection, _ATTACHMENT.mac_address, {mac for _, _, mac in named if mac})
    lists = [event for event in events if event.source == Source.NOVA_VERSIONED]
    held = _not_final(connection, _ATTACHMENT.instance_id, {event.instance_id for event in lists})
    deletions = [event for event in events if event.action == Action.DELETE]
    instances = _named_by_others(connection, {event.instance_id for event in deletions})
    moves = [event for event in events if event.action == Action.MOVE]
    movable = _not_final(connection, _ATTACHMENT.instance_id, {each.instance_id for each in moves})
    return (
        {event.id for event in events if event.occurred_at >= before}
        | {key for key, port, mac in named if port in ports or mac in macs}
        | {event.id for event in deletions if event.instance_id in instances}
        | {event.id for event in moves if event.instance_id in movable}
        | {event.id for event in lists if event.instance_id in held}
    )


def _named_by_others(connection: sa.Connection, instances: Collection[str]) -> set[str]:
    """Those of the deleted instances that other events name: for them it stays deleted.

    Deletions do not count, nor do moves: they alone make no period.
    """
    if not instances:
        return set()
    found = set(
        connection.scalars(
            sa.select(_EVENT.instance_id)
            .where(_EVENT.instance_id.in_(instances), _EVENT.action.not_in(OF_INSTANCE))
            .distinct()
        )
    )
    lists_nic = sa.or_(_NIC.port_id.is_not(None), _NIC.mac_address.is_not(None))
    return found | set(
        connection.scalars(
            sa.select(_NIC.instance_id)
            .join(schema.event, _EVENT.id == _NIC.event_id)
            .where(_NIC.instance_id.in_(instances), lists_nic, _EVENT.action.not_in(OF_INSTANCE))
            .distinct()
        )
    )


def _unfinished(
    connection: sa.Connection, requests: Collection[str], hung_before: dt.datetime | None
) -> set[str]:
    """Requests whose end may still come, or whose NIC is not final."""
    made = connection.execute(
        sa.select(
            _OPERATION.correlation_id,
            _OPERATION.status,
            _OPERATION.port_id,
            _OPERATION.first_known_at,
        ).where(_OPERATION.correlation_id.in_(requests))
    ).all()
    ports = _not_final(connection, _ATTACHMENT.nic, {row.port_id for row in made if row.port_id})
    return {
        row.correlation_id
        for row in made
        if row.port_id in ports
        or (
            row.status == Status.RUNNING
            and (hung_before is None or row.first_known_at >= hung_before)
        )
    }


def _not_final(
    connection: sa.Connection, column: sa.ColumnElement[Any], values: Collection[Any]
) -> set[Any]:
    """Those of the values that a period has which is not final."""
    if not values:
        return set()
    statement = sa.select(column).where(column.in_(values), _ATTACHMENT.sealed_before.is_(None))
    return set(connection.scalars(statement.distinct()))


def operations_to_delete(
    connection: sa.Connection, before: dt.datetime, position: Position, limit: int
) -> Stretch:
    """Keys of operations from before that moment whose events are gone and whose NIC is final.

    Nor may other NICs, which are not final, have come to a host, or left one, at the moment of the
    operation: it may be by this that it is known.
    """
    order = (_OPERATION.first_known_at, _OPERATION.id, _OPERATION.correlation_id)
    statement = sa.select(
        *order,
        _OPERATION.port_id,
        _OPERATION.finished_at,
        _OPERATION.started_at,
        _OPERATION.instance_id,
        _OPERATION.compute_host,
    )
    statement = statement.where(_OPERATION.first_known_at < before, *_behind(order, position))
    found = connection.execute(statement.order_by(*order).limit(limit)).all()
    ports = _not_final(connection, _ATTACHMENT.nic, {row.port_id for row in found if row.port_id})
    requests = {row.correlation_id for row in found}
    requests_of_events = sa.select(_EVENT.correlation_id).where(_EVENT.correlation_id.in_(requests))
    have_events = set(connection.scalars(requests_of_events.distinct()))
    moved = _moved(connection, {row.instance_id for row in found})
    keys = [
        (row.correlation_id, row.id)
        for row in found
        if row.correlation_id not in have_events
        and row.port_id not in ports
        and (row.instance_id, row.started_at or row.finished_at) not in moved
        and (row.finished_at is None or row.finished_at < before)
    ]
    return Stretch(keys, tuple(found[-1][:3]) if len(found) == limit else None)


def _moved(connection: sa.Connection, instances: Collection[str]) -> set[tuple[str, dt.datetime]]:
    """When these instances came to a host or left one, while NICs that are not final were there."""
    host = schema.attachment_host.c
    found = connection.execute(
        sa.select(_ATTACHMENT.instance_id, host.since_at, host.until_at)
        .join(
            schema.attachment_host,
            sa.and_(host.nic == _ATTACHMENT.nic, host.number == _ATTACHMENT.number),
        )
        .where(_ATTACHMENT.instance_id.in_(instances), _ATTACHMENT.sealed_before.is_(None))
    )
    return {(row.instance_id, at) for row in found for at in (row.since_at, row.until_at) if at}


def instances_to_forget(connection: sa.Connection, position: Position, limit: int) -> Stretch:
    """Ids of instances that nothing names any more."""
    instance_id = schema.instance_host.c.instance_id
    statement = sa.select(instance_id).where(*([instance_id > position[0]] if position else ()))
    found = list(connection.scalars(statement.order_by(instance_id).limit(limit)))
    named: set[str] = set()
    for column in (_ATTACHMENT, _OPERATION, _EVENT, _NIC):
        rest = set(found) - named
        naming = sa.select(column.instance_id).where(column.instance_id.in_(rest))
        named.update(connection.scalars(naming.distinct()))
    after = (found[-1],) if len(found) == limit else None
    return Stretch([each for each in found if each not in named], after)


def attachments_to_delete(
    connection: sa.Connection, before: dt.datetime, position: Position, limit: int
) -> Stretch:
    """NIC and number of final periods that ended before that moment.

    They outlive every operation and event that they were made of: with these still there and
    the periods gone, half of them would be made again as soon as the NIC is reported.
    """
    order = (_ATTACHMENT.detached_at, _ATTACHMENT.nic, _ATTACHMENT.number)
    statement = sa.select(*order, _ATTACHMENT.sealed_before).where(
        _ATTACHMENT.detached_at < before,
        _ATTACHMENT.sealed_before.is_not(None),
        *_behind(order, position),
    )
    found = connection.execute(statement.order_by(*order).limit(limit)).all()
    nics = {row.nic for row in found}
    macs = {nic.removeprefix(BY_MAC) for nic in nics if nic.startswith(BY_MAC)}
    facts = [
        *connection.execute(
            sa.select(_OPERATION.port_id, _OPERATION.first_known_at).where(
                _OPERATION.port_id.in_(nics)
            )
        ),
        *connection.execute(_listings(_NIC.port_id, nics)),
        *(
            (f"{BY_MAC}{mac}", at)
            for mac, at in connection.execute(_listings(_NIC.mac_address, macs))
        ),
    ]
    first_at: dict[str, dt.datetime] = {}
    for nic, at in facts:
        first_at[nic] = min(at, first_at.get(nic, at))
    keys = [
        (row.nic, row.number)
        for row in found
        if row.nic not in first_at or first_at[row.nic] >= row.sealed_before
    ]
    return Stretch(keys, tuple(found[-1][:3]) if len(found) == limit else None)


def _listings(column: sa.ColumnElement[Any], names: Collection[str]) -> sa.Select[Any]:
    """Which NICs events list, and when; those left out of which no period is ever made."""
    return (
        sa.select(column, _EVENT.occurred_at)
        .join(schema.event, _EVENT.id == _NIC.event_id)
        .where(column.in_(names), _EVENT.action.not_in(OF_INSTANCE))
    )


def _behind(order: tuple[Any, ...], position: Position) -> list[sa.ColumnElement[bool]]:
    if not position:
        return []
    moment, *keys = position
    return [sa.tuple_(*order) > sa.tuple_(sa.bindparam(None, moment, UtcDateTime), *keys)]
