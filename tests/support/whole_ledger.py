"""The ledger of all events at once: what the store, which recomputes in parts, must come to."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable

from msgspec.structs import replace

from vifcast.ledger.attachments import attachments_from
from vifcast.ledger.change import Change, Key, Listing, Sighting
from vifcast.ledger.inference import claimant_of, infer, needs_port, with_port
from vifcast.ledger.listed import moves_of_lists
from vifcast.ledger.lists import Lists
from vifcast.ledger.moves import (
    OF_INSTANCE,
    Move,
    move_of_operation,
    moves_of_event,
    port_of_mac,
)
from vifcast.ledger.operated import hosts_named, whereabouts_of_operation
from vifcast.ledger.operations import ended_by_deletion, operations_from
from vifcast.model import Action, Attachment, Event, Nic, Operation, Source, Status


def whole_ledger(events: Iterable[Event]) -> tuple[list[Operation], list[Attachment]]:
    """Every operation and every attachment, each in a fixed order."""
    unique = list({event.message_id: event for event in events}.values())
    by_correlation = defaultdict(list)
    for event in unique:
        if event.correlation_id is not None:
            by_correlation[event.correlation_id].append(event)
    operations = _with_ports(
        unique,
        [
            _ended(operation, unique)
            for group in by_correlation.values()
            for operation, _ in operations_from(group).values()
        ],
    )
    attachments = [
        period
        for nic, moves in _histories(unique, operations).items()
        for period in attachments_from(nic or "", moves)
    ]
    return (
        sorted(operations, key=lambda each: (each.correlation_id, each.id)),
        sorted(attachments, key=lambda each: (each.nic, each.number)),
    )


def _ended(operation: Operation, events: list[Event]) -> Operation:
    if operation.status is not Status.RUNNING:
        return operation
    return ended_by_deletion(
        operation,
        [
            event.occurred_at
            for event in events
            if event.action is Action.DELETE and event.instance_id == operation.instance_id
        ],
    )


def _with_ports(events: list[Event], operations: list[Operation]) -> list[Operation]:
    sightings = [
        Sighting(*(getattr(each, name) for name in Sighting._fields))
        for each in events
        if each.action is Action.SIGHTING and each.nics
    ]
    lists = _lists(events)
    by_instance = defaultdict(list)
    for operation in operations:
        by_instance[operation.instance_id].append(operation)
    inferred: dict[Key, Change] = {}
    for instance_id, each in by_instance.items():
        if any(map(needs_port, each)):
            claimants = map(claimant_of, each)
            inferred |= infer(instance_id, claimants, sightings, lists.get(instance_id, ()))
    return [
        with_port(operation, inferred[operation.correlation_id, operation.id])
        if (operation.correlation_id, operation.id) in inferred
        else operation
        for operation in operations
    ]


def _lists(events: list[Event]) -> dict[str | None, list[Listing]]:
    found: dict[str | None, list[Listing]] = defaultdict(list)
    for each in events:
        if each.nics is not None and each.source is Source.NOVA_VERSIONED:
            found[each.instance_id].append(
                Listing(*(getattr(each, name) for name in Listing._fields))
            )
    return found


def _histories(events: list[Event], operations: list[Operation]) -> dict[str | None, list[Move]]:
    reported = _ports_reported(events)
    histories: dict[str | None, list[Move]] = defaultdict(list)
    moves = [move for each in operations if (move := move_of_operation(each)) is not None]
    for listings in _lists(events).values():
        moves += moves_of_lists(Lists(listings))
    for move in moves:
        histories[move.nic.port_id].append(move)
    of_instances = []
    for event in events:
        for move in moves_of_event(event):
            if move.kind in OF_INSTANCE.values():
                of_instances.append(move)
            elif move.nic.port_id is not None:
                histories[move.nic.port_id].append(move)
            else:
                mac = move.nic.mac_address
                port_id = port_of_mac(reported[move.instance_id, mac], move.at)
                if port_id is not None:
                    move = replace(move, nic=replace(move.nic, port_id=port_id))  # noqa: PLW2901
                    histories[port_id].append(move)
                else:
                    histories[f"mac:{mac}"].append(move)
    of_instances += _whereabouts(events, operations)
    for moves in histories.values():
        instances = {move.instance_id for move in moves}
        moves += [move for move in of_instances if move.instance_id in instances]
    return histories


def _whereabouts(events: list[Event], operations: list[Operation]) -> list[Move]:
    """What operations say of where their instances were; only where there is a choice of hosts."""
    named = defaultdict(set)
    for event in events:
        for instance_id, host in hosts_named(event):
            named[instance_id].add(host)
    found = (whereabouts_of_operation(operation) for operation in operations)
    return [move for move in found if move and len(named[move.instance_id or ""]) > 1]


def _ports_reported(
    events: list[Event],
) -> dict[tuple[str | None, str | None], dict[str, dt.datetime]]:
    reported: dict[tuple[str | None, str | None], dict[str, dt.datetime]] = defaultdict(dict)
    for event in sorted(events, key=lambda event: event.occurred_at):
        named: list[Event | Nic] = [event, *(event.nics or ())]
        for each in named:
            if each.port_id is not None:
                ports = reported[each.instance_id, each.mac_address]
                ports.setdefault(each.port_id, event.occurred_at)
    return reported
