"""NICs that came and went some days ago, for the pages that show them over time."""

import datetime as dt
from typing import Any

from ledger_events import make_event
from vifcast import times
from vifcast.model import Event, FixedIp

SCRIPT = '<img src=x onerror="document.title=1">'
_NOW = times.now()


def ago(days: float) -> dt.datetime:
    """So many days before these tests began."""
    return _NOW - dt.timedelta(days=days)


def at(days: float) -> str | None:
    """The same, as it stands in an address."""
    return times.to_text(ago(days))


def operation(
    action: str, days: float, server: int, port: int, ip: str = "192.0.2.7", **more: Any
) -> Event:
    """The end of one, so many days ago; every other field can be given."""
    about: dict[str, Any] = {
        "instance_id": f"server-{server}",
        "instance_name": f"web-{server}",
        "compute_host": f"compute-{server}",
        "port_id": f"port-{port}",
        "mac_address": f"fa:16:3e:00:00:{port:02x}",
        "operation_id": f"{action}-{server}-{port}",
        "request_id": f"req-{action}-{server}-{port}",
        "fixed_ips": (FixedIp(ip, 4, None),),
        "occurred_at": ago(days),
    }
    return make_event(action=action, **about | more)
