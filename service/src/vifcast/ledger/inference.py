"""Which port an operation was about, by what Neutron told at that time.

A hand-patched Nova says that an instance got a NIC, not which; Neutron says that a
port came to the instance, not why. The two belong together where Neutron names
Nova's request (nova/network/neutron.py passes it on as the global one), or else where,
while the operation ran, exactly one port came (attach) or went (detach).
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

from vifcast.model import Action, Event, Nic, Operation, Status
from vifcast.notification.event_types import PORT_CREATED, PORT_DELETED

# Nova and Neutron run on different machines: so far their clocks may be apart.
CLOCKS_APART = dt.timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class _Change:
    port_id: str
    nic: Nic
    at: dt.datetime
    request_id: str | None
    # Whether it is known where the port was before.
    is_certain: bool


def needs_port(operation: Operation) -> bool:
    """Whether it moved a NIC and nobody who told of it named the port."""
    return operation.status is Status.SUCCEEDED and (
        operation.port_id is None or operation.is_port_inferred
    )


def window(operation: Operation) -> tuple[dt.datetime, dt.datetime]:
    """The time in which Neutron may have told of a finished operation's port."""
    end = operation.finished_at or operation.first_known_at
    return (operation.started_at or end) - CLOCKS_APART, end + CLOCKS_APART


def with_inferred_port(operation: Operation, sightings: Iterable[Event]) -> Operation:
    """The operation with its port, where that is certain; see ``needs_port``.

    ``sightings`` are at least all of the ports that were ever seen on the instance.
    """
    earliest, latest = window(operation)
    changes = [
        change
        for change in _changes(operation.action, operation.instance_id, sightings)
        if earliest <= change.at <= latest
    ]
    of_request = [
        change
        for change in changes
        if change.request_id is not None and change.request_id == operation.request_id
    ]
    for among in (of_request, changes, [change for change in changes if change.is_certain]):
        if len({change.port_id for change in among}) == 1:
            return _with_nic(operation, among[-1])
    return operation


def _changes(action: Action, instance_id: str, sightings: Iterable[Event]) -> list[_Change]:
    ports: dict[str, list[tuple[Event, Nic]]] = defaultdict(list)
    unique = {event.message_id: event for event in sightings}.values()
    for event in sorted(unique, key=lambda event: (event.occurred_at, event.message_id)):
        for nic in event.nics or ():
            if nic.port_id is not None:
                ports[nic.port_id].append((event, nic))
    found = []
    for port_id, seen in ports.items():
        before: Nic | None = None
        for event, nic in seen:
            is_deleted = event.event_type == PORT_DELETED
            is_here = nic.instance_id == instance_id and not is_deleted
            was_here = before is not None and before.instance_id == instance_id
            if action is Action.ATTACH and is_here and not was_here:
                certain = before is not None or event.event_type == PORT_CREATED
                found.append(_Change(port_id, nic, event.occurred_at, event.request_id, certain))
            elif action is Action.DETACH and was_here and not is_here:
                told = before or nic
                found.append(_Change(port_id, told, event.occurred_at, event.request_id, True))
            before = replace(nic, instance_id=None) if is_deleted else nic
    return found


def _with_nic(operation: Operation, change: _Change) -> Operation:
    nic = change.nic
    return replace(
        operation,
        port_id=change.port_id,
        network_id=operation.network_id or nic.network_id,
        network_label=operation.network_label or nic.network_label,
        mac_address=operation.mac_address or nic.mac_address,
        fixed_ips=operation.fixed_ips or nic.fixed_ips,
        vif_type=operation.vif_type or nic.vif_type,
        vnic_type=operation.vnic_type or nic.vnic_type,
        device_name=operation.device_name or nic.device_name,
        is_port_inferred=True,
    )
