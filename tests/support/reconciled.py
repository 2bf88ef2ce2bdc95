"""The ledger beside ``fake_cloud``: events of the cloud's NICs, and what it makes of them."""

from typing import Any

from ledger_events import make_event
from vifcast.model import Event, FixedIp
from vifcast.store import AttachmentQuery, Store


def attach(number: int, server: str = "server-1", **changes: Any) -> Event:
    """The event that reports the NIC of this number in the cloud."""
    values: dict[str, Any] = {
        "operation_id": f"operation-{number}",
        "port_id": f"port-{number}",
        "instance_id": server,
        "mac_address": f"fa:16:3e:00:00:{number:02x}",
        "fixed_ips": (FixedIp(f"192.0.2.{number}", 4),),
    }
    return make_event(**values | changes)


def open_nics(store: Store) -> dict[str, tuple[str, str | None, list[str]]]:
    """Instance, MAC and addresses of what is attached, by NIC."""
    page = store.attachments(AttachmentQuery(is_open=True), limit=1000)
    return {
        each.nic: (each.instance_id, each.mac_address, [ip.ip_address for ip in each.fixed_ips])
        for each in page.items
    }


def kinds(found: dict[str, Any]) -> dict[str, list[str]]:
    """The ports in what ``--json`` prints."""
    return {
        kind: [each["nic"] for each in found[kind]] for kind in ("missing", "stale", "differing")
    }
