"""What two lists of NICs differ in; pure functions, no I/O."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from vifcast.reconcile.nic import Cloud, CloudServer, KnownNic, Port

# The owner that Nova gives to the ports of its servers, baremetal ones too: this and the
# availability zone (nova/network/neutron.py, _update_ports_for_instance).
_SERVERS_OWN = "compute:"

_NAMES = {
    "port_id": "port",
    "instance_id": "server",
    "network_id": "network",
    "mac_address": "MAC",
    "addresses": "addresses",
    "compute_host": "host",
}


class DifferenceKind(StrEnum):
    """How the ledger differs from the cloud."""

    MISSING = "missing"
    STALE = "stale"
    DIFFERING = "differing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One NIC. ``ledger`` is None where it is missing there, ``cloud`` where it is stale.

    ``nic`` is its port, or ``mac:`` and its MAC where the ledger knows no more.
    """

    kind: DifferenceKind
    nic: str
    ledger: KnownNic | None
    cloud: KnownNic | None
    fields: tuple[str, ...] = ()

    @property
    def instances(self) -> set[str]:
        """The instances that it is about."""
        return {nic.instance_id for nic in (self.ledger, self.cloud) if nic}


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A port of which Nova and Neutron disagree."""

    port_id: str
    instance_id: str
    text: str


def compare(
    ledger: Mapping[str, KnownNic], cloud: Mapping[str, KnownNic], disputed: Collection[str] = ()
) -> list[Difference]:
    """What is to be corrected in the ledger, in order.

    ``cloud`` is by port, ``ledger`` by ``Attachment.nic``. Ports in ``disputed`` are left out:
    nobody knows what is true of them.
    """
    found = []
    ledger = _by_port(ledger, cloud)
    for nic in sorted((ledger.keys() | cloud.keys()) - set(disputed)):
        ours, theirs = ledger.get(nic), cloud.get(nic)
        kind = DifferenceKind.DIFFERING
        fields: tuple[str, ...] = ()
        if ours is None:
            kind = DifferenceKind.MISSING
        elif theirs is None:
            kind = DifferenceKind.STALE
        elif not (fields := ours.differences(theirs)):
            continue
        found.append(Difference(kind=kind, nic=nic, ledger=ours, cloud=theirs, fields=fields))
    return found


def _by_port(ledger: Mapping[str, KnownNic], cloud: Mapping[str, KnownNic]) -> dict[str, KnownNic]:
    """The ledger's NICs; one known by its MAC alone has the port with that MAC on its server."""
    ports = {(nic.instance_id, nic.mac_address): port_id for port_id, nic in cloud.items()}
    found = {nic: each for nic, each in ledger.items() if each.port_id is not None}
    for nic, each in ledger.items():
        if each.port_id is None:
            found.setdefault(ports.get((each.instance_id, each.mac_address), nic), each)
    return found


def agree(cloud: Cloud) -> tuple[dict[str, KnownNic], list[Disagreement]]:
    """The NICs by port id of which Nova and Neutron say the same, and where they do not."""
    nics: dict[str, KnownNic] = {}
    disagreements = []
    for port_id in sorted(cloud.interfaces.keys() | cloud.ports.keys()):
        interface, port = cloud.interfaces.get(port_id), cloud.ports.get(port_id)
        if interface is not None:
            server = cloud.servers[interface.instance_id]
            text = _nova_lists(interface, port, server)
            instance_id = interface.instance_id
        elif port is not None and port.device_owner.startswith(_SERVERS_OWN):
            instance_id = port.nic.instance_id
            text = _only_neutron(instance_id, cloud.servers.get(instance_id))
        else:
            # It belongs to a router, a load balancer or the like.
            continue
        if text:
            disagreements.append(Disagreement(port_id, instance_id, text))
        elif port is not None:
            nics[port_id] = _with_server(port.nic, server)
    return nics, disagreements


def _nova_lists(interface: KnownNic, port: Port | None, server: CloudServer) -> str | None:
    listed = f"Nova lists it on server {_named(server)}"
    if port is None:
        return f"{listed}, Neutron has no such port, or one that belongs to nothing"
    if port.nic.instance_id != server.id:
        return f"{listed}, Neutron says that it belongs to {port.nic.instance_id}"
    if not port.device_owner.startswith(_SERVERS_OWN):
        owner = port.device_owner or "nobody"
        return f"{listed}, Neutron says that its owner is {owner}: Nova did not attach it"
    # Neutron does not show the host to everybody.
    host = server.compute_host if port.nic.compute_host else None
    nova = replace(interface, compute_host=host)
    if fields := port.nic.differences(nova):
        values = [
            f"{_NAMES[f]}: Nova {shown(nova, f)}, Neutron {shown(port.nic, f)}" for f in fields
        ]
        return f"on server {_named(server)}; {'; '.join(values)}"
    return None


def _only_neutron(device_id: str, server: CloudServer | None) -> str:
    if server is None:
        return f"Neutron says that it belongs to server {device_id}, which Nova does not list"
    return f"Neutron says that it belongs to server {_named(server)}, Nova does not list it there"


def _with_server(nic: KnownNic, server: CloudServer) -> KnownNic:
    return replace(
        nic,
        instance_name=server.name,
        project_id=server.project_id,
        compute_host=None if server.is_offloaded else nic.compute_host or server.compute_host,
    )


def _named(server: CloudServer) -> str:
    return f"{server.id} ({server.name})" if server.name else server.id


def shown(nic: KnownNic, field: str) -> str:
    """One field of COMPARED for a person."""
    value = getattr(nic, field)
    text = ", ".join(value) if isinstance(value, tuple) else value
    return text or "none"


def label(field: str) -> str:
    """What a field of COMPARED is called."""
    return _NAMES[field]
