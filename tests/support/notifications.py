"""Bodies as Nova puts them on the bus, for tests of whoever reads them.

The shape is that of notifications captured from a real cloud: the two-layer
envelope of oslo.messaging's ``messagingv2`` driver, Nova's usage payload, and
vifcast-nova's ``interface`` key.
"""

import json
import uuid
from typing import Any

INSTANCE = "5c2dea1e-7d4d-4a45-9f0b-000000000002"
PORT = "966bbc6c-3dc7-4512-9d7a-97c83ff5b0e5"

# As Nova sent it before oslo.messaging 14.4.0 left it out.
TOKEN = "gAAAAA-this-is-a-token"
CATALOG_URL = "http://keystone.example:5000/v3"


def interface(**changes: Any) -> dict[str, Any]:
    """The ``interface`` key of a payload."""
    return {
        "version": "1.0",
        "operation_id": "0d5c0000-0000-4000-8000-000000000001",
        "cause": "api",
        "port_id": PORT,
        "network_id": "aaaaaaaa-0000-4000-8000-000000000001",
        "network_label": "private",
        "mac_address": "fa:16:3e:00:00:07",
        "fixed_ips": [
            {"ip_address": "192.0.2.7", "version": 4, "subnet_cidr": "192.0.2.0/24"},
        ],
        "vif_type": "ovs",
        "vnic_type": "normal",
        "device_name": "tap966bbc6c-3d",
        "requested_ip": None,
        "tag": None,
    } | changes


def payload(**changes: Any) -> dict[str, Any]:
    """Nova's usage payload of one instance, shortened."""
    return {
        "tenant_id": "4ec209eb4b8b4c08b4a45d6c2915077c",
        "user_id": "owner",
        "instance_id": INSTANCE,
        "display_name": "vm-1",
        "hostname": "vm-1",
        "state": "active",
        "host": "compute-1",
        "node": "compute-1",
        "metadata": {"role": "web"},
    } | changes


def notification(
    event_type: str = "compute.instance.interface_attach.end", **changes: Any
) -> dict[str, Any]:
    """The inner object; give ``payload`` to replace the usual one."""
    return {
        "message_id": str(uuid.uuid4()),
        "publisher_id": "compute.compute-1",
        "event_type": event_type,
        "priority": "ERROR" if event_type.endswith(".error") else "INFO",
        "payload": payload(interface=interface()),
        "timestamp": "2026-11-22 13:32:08.144824",
        "_unique_id": uuid.uuid4().hex,
        "_context_request_id": "req-f0baab5d-da79-41c1-9103-7d95136cefe7",
        "_context_user_id": "alice",
        "_context_project_id": "4ec209eb4b8b4c08b4a45d6c2915077c",
        "_context_auth_token": TOKEN,
        "_context_service_catalog": [
            {"type": "identity", "endpoints": [{"publicURL": CATALOG_URL}]},
        ],
        "_context_user_name": "alice-name",
    } | changes


def wrap(inner: dict[str, Any]) -> bytes:
    """The body as ``messagingv2`` writes it."""
    return json.dumps({"oslo.version": "2.0", "oslo.message": json.dumps(inner)}).encode()


def body(event_type: str = "compute.instance.interface_attach.end", **changes: Any) -> bytes:
    """A whole body; see ``notification``."""
    return wrap(notification(event_type, **changes))


def bad_bodies() -> dict[str, bytes]:
    """One body of each way to be wrong, by the reason code that its dead letter gets."""
    attach = "compute.instance.interface_attach.end"
    without_id = notification(attach)
    del without_id["message_id"]
    without_instance = notification(attach, payload=payload(interface=interface()))
    del without_instance["payload"]["instance_id"]
    return {
        "not_json": body(attach)[:-400],
        "wrong_envelope": b'{"hello": "world"}',
        "no_message_id": wrap(without_id),
        "payload_not_object": body(attach, payload=["not", "an", "object"]),
        "too_large": body(attach, payload=payload(filler="x" * (10 * 1024 * 1024))),
        "not_utf8": b'{"oslo.version": "2.0", "oslo.message": "\xff\xfe interface_attach.end"}',
        "unknown_interface_version": body(
            attach, payload=payload(interface=interface(version="2.0"))
        ),
        "not_an_object": b"[1, 2, 3]",
        "no_instance_id": wrap(without_instance),
        "timestamp_invalid": body(attach, timestamp="yesterday"),
        "interface_invalid": body(attach, payload=payload(interface=interface(operation_id="1"))),
        "request_id_invalid": body(attach, _context_request_id=7),
        "no_event_type": wrap({"message_id": "m-1", "payload": {}}),
        "report_invalid": body("vifcast.report", payload={"version": "1.0", "host": 7}),
        "payload_invalid": body("port.update.end", payload={"port": {"device_owner": ""}}),
        "payload_too_deep": body(attach, payload=payload(interface=interface(), deep=_deep(200))),
        "unknown_payload_version": body(
            "instance.delete.end",
            payload={"nova_object.version": "2.0", "nova_object.data": {}},
        ),
        "field_too_long": body(attach, message_id="x" * 300),
        "unknown_report_version": body("vifcast.report", payload={"version": "2.0"}),
    }


def _deep(levels: int) -> object:
    deep: object = "x"
    for _ in range(levels):
        deep = [deep]
    return deep
