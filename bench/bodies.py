"""Notifications to be read: bodies as Nova puts them on the bus."""

import datetime as dt
import itertools
import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_SAMPLES = Path(__file__).parent.parent / "contract" / "samples"
_INSTANCES = 500
_BEGAN_AT = dt.datetime(2026, 11, 3, 14, 0)  # noqa: DTZ001  as on the wire: UTC, and does not say so


def about_nics(count: int) -> Iterator[bytes]:
    """Attaches, each its start and its end, a request and a NIC of its own, on 500 servers."""
    notifications = attaches()
    return (as_body(next(notifications)) for _ in range(count))


def attaches() -> Iterator[dict[str, Any]]:
    """The same without their envelopes, without end; two objects take turns."""
    pair = _pair("attach")
    instances = [_id() for _ in range(_INSTANCES)]
    for number in itertools.count():
        yield from _notifications(pair, number, number, instances, _id())


def comings_and_goings(nics: int) -> Iterator[bytes]:
    """So many attaches, one after the other, then as many detaches; ten NICs on each server."""
    instances = [_id() for _ in range(nics // 10)]
    ports = [_id() for _ in range(nics)]
    for turn, action in enumerate(("attach", "detach")):
        pair = _pair(action)
        for number, port_id in enumerate(ports):
            at = turn * nics + number
            for notification in _notifications(pair, at, number, instances, port_id):
                yield as_body(notification)


_Pair = tuple[dict[str, Any], dict[str, Any]]


def _pair(action: str) -> _Pair:
    return sample(f"vifcast-nova-34-{action}-start"), sample(f"vifcast-nova-34-{action}-end")


def _notifications(pair: _Pair, at: int, number: int, instances: list[str], port_id: str) -> _Pair:
    """Start and end of one request: the ``at``-th, about the NIC with this number."""
    request_id, operation_id = f"req-{_id()}", _id()
    for is_end, notification in enumerate(pair):
        notification["_context_request_id"] = request_id
        notification["timestamp"] = str(_BEGAN_AT + dt.timedelta(seconds=2 * at + is_end))
        notification["payload"]["instance_id"] = instances[number % len(instances)]
        interface = notification["payload"]["interface"]
        interface["operation_id"] = operation_id
        if interface["port_id"] is not None:
            interface["port_id"], interface["mac_address"] = port_id, _mac(number)
            interface["fixed_ips"][0]["ip_address"] = _address(number)
    return pair


def about_other_things(count: int) -> Iterator[bytes]:
    """``compute.instance.update``, of which one new server sends eight."""
    notification = sample("vifcast-nova-34-attach-end")
    notification["event_type"] = "compute.instance.update"
    del notification["payload"]["interface"]
    for _ in range(count):
        yield as_body(notification)


def sample(name: str) -> dict[str, Any]:
    """A notification of contract/samples, decoded."""
    envelope = json.loads((_SAMPLES / f"{name}.json").read_text())
    notification: dict[str, Any] = json.loads(envelope["oslo.message"])
    return notification


def as_body(notification: dict[str, Any]) -> bytes:
    """The notification with a message id of its own, in its envelope."""
    notification["message_id"] = _id()
    notification["_unique_id"] = uuid.uuid4().hex
    inner = json.dumps(notification)
    return json.dumps({"oslo.version": "2.0", "oslo.message": inner}).encode()


def _id() -> str:
    return str(uuid.uuid4())


def _mac(number: int) -> str:
    return f"fa:16:3e:{number >> 16 & 255:02x}:{number >> 8 & 255:02x}:{number & 255:02x}"


def _address(number: int) -> str:
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
