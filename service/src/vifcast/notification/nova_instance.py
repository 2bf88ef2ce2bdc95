"""Instances that come with their NICs and go with them: ``create.end``, ``delete.end``.

And what changes their addresses through Nova: ``create_ip.end``, ``delete_ip.end``.

Legacy (nova.compute.utils.notify_about_instance_usage) and versioned (InstanceCreatePayload,
InstanceActionPayload). What else ends an instance is in event_types.
"""

import datetime as dt

from vifcast.model import Action, Event, Nic, Notification, Phase, Source
from vifcast.notification.event_types import INSTANCE_LEGACY, INSTANCE_VERSIONED
from vifcast.notification.make_event import (
    Change,
    instance_from,
    instance_of,
    make_event,
    payload_of,
    publishing_host,
    the_only,
)
from vifcast.notification.nics import read_fixed_ips, read_ip_addresses
from vifcast.notification.nova_object import read_nova_object
from vifcast.notification.nova_versioned import request_of
from vifcast.notification.payload_reader import Part


def normalise_instance_legacy(notification: Notification, received_at: dt.datetime) -> Event:
    """Make the Event of one of INSTANCE_LEGACY. Raises NotificationError."""
    payload = payload_of(notification)
    action = INSTANCE_LEGACY[notification.event_type]
    instance_id = instance_of(payload, "instance_id")
    nics = None if action is Action.DELETE else read_fixed_ips(payload, instance_id)
    host = _host(notification, payload)
    return instance_event(notification, received_at, payload, action, host, instance_id, nics)


def normalise_instance_versioned(notification: Notification, received_at: dt.datetime) -> Event:
    """Make the Event of ``instance.create|delete.end``. Raises NotificationError."""
    payload = read_nova_object(payload_of(notification))
    action = INSTANCE_VERSIONED[notification.event_type]
    instance_id = instance_of(payload, "uuid")
    nics = read_ip_addresses(payload, instance_id) if action is Action.CREATE else None
    host = _host(notification, payload)
    return instance_event(notification, received_at, payload, action, host, instance_id, nics)


def instance_event(
    notification: Notification,
    received_at: dt.datetime,
    payload: Part,
    action: Action,
    compute_host: str | None,
    instance_id: str,
    nics: tuple[Nic, ...] | None,
) -> Event:
    """The Event of what Nova reports of a whole instance. Raises NotificationError."""
    return make_event(
        notification,
        received_at,
        Change(
            source=Source.NOVA_INSTANCE,
            action=action,
            phase=Phase.END,
            request_id=request_of(payload, notification),
        ),
        instance_from(payload, instance_id, notification, compute_host),
        nic=the_only(nics),
        nics=nics,
    )


def _host(notification: Notification, payload: Part) -> str | None:
    # nova-api and nova-conductor delete too, and are no compute hosts.
    return publishing_host(notification) or payload.text("host")
