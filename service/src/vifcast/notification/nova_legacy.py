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
    Change,
    Instance,
    asking_project,
    asking_user,
    instance_from,
    instance_of,
    make_event,
    payload_of,
    publishing_host,
)
from vifcast.notification.strict import Sent

CAUSE_API = "api"
_NO_FAULT = Fault()


def normalise_legacy(notification: Notification, received_at: dt.datetime) -> Event:
    """Make the Event of one of the six. Raises NotificationError."""
    payload = payload_of(notification)
    instance_id = instance_of(payload, "instance_id")
    is_error = LEGACY[notification.event_type][1] is Phase.ERROR
    interface = read_interface(payload, instance_id) if "interface" in payload.values else None
    host = publishing_host(notification) or payload.text("host")
    instance = instance_from(payload, instance_id, notification, host)
    fault = read_fault(payload.values, payload.notes) if is_error else _NO_FAULT
    return _event(notification, received_at, instance, interface, fault)


def normalise_sent(sent: Sent, received_at: dt.datetime) -> Event:
    """Make the Event of one of vifcast-nova's that is as it should be."""
    notification = sent.notification
    instance = Instance(
        id=sent.instance_id,
        name=sent.display_name,
        project_id=sent.tenant_id or asking_project(notification),
        user_id=asking_user(notification) or sent.user_id,
        compute_host=publishing_host(notification) or sent.host,
    )
    return _event(notification, received_at, instance, sent.interface, _NO_FAULT)


def _event(
    notification: Notification,
    received_at: dt.datetime,
    instance: Instance,
    interface: Interface | None,
    fault: Fault,
) -> Event:
    action, phase = LEGACY[notification.event_type]
    request_id = notification.context.get("request_id")
    derived = derived_id(notification, request_id, instance.id or "", action)
    source = Source.HAND_PATCH if interface is None else Source.VIFCAST_NOVA
    if interface is None:
        interface = Interface(
            operation_id=derived, cause=CAUSE_API, nic=Nic(), requested_ip=None, tag=None
        )
    # One request of Neutron's can delete several ports of one instance, and what has no
    # request is nobody's twin. A cause that cannot be read is most likely the usual one.
    has_twins = interface.cause in (CAUSE_API, None) and request_id is not None
    return make_event(
        notification,
        received_at,
        Change(
            source=source,
            action=action,
            phase=phase,
            request_id=request_id,
            cause=interface.cause,
            operation_id=interface.operation_id,
            correlation_id=derived if has_twins else interface.operation_id,
            requested_ip=interface.requested_ip,
            tag=interface.tag,
        ),
        instance,
        nic=interface.nic,
        fault=fault,
    )
