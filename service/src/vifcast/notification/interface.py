"""The ``interface`` key that vifcast-nova adds to a payload.

Its schema is contract/interface.schema.json. Version and ``operation_id`` are needed to be right,
and what they must not be is refused; of anything else that is odd, the event has a note. Any 1.x
version is read (a minor version only adds keys); another major one is refused, because guessing at
what it means would write wrong facts.
"""

import re

from msgspec import Struct

from vifcast.errors import NotificationError
from vifcast.model import CAUSES, Nic
from vifcast.notification.envelope import short
from vifcast.notification.payload_reader import Part

KNOWN_MAJOR = "1"

_MAJOR = re.compile(r"([0-9]+)(?:\.|\Z)")
_VERSION = re.compile(r"[0-9]+\.[0-9]+")
ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_KEYS = frozenset(
    {
        "version", "operation_id", "cause", "port_id", "network_id", "network_label",
        "mac_address", "fixed_ips", "vif_type", "vnic_type", "device_name", "requested_ip", "tag",
    }
)  # fmt: skip


class Interface(Struct, frozen=True, gc=False, kw_only=True):
    """What a notification says about its NIC; None where it does not know.

    ``cause`` may be one that only a newer 1.x knows.
    """

    operation_id: str
    cause: str | None
    nic: Nic
    requested_ip: str | None
    tag: str | None


def read_interface(payload: Part, instance_id: str) -> Interface:
    """Check and normalise the key's value. Raises NotificationError."""
    interface = Part(payload.values, "the payload", payload.notes, "interface_invalid").inside(
        "interface"
    )
    _check_version(interface)
    operation_id = interface.values.get("operation_id")
    if not isinstance(operation_id, str) or not ID.fullmatch(operation_id):
        raise interface.broken(
            f"has operation_id = {short(operation_id)}, which is not a UUID in lower case"
        )
    if missing := _KEYS - interface.values.keys():
        interface.note(f"has no {', '.join(sorted(missing))}")
    return Interface(
        operation_id=operation_id,
        cause=_cause(interface),
        nic=Nic(
            instance_id=instance_id,
            port_id=interface.text("port_id"),
            network_id=interface.text("network_id"),
            network_label=interface.text("network_label"),
            mac_address=interface.mac("mac_address"),
            fixed_ips=interface.fixed_ips("fixed_ips"),
            vif_type=interface.text("vif_type"),
            vnic_type=interface.text("vnic_type"),
            device_name=interface.text("device_name"),
        ),
        requested_ip=interface.ip("requested_ip"),
        tag=interface.text("tag"),
    )


def _check_version(interface: Part) -> None:
    version = interface.values.get("version")
    found = _MAJOR.match(version) if isinstance(version, str) else None
    if not isinstance(version, str) or found is None:
        raise interface.broken(f"has version = {short(version)}, which is not one like 1.0")
    if found[1] != KNOWN_MAJOR:
        raise NotificationError(
            "unknown_interface_version",
            f"interface.version is {version[:40]!r}; this release reads {KNOWN_MAJOR}.x. "
            "The vifcast-nova on that compute host is newer: upgrade vifcast",
        )
    if not _VERSION.fullmatch(version):
        interface.note(f"has version = {short(version)}, which is not one like 1.0")


def _cause(interface: Part) -> str | None:
    cause = interface.text("cause")
    if interface.values.get("cause") in (None, ""):
        interface.note("has an empty cause")
    elif cause is not None and cause not in CAUSES:
        interface.note(f"has cause = {short(cause)}, which this release does not know")
    return cause
