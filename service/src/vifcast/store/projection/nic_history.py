"""Gathers all that is known of some NICs, for ``vifcast.ledger.attachments``.

A NIC goes by its port, or by its MAC where all that reports it, Nova's legacy
``compute.instance.create.end``, gives no port. Once anybody reports which port on that
instance has the MAC, what was known under the MAC is the port's.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

import sqlalchemy as sa
from msgspec.structs import replace

from vifcast.ledger.listed import moves_of_lists
from vifcast.ledger.lists import Lists
from vifcast.ledger.moves import (
    OF_INSTANCE,
    Move,
    MoveKind,
    deletions_between,
    move_of_operation,
    moves_of_event,
    port_of_mac,
)
from vifcast.ledger.operated import in_order, that_matter, whereabouts_of_operation
from vifcast.model import Action, Event, Operation
from vifcast.store.sql import schema
from vifcast.store.sql.in_list import in_list
from vifcast.store.tables import event_nics, instance_hosts
from vifcast.store.tables import events as stored_events
from vifcast.store.tables import operations as stored_operations
from vifcast.store.tables.attachments import BY_MAC
from vifcast.store.tables.finality import horizon

# What lists NICs that are on the instance; it adds to what is known of those ports.
_LISTS_NICS = (Action.CREATE, Action.SIGHTING)


def named_in(connection: sa.Connection, events: Iterable[Event]) -> set[str]:
    """The NICs of which these new events may change what is known, operations left aside."""
    named: set[str] = set()
    macs: set[str] = set()
    for event in events:
        if event.port_id is not None and event.mac_address is not None:
            macs.add(event.mac_address)
        for nic in event.nics or ():
            if nic.mac_address is not None:
                macs.add(nic.mac_address)
            if nic.port_id is not None and event.action in _LISTS_NICS:
                named.add(nic.port_id)
    return named | _named_by(connection, macs)


def _named_by(connection: sa.Connection, macs: Collection[str]) -> set[str]:
    portless = event_nics.without_port(connection, macs) if macs else set()
    if not portless:
        return set()
    ports_of_mac = event_nics.ports_by_mac(connection, {mac for _, _, mac in portless})
    named = {BY_MAC + mac for _, _, mac in portless}
    return named.union(*(ports_of_mac[instance_id, mac] for _, instance_id, mac in portless))


def of_nics(
    connection: sa.Connection,
    names: Collection[str],
    operations: Mapping[str, Sequence[Operation]],
    ordinary: Collection[str] = (),
) -> dict[str, list[Move]]:
    """Every move of each of these NICs.

    ``operations`` are those of ports that need not be read. Of ``ordinary`` instances nothing is
    reported as a whole, and they are on one host.
    """
    ports = {name for name in names if not name.startswith(BY_MAC)}
    macs = {name.removeprefix(BY_MAC) for name in names if name.startswith(BY_MAC)}
    # Of an operation that reports several, its row has one.
    macs |= event_nics.macs_reported(connection, ports) if ports else set()
    found: dict[str, list[Move]] = defaultdict(list)
    for operation in _operations(connection, ports, operations):
        if operation.mac_address is not None:
            macs.add(operation.mac_address)
        move = move_of_operation(operation)
        if move is not None:
            found[operation.port_id or ""].append(move)
    listed = event_nics.listing_ports(connection, ports) if ports else {}
    # A list of before or after an operation names their MACs, too.
    macs.update(*listed.values())
    for move in _reported_moves(connection, listed):
        if move.nic.port_id in ports:
            found[move.nic.port_id or ""].append(move)
    for name, move in _moves_by_mac(connection, macs):
        if name in names:
            found[name].append(move)
    _add_of_instances(connection, found, ordinary)
    return found


def _reported_moves(connection: sa.Connection, event_ids: Collection[int]) -> Iterable[Move]:
    """What these events report, and what is proven by all lists of the instances if any is one."""
    states = list(stored_events.move_events(connection, event_ids))
    for event in states:
        yield from moves_of_event(event)
    if len(states) < len(event_ids):
        instances = stored_events.listing_instances(connection, event_ids)
        for listings in stored_events.lists_of(connection, instances).values():
            yield from moves_of_lists(Lists(listings))


def _operations(
    connection: sa.Connection, ports: set[str], given: Mapping[str, Sequence[Operation]]
) -> Iterable[Operation]:
    for port_id in ports & given.keys():
        yield from given[port_id]
    rest = ports - given.keys()
    if rest:
        yield from stored_operations.of_ports(connection, rest)


def _moves_by_mac(connection: sa.Connection, macs: Collection[str]) -> Iterable[tuple[str, Move]]:
    portless = event_nics.without_port(connection, macs) if macs else set()
    if not portless:
        return
    ports_of_mac = event_nics.ports_by_mac(connection, {mac for _, _, mac in portless})
    found = [
        (move, mac)
        for event in stored_events.move_events(
            connection, {event_id for event_id, _, _ in portless}
        )
        for move in moves_of_event(event)
        if (mac := move.nic.mac_address) is not None and move.nic.port_id is None
    ]
    for move, mac in _still_understood(connection, found, ports_of_mac):
        port_id = port_of_mac(ports_of_mac[move.instance_id or "", mac], move.at)
        if port_id is None:
            yield BY_MAC + mac, move
        else:
            yield port_id, replace(move, nic=replace(move.nic, port_id=port_id))


def _still_understood(
    connection: sa.Connection,
    found: list[tuple[Move, str]],
    ports_of_mac: Mapping[tuple[str, str], Collection[str]],
) -> Iterable[tuple[Move, str]]:
    """Without those whose port was reported by events that were deleted because of their age.

    It is final, and so is its period. What is older than the horizon and not final was the
    beginning of a period when it came, so there is one from then or before.
    """
    before = horizon(connection)
    old = [(move, mac) for move, mac in found if before is not None and move.at < before]
    if before is None or not old:
        return found
    names = {name for move, mac in old for name in _names(ports_of_mac, move, mac)}
    since = _since(connection, names)

    def is_known(move: Move, mac: str) -> bool:
        known = (since.get((name, move.instance_id)) for name in _names(ports_of_mac, move, mac))
        return any(at is not None and at <= move.at for at in known)

    return [each for each in found if each[0].at >= before or is_known(*each)]


def _names(
    ports_of_mac: Mapping[tuple[str, str], Collection[str]], move: Move, mac: str
) -> Iterable[str]:
    return {BY_MAC + mac, *ports_of_mac.get((move.instance_id or "", mac), ())}


def _since(
    connection: sa.Connection, names: Collection[str]
) -> dict[tuple[str, str | None], dt.datetime]:
    """By NIC and instance, from when on there are periods."""
    column = schema.attachment.c
    return {
        (nic, instance_id): at
        for nic, instance_id, at in connection.execute(
            sa.select(column.nic, column.instance_id, sa.func.min(column.first_known_at))
            .where(in_list(connection, column.nic, names))
            .group_by(column.nic, column.instance_id)
        )
    }


def _add_of_instances(
    connection: sa.Connection, found: dict[str, list[Move]], ordinary: Collection[str]
) -> None:
    """The deletions of the instances that the NICs were on, and what says where these were."""
    instances = {move.instance_id for moves in found.values() for move in moves if move.instance_id}
    with_own, several = instance_hosts.of_more(connection, instances.difference(ordinary))
    if not with_own and not several:
        return
    gone, moved = _by_instance(connection, event_nics.about_instances(connection, with_own))
    since = min(move.at for moves in found.values() for move in moves)
    operated = _operated(connection, several, since)
    for moves in found.values():
        times = defaultdict(list)
        for move in moves:
            times[move.instance_id].append(move.at)
        for instance_id, reported_at in times.items():
            if instance_id in gone:
                moves.extend(deletions_between(reported_at, gone[instance_id]))
            if instance_id in moved:
                first_at = min(reported_at)
                here = [move for move in moved[instance_id] if move.at >= first_at]
                reported_at += [move.at for move in here]
                moves.extend(here)
            if instance_id in operated:
                moves.extend(that_matter(operated[instance_id], reported_at))


def _operated(
    connection: sa.Connection, instance_ids: Collection[str], since: dt.datetime
) -> dict[str | None, list[Move]]:
    """By instance, what its operations say of where it was, oldest first."""
    found: dict[str | None, list[Move]] = defaultdict(list)
    if instance_ids:
        for operation in stored_operations.operated_on(connection, instance_ids, since):
            move = whereabouts_of_operation(operation)
            if move is not None:
                found[move.instance_id].append(move)
    return {instance_id: in_order(moves) for instance_id, moves in found.items()}


def _by_instance(
    connection: sa.Connection, event_ids: Collection[int]
) -> tuple[dict[str | None, list[Move]], dict[str | None, list[Move]]]:
    """The deletions of each instance, oldest first, and its moves."""
    found: dict[MoveKind, dict[str | None, list[Move]]] = {
        kind: defaultdict(list) for kind in OF_INSTANCE.values()
    }
    for event in stored_events.move_events(connection, event_ids):
        for move in moves_of_event(event):
            if move.kind in found:
                found[move.kind][move.instance_id].append(move)
    for each in found[MoveKind.GONE].values():
        each.sort(key=lambda move: (move.at, move.key))
    return found[MoveKind.GONE], found[MoveKind.MOVED]
