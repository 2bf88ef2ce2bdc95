"""Nova's legacy notifications: as they were on the bus, and what would have been one.

Programs that read ``compute.instance.interface_attach.end`` from the bus today can read these.
What vifcast does not keep (secrets, most of ``_context_*``) is not in them.
"""

import datetime as dt
from typing import Any

from vifcast.errors import NotificationError
from vifcast.model import Action, Event, Phase, Source
from vifcast.notification.envelope import read_json
from vifcast.notification.event_types import EXCEPTION, RECONCILE
from vifcast.representation import event_json
from vifcast.subscription.message import Announcement, derived_id

_VERSIONED_PREFIX = "instance."
_NOVA_OBJECT = "nova_object.data"
# By what Nova's usage payload calls it: what the versioned one does.
_IN_VERSIONED = {
    "reservation_id": "reservation_id",
    "hostname": "host_name",
    "node": "node",
    "availability_zone": "availability_zone",
    "state": "state",
    "created_at": "created_at",
    "launched_at": "launched_at",
    "metadata": "metadata",
}
_NIC = (
    "operation_id", "cause", "port_id", "network_id", "network_label", "mac_address", "fixed_ips",
    "vif_type", "vnic_type", "device_name", "requested_ip", "tag",
)  # fmt: skip


def is_legacy(event: Event) -> bool:
    """Whether what was on the bus was a legacy notification."""
    return (
        not event.event_type.startswith(_VERSIONED_PREFIX)
        and event.event_type not in (EXCEPTION, RECONCILE)
        and event.source is not Source.RECONCILE
    )


def as_it_was(event: Event) -> dict[str, Any]:
    """The notification of which a legacy event was made."""
    return _notification(
        event,
        message_id=event.message_id,
        publisher_id=event.publisher_id,
        event_type=event.event_type,
        priority=event.priority,
        payload=read_json(event.payload),
    )


def equivalent(event: Event) -> dict[str, Any] | None:
    """What vifcast-nova would have sent of an attach or detach; None for anything else."""
    if event.action not in (Action.ATTACH, Action.DETACH) or event.instance_id is None:
        return None
    return _notification(
        event,
        # It is another notification than the one of the event, which may be on the same bus.
        message_id=derived_id("nova", event.message_id),
        publisher_id=f"compute.{event.compute_host or ''}",
        event_type=f"compute.instance.interface_{event.action}.{event.phase}",
        priority="ERROR" if event.phase is Phase.ERROR else "INFO",
        payload=_payload(event),
    )


def notification_of_test(message: Announcement) -> dict[str, Any]:
    """What a person has sent to see whether it arrives."""
    return {
        "message_id": message.message_id,
        "publisher_id": "vifcast",
        "event_type": "vifcast.test",
        "priority": "INFO",
        "payload": read_json(message.data),
        "timestamp": timestamp_of(message.occurred_at),
    }


def _notification(event: Event, **said: Any) -> dict[str, Any]:
    context = {
        "request_id": event.request_id,
        "global_request_id": event.global_request_id,
        "user_id": event.user_id,
        "project_id": event.project_id,
    }
    return {
        **said,
        "timestamp": timestamp_of(event.occurred_at),
        **{f"_context_{name}": value for name, value in context.items() if value is not None},
    }


def timestamp_of(moment: dt.datetime) -> str:
    """As oslo.messaging writes it."""
    return str(moment.astimezone(dt.UTC).replace(tzinfo=None))


def _payload(event: Event) -> dict[str, Any]:
    versioned = _versioned(event)
    payload = {
        "tenant_id": event.project_id,
        "user_id": event.user_id,
        "instance_id": event.instance_id,
        "display_name": event.instance_name,
        "host": event.compute_host,
        **{name: versioned[other] for name, other in _IN_VERSIONED.items() if other in versioned},
    }
    if event.phase is Phase.ERROR:
        payload |= {
            "exception": {
                "class": event.error_class,
                "message": event.error_message,
                "kwargs": {},
            },
            "message": event.error_message,
            "code": event.error_code,
        }
    if event.port_id is not None:
        shown = event_json(event)
        payload["interface"] = {"version": "1.0", **{name: shown[name] for name in _NIC}}
    return payload


def _versioned(event: Event) -> dict[str, Any]:
    try:
        found = read_json(event.payload).get(_NOVA_OBJECT)
    except (NotificationError, AttributeError):
        return {}
    return found if isinstance(found, dict) else {}
