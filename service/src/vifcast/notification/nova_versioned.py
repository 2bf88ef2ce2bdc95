"""Nova's own ``instance.interface_attach|detach.start|end|error``.

They name the instance and all of its fixed IPs, not the port that it is about: whoever has
the start and the end finds that by comparing (nova/notifications/objects/instance.py,
InstanceActionPayload).
"""

import datetime as dt

from vifcast.errors import NotificationError
from vifcast.model import Event, Notification, Source
from vifcast.notification.event_types import VERSIONED
from vifcast.notification.fault import Fault, read_versioned_fault
from vifcast.notification.identity import derived_id
from vifcast.notification.make_event import (
    Change,
    instance_from,
    instance_of,
    make_event,
    payload_of,
    publishing_host,
)
from vifcast.notification.nics import read_whole_list
from vifcast.notification.nova_legacy import CAUSE_API
from vifcast.notification.nova_object import read_nova_object
from vifcast.notification.payload_reader import Part


def normalise_versioned(notification: Notification, received_at: dt.datetime) -> Event:
    """Make the Event of one of the six. Raises NotificationError."""
    payload = read_nova_object(payload_of(notification))
    action, phase = VERSIONED[notification.event_type]
    instance_id = instance_of(payload, "uuid")
    request_id = request_of(payload, notification)
    operation_id = derived_id(notification, request_id, instance_id, action)
    host = publishing_host(notification) or payload.text("host")
    return make_event(
        notification,
        received_at,
        Change(
            source=Source.NOVA_VERSIONED,
            action=action,
            phase=phase,
            request_id=request_id,
            cause=CAUSE_API,
            operation_id=operation_id,
            correlation_id=operation_id,
        ),
        instance_from(payload, instance_id, notification, host),
        nics=read_whole_list(payload, instance_id),
        fault=_fault(payload),
    )


def request_of(payload: Part, notification: Notification) -> str | None:
    """The request; in the payload since its version 1.6 (Rocky), in the context always."""
    request_id = notification.context.get("request_id")
    if request_id is not None:
        return payload.text("request_id") or request_id
    if payload.values.get("request_id") in (None, ""):
        return None
    return payload.required("request_id")


def _fault(payload: Part) -> Fault:
    found = payload.values.get("fault")
    if found is None:
        return Fault()
    try:
        return read_versioned_fault(read_nova_object(payload.inside("fault")))
    except NotificationError as error:
        payload.notes.append(str(error))
        return Fault()
