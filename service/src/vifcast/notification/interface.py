"""The ``interface`` key that vifcast-nova adds to a payload.

What its schema, contract/interface.schema.json, refuses is refused; beyond it, addresses are
such. Any 1.x version is read (a minor version only adds keys); another major one is refused,
because guessing at what it means would write wrong facts.
"""

import re
from dataclasses import dataclass
from typing import Any

from vifcast.errors import NotificationError
from vifcast.model import FixedIp, Nic
from vifcast.notification.envelope import short
from vifcast.notification.part import Part
from vifcast.quick import quick

KNOWN_MAJOR = "1"

_VERSION = re.compile(r"([0-9]+)\.[0-9]+")
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# Ethernet's six bytes, up to the twenty of InfiniBand.
_HARDWARE_ADDRESS = re.compile(r"[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5,19}")
_CAUSES = ("api", "port_deleted", "cache_refresh")
_IP_VERSIONS = (4, 6, None)
_KEYS = frozenset(
    {
        "version", "operation_id", "cause", "port_id", "network_id", "network_label",
        "mac_address", "fixed_ips", "vif_type", "vnic_type", "device_name", "requested_ip", "tag",
    }
)  # fmt: skip


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
    _check_version(interface)
    if missing := _KEYS - interface.values.keys():
        raise interface.broken(f"has no {', '.join(sorted(missing))}")
    return Interface(
        operation_id=_one_like(_ID, interface, "operation_id", "a UUID in lower case"),
        cause=_cause(interface),
        nic=Nic(
            instance_id=instance_id,
            port_id=interface.text("port_id"),
            network_id=interface.text("network_id"),
            network_label=interface.text("network_label"),
            mac_address=_mac(interface),
            fixed_ips=tuple(_fixed_ip(each) for each in interface.each("fixed_ips")),
            vif_type=interface.text("vif_type"),
            vnic_type=interface.text("vnic_type"),
            device_name=interface.text("device_name"),
        ),
        requested_ip=interface.ip("requested_ip"),
        tag=interface.text("tag"),
    )


def _check_version(interface: Part) -> None:
    version = _one_like(_VERSION, interface, "version", "one like 1.0")
    major = version.partition(".")[0]
    if major != KNOWN_MAJOR:
        raise NotificationError(
            "unknown_interface_version",
            f"interface.version is {version[:40]!r}; this release reads {KNOWN_MAJOR}.x. "
            "The vifcast-nova on that compute host is newer: upgrade vifcast",
        )


def _one_like(pattern: re.Pattern[str], part: Part, key: str, kind: str) -> str:
    value = part.values.get(key)
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise part.broken(f"has {key} = {short(value)}, which is not {kind}")
    return value


def _cause(interface: Part) -> str:
    cause: str = interface.values["cause"]
    if cause not in _CAUSES:
        raise interface.broken(f"has cause = {short(cause)}, which is none of {', '.join(_CAUSES)}")
    return cause


def _mac(interface: Part) -> str | None:
    if interface.values["mac_address"] is not None:
        _one_like(_HARDWARE_ADDRESS, interface, "mac_address", "a hardware address")
    return interface.mac("mac_address")


def _fixed_ip(ip: Part) -> FixedIp:
    if ip.values.get("version", "none") not in _IP_VERSIONS or "subnet_cidr" not in ip.values:
        raise ip.broken("has no subnet_cidr, or a version that is none of 4, 6 and null")
    return ip.fixed_ip("ip_address", ip.text("subnet_cidr"))
