"""What is compared: NICs, and what Nova and Neutron say of them."""

from dataclasses import dataclass

from vifcast.model import Attachment, FixedIp

# What two descriptions of one NIC may differ in, by the names of KnownNic.
COMPARED = ("port_id", "instance_id", "network_id", "mac_address", "addresses", "compute_host")


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownNic:
    """A NIC on an instance, as the ledger, Nova or Neutron reports it; None is not known.

    ``port_id`` is None where the ledger knows the MAC alone. ``addresses`` are in canonical
    spelling and in order.
    """

    port_id: str | None
    instance_id: str
    instance_name: str | None = None
    project_id: str | None = None
    network_id: str | None = None
    mac_address: str | None = None
    addresses: tuple[str, ...] = ()
    compute_host: str | None = None

    def differences(self, other: "KnownNic") -> tuple[str, ...]:
        """The names of what ``other`` knows and this one has otherwise."""
        return tuple(
            name
            for name in COMPARED
            if getattr(other, name) is not None and getattr(self, name) != getattr(other, name)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudServer:
    """A server of Nova's list; ``task_state`` is what is being done to it just now.

    ``is_offloaded``: it is on no host, wherever its ports are still bound to.
    """

    id: str
    name: str | None
    project_id: str | None
    compute_host: str | None
    task_state: str | None
    is_offloaded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """A port that Neutron gives to a device; ``nic.instance_id`` is its ``device_id``."""

    nic: KnownNic
    device_owner: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cloud:
    """What Nova and Neutron answered.

    ``interfaces`` are Nova's ``os-interface`` by port, ``gone`` the servers that went while they
    were read. ``project_id`` is the only project of the servers, None where they are all.
    ``sees_all``: the credentials show the ports and servers of every project.
    """

    servers: dict[str, CloudServer]
    interfaces: dict[str, KnownNic]
    ports: dict[str, Port]
    gone: frozenset[str]
    project_id: str | None
    sees_all: bool


def nic_from(attachment: Attachment) -> KnownNic:
    """The NIC of an attachment in the ledger."""
    return KnownNic(
        port_id=attachment.port_id,
        instance_id=attachment.instance_id,
        instance_name=attachment.instance_name,
        project_id=attachment.project_id,
        network_id=attachment.network_id,
        mac_address=attachment.mac_address,
        addresses=in_order(attachment.fixed_ips),
        compute_host=attachment.compute_host,
    )


def in_order(fixed_ips: tuple[FixedIp, ...]) -> tuple[str, ...]:
    """Addresses as they are compared: each once, sorted."""
    return tuple(sorted({ip.ip_address for ip in fixed_ips}))
