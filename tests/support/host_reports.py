"""Reports of compute hosts: as vifcast-nova puts them on the bus, and of the service's model."""

import datetime as dt
import itertools
from typing import Any

from ledger_events import T0
from notifications import notification, wrap
from vifcast.host import HostReport, Outbox, PluginState

_numbers = itertools.count(1)


def outbox(**changes: Any) -> dict[str, Any]:
    """The ``outbox`` key of a report's payload."""
    return {
        "directory": "/var/lib/nova/vifcast/outbox",
        "depth": 0,
        "bytes": 0,
        "oldest_age_s": None,
        "sent": 412,
        "dropped": 0,
        "is_direct": False,
    } | changes


def report_payload(**changes: Any) -> dict[str, Any]:
    """The payload of a ``vifcast.report``."""
    return {
        "version": "1.0",
        "host": "compute-1",
        "vifcast_nova": "0.1.0",
        "nova": "34.0.0",
        "python": "3.11.7",
        "oslo_messaging": "18.3.0",
        "state": "on",
        "reason": None,
        "hooks": ["attach_interface", "detach_interface"],
        "interval_s": 300,
        "started_at": "2026-11-22T11:00:00Z",
        "outbox": outbox(),
    } | changes


def report_body(payload: Any = None, **changes: Any) -> bytes:
    """A whole body; ``changes`` are of what stands beside the payload."""
    payload = report_payload() if payload is None else payload
    if isinstance(payload, dict):
        changes = {"publisher_id": f"compute.{payload['host']}"} | changes
    return wrap(notification("vifcast.report", payload=payload, **changes))


def make_report(*, at_s: float = 0, interval_s: int = 300, **changes: Any) -> HostReport:
    """A report of ``at_s`` seconds after T0; every other field can be given."""
    reported_at = T0 + dt.timedelta(seconds=at_s)
    values: dict[str, Any] = {
        "host": "compute-1",
        "message_id": f"report-{next(_numbers)}",
        "reported_at": reported_at,
        "received_at": reported_at,
        "silent_at": reported_at + dt.timedelta(seconds=3 * interval_s),
        "state": PluginState.ON,
        "reason": None,
        "vifcast_nova": "0.1.0",
        "nova": "34.0.0",
        "python": "3.11.7",
        "oslo_messaging": "18.3.0",
        "hooks": ("attach_interface", "detach_interface"),
        "interval_s": interval_s,
        "started_at": T0 - dt.timedelta(hours=1),
        "outbox": Outbox(
            directory="/var/lib/nova/vifcast/outbox",
            depth=3,
            bytes=9612,
            oldest_age_s=754.5,
            sent=412,
            dropped=0,
            is_direct=False,
        ),
    }
    return HostReport(**values | changes)
