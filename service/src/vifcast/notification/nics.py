"""Nova's lists of an instance's fixed IPs, grouped into its NICs.

A NIC without a fixed IP is in neither list. One of which the list names neither port nor MAC is
left out: nobody could find it again.
"""

from collections.abc import Iterable

from msgspec.structs import replace

from vifcast.errors import NotificationError
from vifcast.model import FixedIp, Nic
from vifcast.notification.nova_object import read_nova_object
from vifcast.notification.payload_reader import Part

_MERGED = ("mac_address", "network_label", "device_name")

_Entry = tuple[Nic, FixedIp | None]


def read_ip_addresses(payload: Part, instance_id: str) -> tuple[Nic, ...]:
    """``ip_addresses`` of a versioned payload: ``IpPayload`` objects; what can be read of it.

    nova/notifications/objects/instance.py:IpPayload.from_network_info.
    """
    entries = (_ip_payload(each, instance_id) for each in payload.each("ip_addresses"))
    return _grouped(entries, payload.notes)


def read_whole_list(payload: Part, instance_id: str) -> tuple[Nic, ...] | None:
    """The same, of a list that is compared with another; None unless every NIC can be identified.

    One that is in the other list alone would be taken for the one that came or went.
    """
    found = payload.values.get("ip_addresses")
    entries = [_ip_payload(each, instance_id) for each in payload.each("ip_addresses")]
    if not isinstance(found, list):
        return None
    if len(entries) < len(found) or None in entries:
        payload.note("has ip_addresses of which some cannot be read; the list is not used")
        return None
    return _grouped(entries, payload.notes)


def _ip_payload(outer: Part, instance_id: str) -> _Entry | None:
    """None where it is not certain which NIC it is."""
    try:
        ip = read_nova_object(outer)
    except NotificationError as error:
        outer.notes.append(str(error))
        return None
    nic = Nic(
        instance_id=instance_id,
        port_id=ip.text("port_uuid"),
        mac_address=ip.mac("mac"),
        network_label=ip.text("label"),
        device_name=ip.text("device_name"),
    )
    named_port = ip.values.get("port_uuid", "")
    if nic.port_id is None and (named_port is not None or nic.mac_address is None):
        ip.note("does not say which port it is")
        return None
    return nic, ip.fixed_ip("address")


def read_fixed_ips(payload: Part, instance_id: str) -> tuple[Nic, ...] | None:
    """``fixed_ips`` of a legacy payload, which names no port; None where there is no list.

    nova/notifications/base.py:info_from_instance.
    """
    if payload.values.get("fixed_ips") is None:
        return None
    entries = (
        (
            Nic(
                instance_id=instance_id,
                mac_address=ip.mac("vif_mac"),
                network_label=ip.text("label"),
            ),
            ip.fixed_ip("address"),
        )
        for ip in payload.each("fixed_ips")
    )
    return _grouped(entries, payload.notes)


def _grouped(entries: Iterable[_Entry | None], notes: list[str]) -> tuple[Nic, ...]:
    grouped: dict[str, tuple[Nic, list[FixedIp]]] = {}
    for entry in entries:
        if entry is None:
            continue
        nic, fixed_ip = entry
        name = nic.port_id or nic.mac_address
        if name is None:
            notes.append("a NIC in the list has neither port nor MAC, and is left out")
            continue
        known, ips = grouped.get(name, (nic, []))
        if known != nic:
            merged = {each: getattr(known, each) or getattr(nic, each) for each in _MERGED}
            known = replace(known, **merged)
        if fixed_ip is not None:
            ips.append(fixed_ip)
        grouped[name] = known, ips
    return tuple(replace(nic, fixed_ips=tuple(ips)) for nic, ips in grouped.values())
