"""Which port an operation was about, by what Neutron told at that time.

A hand-patched Nova says that an instance got a NIC, not which; Neutron says that a
port came to the instance, not why. The two belong together where Neutron names
Nova's request (nova/network/neutron.py passes it on as the global one), or else where,
while the operation ran, exactly one port came (attach) or went (detach).

A port came once: the change answers one operation. So it is decided for all operations of an
instance together.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from vifcast.ledger.answers import answers
from vifcast.ledger.change import Change, Key, Sighting, Wanting
from vifcast.model import Action, Nic, Operation, Status
from vifcast.notification.event_types import PORT_CREATED, PORT_DELETED

# What a sighting can add to what Nova told of an operation's NIC.
TOLD = (
    "network_id", "network_label", "mac_address", "fixed_ips", "vif_type", "vnic_type",
    "device_name",
)  # fmt: skip


def needs_port(operation: Operation) -> bool:
    """Whether it moved a NIC and nobody who told of it named the port."""
    return operation.status is Status.SUCCEEDED and (
        operation.port_id is None or operation.is_port_inferred
    )


def wanting_of(operation: Operation) -> Wanting:
    """What ``infer`` is told of an operation that needs a port."""
    return Wanting(
        operation.correlation_id,
        operation.id,
        operation.action,
        operation.request_id,
        operation.started_at,
        operation.finished_at or operation.first_known_at,
    )


def infer(
    instance_id: str, wanting: Iterable[Wanting], sightings: Iterable[Sighting]
) -> dict[Key, Change]:
    """What the operations were about, where that is certain.

    ``wanting`` are all operations of the instance that need a port, ``sightings`` at least all
    of the ports that were ever seen on it.
    """
    by_action: dict[str, list[Wanting]] = defaultdict(list)
    for each in wanting:
        by_action[each.action].append(each)
    ports = _by_port(sightings)
    found: dict[Key, Change] = {}
    for action, operations in by_action.items():
        changes = _changes(action, instance_id, ports)
        if changes:
            found |= answers(operations, changes)
    return found


def _by_port(sightings: Iterable[Sighting]) -> dict[str, list[tuple[Sighting, Nic]]]:
    ports: dict[str, list[tuple[Sighting, Nic]]] = defaultdict(list)
    unique = {each.message_id: each for each in sightings}.values()
    for sighting in sorted(unique, key=lambda each: (each.occurred_at, each.message_id)):
        for nic in sighting.nics:
            if nic.port_id is not None:
                ports[nic.port_id].append((sighting, nic))
    return ports


def _changes(
    action: str, instance_id: str, ports: dict[str, list[tuple[Sighting, Nic]]]
) -> list[Change]:
    found = []
    for port_id, seen in ports.items():
        before: Nic | None = None
        for sighting, nic in seen:
            is_deleted = sighting.event_type == PORT_DELETED
            is_here = nic.instance_id == instance_id and not is_deleted
            was_here = before is not None and before.instance_id == instance_id
            at, request_id = sighting.occurred_at, sighting.request_id
            if action == Action.ATTACH and is_here and not was_here:
                is_certain = before is not None or sighting.event_type == PORT_CREATED
                found.append(Change(port_id, nic, at, request_id, is_certain))
            elif action == Action.DETACH and was_here and not is_here:
                found.append(Change(port_id, before or nic, at, request_id, is_certain=True))
            before = replace(nic, instance_id=None) if is_deleted else nic
    return found


def with_port(operation: Operation, change: Change) -> Operation:
    """The operation with what was inferred; what Nova told of the NIC stays."""
    nic = change.nic
    told = {name: getattr(operation, name) or getattr(nic, name) for name in TOLD}
    return replace(operation, port_id=change.port_id, is_port_inferred=True, **told)
