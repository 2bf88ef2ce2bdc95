"""The six notifications of vifcast-nova, and of a Nova that was patched by hand.

The same event types; vifcast-nova's payload has a key ``interface`` more, which says which
NIC. The hand-patch says nothing of it, and its start and end are joined by request, instance
and action.
"""

import datetime as dt

from vifcast.model import Event, Nic, Notification, Phase, Source
from vifcast.notification.event_types import LEGACY
from vifcast.notification.fault import Fault, read_fault
from vifcast.notification.identity import derived_id
from vifcast.notification.interface import Interface, read_interface
from vifcast.notification.make_event import (
    asking_user,
    instance_of,
    make_event,
    owning_project,
    payload_of,
    publishing_host,
)

CAUSE_API = "api"


def normalise_legacy(notification: Notification, received_at: dt.datetime) -> Event:
    """Make the Event of one of the six. Raises NotificationError."""
    payload = payload_of(notification)
    action, phase = LEGACY[notification.event_type]
    instance_id = instance_of(payload, "instance_id")
    request_id = notification.context.get("request_id")
    derived = derived_id(notification, request_id, instance_id, action)
    if "interface" in payload.values:
        source, interface = Source.VIFCAST_NOVA, read_interface(payload, instance_id)
    else:
        source = Source.HAND_PATCH
        interface = Interface(
            operation_id=derived, cause=CAUSE_API, nic=Nic(), requested_ip=None, tag=None
        )
    # One request of Neutron's can delete several ports of one instance, and what has no
    # request is nobody's twin. A cause that cannot be read is most likely the usual one.
    has_twins = interface.cause in (CAUSE_API, None) and request_id is not None
    return make_event(
        notification,
        received_at,
        source=source,
        action=action,
        phase=phase,
        request_id=request_id,
        compute_host=publishing_host(notification) or payload.text("host"),
        instance_id=instance_id,
        instance_name=payload.text("display_name"),
        project_id=owning_project(payload, "tenant_id", notification),
        user_id=asking_user(notification) or payload.text("user_id"),
        cause=interface.cause,
        operation_id=interface.operation_id,
        correlation_id=derived if has_twins else interface.operation_id,
        nic=interface.nic,
        requested_ip=interface.requested_ip,
        tag=interface.tag,
        fault=read_fault(payload.values, payload.notes) if phase is Phase.ERROR else Fault(),
    )
