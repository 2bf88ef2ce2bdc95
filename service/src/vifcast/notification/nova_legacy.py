"""The six notifications of vifcast-nova, and of a Nova that was patched by hand.

The same event types; vifcast-nova's payload has a key ``interface`` more, which says which
NIC. The hand-patch says nothing of it, and its start and end are joined by request, instance
and action.
"""

import datetime as dt

from vifcast.errors import NotificationError
from vifcast.model import Event, Nic, Notification, Phase, Source
from vifcast.notification.envelope import clean
from vifcast.notification.event_types import LEGACY
from vifcast.notification.fault import Fault, read_fault
from vifcast.notification.identity import derived_id
from vifcast.notification.interface import Interface, read_interface
from vifcast.notification.make_event import (
    asking_project,
    asking_user,
    make_event,
    publishing_host,
)

CAUSE_API = "api"


def normalise_legacy(notification: Notification, received_at: dt.datetime) -> Event:
    """Make the Event of one of the six. Raises NotificationError."""
    payload = notification.payload
    action, phase = LEGACY[notification.event_type]
    instance_id = clean(payload.get("instance_id"), "instance_id")
    if instance_id is None:
        raise NotificationError(
            "no_instance_id", f"the payload of {notification.event_type} has no instance_id"
        )
    request_id = notification.context.get("request_id")
    derived = derived_id(notification, request_id, instance_id, action)
    if "interface" in payload:
        source, interface = Source.VIFCAST_NOVA, read_interface(payload, instance_id)
    else:
        source = Source.HAND_PATCH
        interface = Interface(
            operation_id=derived, cause=CAUSE_API, nic=Nic(), requested_ip=None, tag=None
        )
    # One request of Neutron's can delete several ports of one instance, and what has no
    # request is nobody's twin.
    has_twins = interface.cause == CAUSE_API and request_id is not None
    return make_event(
        notification,
        received_at,
        source=source,
        action=action,
        phase=phase,
        request_id=request_id,
        compute_host=publishing_host(notification) or clean(payload.get("host"), "host"),
        instance_id=instance_id,
        instance_name=clean(payload.get("display_name"), "display_name"),
        project_id=clean(payload.get("tenant_id"), "tenant_id") or asking_project(notification),
        user_id=asking_user(notification) or clean(payload.get("user_id")),
        cause=interface.cause,
        operation_id=interface.operation_id,
        correlation_id=derived if has_twins else interface.operation_id,
        nic=interface.nic,
        requested_ip=interface.requested_ip,
        tag=interface.tag,
        fault=read_fault(payload) if phase is Phase.ERROR else Fault(),
    )
