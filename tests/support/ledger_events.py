"""Events and dead letters of the service's model, for tests of what is made of them."""

import datetime as dt
import itertools
import json
from typing import Any

from vifcast.model import Action, DeadLetter, Event, FixedIp, Nic, Phase, Source

T0 = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)

_numbers = itertools.count(1)


def make_event(
    *, action: str = "attach", phase: str = "end", at_s: float = 0, **changes: Any
) -> Event:
    """An event ``at_s`` seconds after T0; every other field can be given."""
    occurred_at = T0 + dt.timedelta(seconds=at_s)
    values: dict[str, Any] = {
        "message_id": f"message-{next(_numbers)}",
        "event_type": f"compute.instance.interface_{action}.{phase}",
        "source": Source.VIFCAST_NOVA,
        "priority": "INFO",
        "publisher_id": "compute.compute-1",
        "compute_host": "compute-1",
        "instance_id": "instance-1",
        "instance_name": "vm-1",
        "project_id": "project-1",
        "user_id": "user-1",
        "request_id": "req-1",
        "action": Action(action),
        "phase": Phase(phase),
        "cause": "api",
        "operation_id": "operation-1",
        "correlation_id": None,
        "port_id": "port-1",
        "network_id": "network-1",
        "network_label": "private",
        "mac_address": "fa:16:3e:00:00:01",
        "fixed_ips": (),
        "vif_type": "ovs",
        "vnic_type": "normal",
        "device_name": "tap1",
        "requested_ip": None,
        "tag": None,
        "error_class": None,
        "error_message": None,
        "error_code": None,
        "occurred_at": occurred_at,
        "received_at": occurred_at,
        "payload": {},
    }
    values |= changes
    values["payload"] = json.dumps(values["payload"], separators=(",", ":"))
    if values["correlation_id"] is None and values["operation_id"] is not None:
        values["correlation_id"] = values["operation_id"]
    return Event(**values)


def make_sighting(
    *, at_s: float = 0, nics: tuple[Nic, ...] = (), action: str = "sighting", **changes: Any
) -> Event:
    """A sighting of ports, or what an instance was created with, deleted, or moved with."""
    event_type = {
        "sighting": "port.update.end",
        "create": "compute.instance.create.end",
        "delete": "compute.instance.delete.end",
        "move": "compute.instance.finish_resize.end",
    }[action]
    instances = {nic.instance_id for nic in nics}
    values = {
        "event_type": event_type,
        "source": Source.NEUTRON if action == "sighting" else Source.NOVA_INSTANCE,
        "instance_id": instances.pop() if len(instances) == 1 else None,
        "cause": None,
        "operation_id": None,
        "port_id": None,
        "network_id": None,
        "network_label": None,
        "mac_address": None,
        "vif_type": None,
        "vnic_type": None,
        "device_name": None,
        "nics": nics if action != "delete" else None,
    }
    return make_event(action=action, at_s=at_s, **values | changes)


ADDRESSES = (FixedIp("192.0.2.7", 4, "192.0.2.0/24"), FixedIp("2001:db8::7", 6, None))


def attach_or_detach(number: int, *, at_s: float = 0, **about: Any) -> list[Event]:
    """A start and an end one second later, of an operation of that number."""
    about = {"operation_id": f"operation-{number}", "fixed_ips": ADDRESSES} | about
    return [
        make_event(phase="start", at_s=at_s, **about),
        make_event(phase="end", at_s=at_s + 1, **about),
    ]


def make_letter(body: bytes = b"?", **changes: Any) -> DeadLetter:
    """A dead letter whose digest stands for its bytes."""
    values: dict[str, Any] = {
        "reason_code": "not_json",
        "reason": "no",
        "routing_key": "notifications.info",
        "size": len(body),
        "sha256": body.hex()[:64],
        "body": body,
        "is_whole": True,
        "received_at": T0,
    }
    return DeadLetter(**values | changes)
