"""The ``interface`` key that vifcast-nova adds to a payload.

Its schema is contract/interface.schema.json. Any 1.x version is read (a minor
version only adds keys); another major one is refused, because guessing at what
it means would write wrong facts.
"""

from dataclasses import dataclass
from typing import Any

from vifcast.addresses import canonical_ip, canonical_mac, ip_version
from vifcast.errors import InvalidValueError, NotificationError
from vifcast.model import FixedIp
from vifcast.notification.envelope import clean

KNOWN_MAJOR = "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Interface:
    """What a notification says about its NIC; all None where it does not know."""

    operation_id: str
    cause: str
    port_id: str | None = None
    network_id: str | None = None
    network_label: str | None = None
    mac_address: str | None = None
    fixed_ips: tuple[FixedIp, ...] = ()
    vif_type: str | None = None
    vnic_type: str | None = None
    device_name: str | None = None
    requested_ip: str | None = None
    tag: str | None = None


def read_interface(value: Any) -> Interface:
    """Check and normalise the key's value. Raises NotificationError."""
    if not isinstance(value, dict):
        raise _broken("is not an object")
    _check_version(value.get("version"))
    mac_address = _optional(value, "mac_address")
    requested_ip = _optional(value, "requested_ip")
    return Interface(
        operation_id=_text(value, "operation_id"),
        cause=_text(value, "cause"),
        port_id=_optional(value, "port_id"),
        network_id=_optional(value, "network_id"),
        network_label=_optional(value, "network_label"),
        mac_address=None if mac_address is None else spell_mac(mac_address),
        fixed_ips=_fixed_ips(value.get("fixed_ips")),
        vif_type=_optional(value, "vif_type"),
        vnic_type=_optional(value, "vnic_type"),
        device_name=_optional(value, "device_name"),
        requested_ip=None if requested_ip is None else _ip(requested_ip, "requested_ip"),
        tag=_optional(value, "tag"),
    )


def spell_mac(text: str) -> str:
    """Canonical spelling; a hardware address of another kind stays, in lower case."""
    try:
        return canonical_mac(text)
    except InvalidValueError:
        return text.lower()


def _check_version(version: object) -> None:
    if not isinstance(version, str):
        raise _broken("has no version")
    if version.split(".")[0] != KNOWN_MAJOR:
        raise NotificationError(
            "unknown_interface_version",
            f"interface.version is {version[:40]!r}; this release reads {KNOWN_MAJOR}.x. "
            "The vifcast-nova on that compute host is newer: upgrade vifcast",
        )


def _fixed_ips(value: object) -> tuple[FixedIp, ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise _broken("has fixed_ips that are not a list")
    return tuple(_fixed_ip(item) for item in value)


def _fixed_ip(item: object) -> FixedIp:
    if not isinstance(item, dict):
        raise _broken("has a fixed IP that is not an object")
    address = _ip(_text(item, "ip_address"), "fixed_ips")
    return FixedIp(address, ip_version(address), _optional(item, "subnet_cidr"))


def _ip(text: str, field: str) -> str:
    try:
        return canonical_ip(text)
    except InvalidValueError:
        raise _broken(f"has {text[:60]!r} in {field}, which is not an IP address") from None


def _text(value: dict[str, Any], key: str) -> str:
    text = _optional(value, key)
    if text is None:
        raise _broken(f"has no {key}")
    return text


def _optional(value: dict[str, Any], key: str) -> str | None:
    found = value.get(key)
    if found is None or isinstance(found, str):
        return clean(found, f"interface.{key}")
    raise _broken(f"has {key} = {str(found)[:60]!r}, which is not a text")


def _broken(what: str) -> NotificationError:
    return NotificationError(
        "interface_invalid", f"the payload's interface key {what}; see contract/"
    )
