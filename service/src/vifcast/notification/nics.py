"""Nova's lists of an instance's fixed IPs, grouped into its NICs.

A NIC without a fixed IP is in neither list.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from vifcast.model import FixedIp, Nic
from vifcast.notification.nova_object import read_nova_object
from vifcast.notification.part import Part


@dataclass(frozen=True, slots=True)
class _Entry:
    nic: Nic
    fixed_ip: FixedIp


def read_ip_addresses(payload: Part, instance_id: str) -> tuple[Nic, ...]:
    """``ip_addresses`` of a versioned payload: ``IpPayload`` objects.

    nova/notifications/objects/instance.py:IpPayload.from_network_info.
    """
    return _grouped(
        _Entry(
            Nic(
                instance_id=instance_id,
                port_id=ip.text("port_uuid"),
                mac_address=ip.mac("mac"),
                network_label=ip.text("label"),
                device_name=ip.text("device_name"),
            ),
            ip.fixed_ip("address"),
        )
        for ip in map(read_nova_object, payload.each("ip_addresses"))
    )


def read_fixed_ips(payload: Part, instance_id: str) -> tuple[Nic, ...] | None:
    """``fixed_ips`` of a legacy payload, which names no port; None where there is no list.

    nova/notifications/base.py:info_from_instance.
    """
    if payload.values.get("fixed_ips") is None:
        return None
    return _grouped(
        _Entry(
            Nic(
                instance_id=instance_id,
                mac_address=ip.mac("vif_mac"),
                network_label=ip.text("label"),
            ),
            ip.fixed_ip("address"),
        )
        for ip in payload.each("fixed_ips")
    )


def _grouped(entries: Iterable[_Entry]) -> tuple[Nic, ...]:
    grouped: dict[Nic, list[FixedIp]] = {}
    for entry in entries:
        grouped.setdefault(entry.nic, []).append(entry.fixed_ip)
    return tuple(replace(nic, fixed_ips=tuple(ips)) for nic, ips in grouped.items())
