"""The ``interface`` key that vifcast-nova adds to a payload.

Its schema is contract/interface.schema.json. Any 1.x version is read (a minor
version only adds keys); another major one is refused, because guessing at what
it means would write wrong facts.
"""

from dataclasses import dataclass
from typing import Any

from vifcast.errors import NotificationError
from vifcast.model import Nic
from vifcast.notification.part import Part
from vifcast.quick import quick

KNOWN_MAJOR = "1"


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Interface:
    """What a notification says about its NIC; None where it does not know."""

    operation_id: str
    cause: str
    nic: Nic
    requested_ip: str | None
    tag: str | None


def read_interface(payload: dict[str, Any], instance_id: str) -> Interface:
    """Check and normalise the key's value. Raises NotificationError."""
    interface = Part(payload, "the payload", "interface_invalid").inside("interface")
    _check_version(interface.required("version"))
    fixed_ips = interface.each("fixed_ips") if interface.values.get("fixed_ips") is not None else ()
    return Interface(
        operation_id=interface.required("operation_id"),
        cause=interface.required("cause"),
        nic=Nic(
            instance_id=instance_id,
            port_id=interface.text("port_id"),
            network_id=interface.text("network_id"),
            network_label=interface.text("network_label"),
            mac_address=interface.mac("mac_address"),
            fixed_ips=tuple(ip.fixed_ip("ip_address", ip.text("subnet_cidr")) for ip in fixed_ips),
            vif_type=interface.text("vif_type"),
            vnic_type=interface.text("vnic_type"),
            device_name=interface.text("device_name"),
        ),
        requested_ip=interface.ip("requested_ip"),
        tag=interface.text("tag"),
    )


def _check_version(version: str) -> None:
    if version.split(".", maxsplit=1)[0] != KNOWN_MAJOR:
        raise NotificationError(
            "unknown_interface_version",
            f"interface.version is {version[:40]!r}; this release reads {KNOWN_MAJOR}.x. "
            "The vifcast-nova on that compute host is newer: upgrade vifcast",
        )
