"""Notifications to be read: bodies as Nova puts them on the bus."""

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_SAMPLES = Path(__file__).parent.parent / "contract" / "samples"
_INSTANCES = 500


def about_nics(count: int) -> Iterator[bytes]:
    """Attaches, each its start and its end, of NICs on 500 servers."""
    start, end = sample("attach-start"), sample("attach-end")
    instances = [str(uuid.uuid4()) for _ in range(_INSTANCES)]
    for number in range(count // 2):
        operation_id, port_id = str(uuid.uuid4()), str(uuid.uuid4())
        for notification in (start, end):
            notification["payload"]["instance_id"] = instances[number % _INSTANCES]
            interface = notification["payload"]["interface"]
            interface["operation_id"] = operation_id
            if notification is end:
                interface["port_id"] = port_id
                interface["fixed_ips"][0]["ip_address"] = _address(number)
            yield _body(notification)


def about_other_things(count: int) -> Iterator[bytes]:
    """``compute.instance.update``, of which one new server sends eight."""
    notification = sample("attach-end")
    notification["event_type"] = "compute.instance.update"
    del notification["payload"]["interface"]
    for _ in range(count):
        yield _body(notification)


def sample(name: str) -> dict[str, Any]:
    """A notification of vifcast-nova's, decoded, from contract/samples."""
    envelope = json.loads((_SAMPLES / f"vifcast-nova-34-{name}.json").read_text())
    notification: dict[str, Any] = json.loads(envelope["oslo.message"])
    return notification


def _body(notification: dict[str, Any]) -> bytes:
    notification["message_id"] = str(uuid.uuid4())
    notification["_unique_id"] = uuid.uuid4().hex
    inner = json.dumps(notification)
    return json.dumps({"oslo.version": "2.0", "oslo.message": inner}).encode()


def _address(number: int) -> str:
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
