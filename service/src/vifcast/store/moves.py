"""Gathers all that is known of some NICs, for ``vifcast.ledger.attachments``.

A NIC goes by its port, or by its MAC where all that tells of it, Nova's legacy
``compute.instance.create.end``, gives no port. Once anybody tells which port on that
instance has the MAC, what was known under the MAC is the port's.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

import sqlalchemy as sa

from vifcast.ledger.moves import Kind, Move, move_of_operation, moves_of_event
from vifcast.model import Action, Event, Nic, Operation
from vifcast.store import events as stored_events
from vifcast.store import nics
from vifcast.store import operations as stored_operations

_BY_MAC = "mac:"
_STATES = (Action.CREATE, Action.SIGHTING)


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
            if nic.port_id is not None and event.action in _STATES:
                named.add(nic.port_id)
    return named | _named_by(connection, macs)


def _named_by(connection: sa.Connection, macs: Collection[str]) -> set[str]:
    portless = nics.without_port(connection, macs) if macs else set()
    if not portless:
        return set()
    told = nics.ports_by_mac(connection, {mac for _, _, mac in portless})
    named = {_BY_MAC + mac for _, _, mac in portless}
    return named.union(*(told[instance_id, mac] for _, instance_id, mac in portless))


def of_nics(
    connection: sa.Connection,
    names: Collection[str],
    operations: Mapping[str, Sequence[Operation]],
) -> dict[str, list[Move]]:
    """Every move of each of these NICs.

    ``operations`` are those of ports that need not be read.
    """
    ports = {name for name in names if not name.startswith(_BY_MAC)}
    macs = {name.removeprefix(_BY_MAC) for name in names if name.startswith(_BY_MAC)}
    found: dict[str, list[Move]] = defaultdict(list)
    for operation in _operations(connection, ports, operations):
        if operation.mac_address is not None:
            macs.add(operation.mac_address)
        move = move_of_operation(operation)
        if move is not None:
            found[operation.port_id or ""].append(move)
    for nic, moves in _listed(connection, ports):
        if nic.mac_address is not None:
            macs.add(nic.mac_address)
        found[nic.port_id or ""] += moves
    for name, move in _moves_by_mac(connection, macs):
        if name in names:
            found[name].append(move)
    _add_deletions(connection, found)
    return found


def _listed(connection: sa.Connection, ports: Collection[str]) -> Iterable[tuple[Nic, list[Move]]]:
    ids = nics.events_of_ports(connection, ports) if ports else set()
    for event in stored_events.by_ids(connection, ids) if ids else ():
        if event.action in _STATES:
            for move in moves_of_event(event):
                if move.nic.port_id in ports:
                    yield move.nic, [move]
        else:
            # What an instance had before and after an operation; it tells MACs alone.
            yield from ((nic, []) for nic in event.nics or () if nic.port_id in ports)


def _operations(
    connection: sa.Connection, ports: set[str], given: Mapping[str, Sequence[Operation]]
) -> Iterable[Operation]:
    for port_id in ports & given.keys():
        yield from given[port_id]
    rest = ports - given.keys()
    if rest:
        yield from stored_operations.of_ports(connection, rest)


def _moves_by_mac(connection: sa.Connection, macs: Collection[str]) -> Iterable[tuple[str, Move]]:
    portless = nics.without_port(connection, macs) if macs else set()
    if not portless:
        return
    told = nics.ports_by_mac(connection, {mac for _, _, mac in portless})
    for event in stored_events.by_ids(connection, {event_id for event_id, _, _ in portless}):
        for move in moves_of_event(event) if event.action in _STATES else ():
            mac = move.nic.mac_address
            if mac is None or move.nic.port_id is not None:
                continue
            port_ids = told[move.instance_id or "", mac]
            if len(port_ids) == 1:
                (port_id,) = port_ids
                yield port_id, replace(move, nic=replace(move.nic, port_id=port_id))
            else:
                yield _BY_MAC + mac, move


def _add_deletions(connection: sa.Connection, found: dict[str, list[Move]]) -> None:
    instances = {move.instance_id for moves in found.values() for move in moves if move.instance_id}
    ids = nics.deletions_of(connection, instances) if instances else set()
    if not ids:
        return
    gone = [
        move
        for event in stored_events.by_ids(connection, ids)
        for move in moves_of_event(event)
        if move.kind is Kind.GONE
    ]
    for moves in found.values():
        there = {move.instance_id for move in moves}
        moves += [move for move in gone if move.instance_id in there]
