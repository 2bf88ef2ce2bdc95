"""The legacy notifications that a cloud without vifcast-nova would have had."""

import uuid
from typing import Any

import orjson

from vifcast.delivery.formats.nova import equivalent, notification_of_test, timestamp_of
from vifcast.model import NIC_FIELDS, Event, Source
from vifcast.notification.republished import marked
from vifcast.subscription.message import Announcement, Message, MessageType, derived_id

_ENDS = {MessageType.OPENED: "attach", MessageType.CLOSED: "detach"}


def republished(message: Message) -> dict[str, Any] | None:
    """What is put on the bus of a message; None where the bus had it, or nothing says it.

    Of Nova's versioned notifications each has one. Neutron reports no operations: where an
    attachment opened or closed by what Neutron alone said, that is the operation's end.
    """
    if isinstance(message, Event):
        found = equivalent(message) if message.source is Source.NOVA_VERSIONED else None
    elif message.type is MessageType.TEST:
        found = notification_of_test(message)
    else:
        found = _end_of(message)
    return None if found is None else {**found, "payload": marked(found["payload"])}


def _end_of(message: Announcement) -> dict[str, Any] | None:
    action = _ENDS.get(message.type)
    if action is None or message.source != Source.NEUTRON:
        return None
    attachment = orjson.loads(message.data)
    # Of an operation, a notification of Nova's has been there.
    if attachment[f"{action}_operation_id"] is not None:
        return None
    return {
        "message_id": derived_id("nova", message.message_id),
        "publisher_id": f"compute.{message.compute_host or ''}",
        "event_type": f"compute.instance.interface_{action}.end",
        "priority": "INFO",
        "payload": {
            "tenant_id": message.project_id,
            "user_id": None,
            "instance_id": message.instance_id,
            "display_name": message.instance_name,
            "host": message.compute_host,
            "interface": {
                "version": "1.0",
                "operation_id": str(uuid.UUID(derived_id("operation", message.message_id))),
                "cause": "neutron",
                "port_id": message.port_id,
                "requested_ip": None,
                "tag": None,
                **{name: attachment[name] for name in NIC_FIELDS},
            },
        },
        "timestamp": timestamp_of(message.occurred_at),
    }
