"""Notifications to be read: bodies as Nova puts them on the bus."""

import datetime as dt
import itertools
import json
import random
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_SAMPLES = Path(__file__).parent.parent / "contract" / "samples"
_INSTANCES = 500
_BEGAN_AT = dt.datetime(2026, 11, 3, 14, 0)  # noqa: DTZ001  as on the wire: UTC, and does not say so


def about_nics(count: int) -> Iterator[bytes]:
    """Attaches, each its start and its end, a request and a NIC of its own, on 500 servers."""
    notifications = _attaches()
    return (as_body(next(notifications)) for _ in range(count))


def _attaches() -> Iterator[dict[str, Any]]:
    """Start and end of one attach after the other; the same two objects again and again."""
    start, end = sample("vifcast-nova-34-attach-start"), sample("vifcast-nova-34-attach-end")
    instances = [str(uuid.uuid4()) for _ in range(_INSTANCES)]
    for number in itertools.count():
        request_id, operation_id, port_id = f"req-{uuid.uuid4()}", _id(), _id()
        for notification in (start, end):
            notification["_context_request_id"] = request_id
            notification["timestamp"] = _time(2 * number + (notification is end))
            notification["payload"]["instance_id"] = instances[number % _INSTANCES]
            notification["payload"]["interface"]["operation_id"] = operation_id
        interface = end["payload"]["interface"]
        interface["port_id"], interface["mac_address"] = port_id, _mac(number)
        interface["fixed_ips"][0]["ip_address"] = _address(number)
        yield start
        yield end


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


def _time(seconds: int) -> str:
    return str(_BEGAN_AT + dt.timedelta(seconds=seconds, microseconds=1))


def _mac(number: int) -> str:
    return f"fa:16:3e:{number >> 16 & 255:02x}:{number >> 8 & 255:02x}:{number & 255:02x}"


def _address(number: int) -> str:
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
