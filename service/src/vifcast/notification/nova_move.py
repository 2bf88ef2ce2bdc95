"""Instances that are on another compute host now: after a resize, migration, evacuation, unshelve.

Legacy (nova.compute.utils.notify_about_instance_usage) and versioned (InstanceActionPayload,
after a rebuild InstanceActionRebuildPayload), with the instance's NICs as Nova's cache has them.
Which event types those are, and which are not, is in event_types.
"""

import datetime as dt

from vifcast.model import Action, Event, Nic, Notification
from vifcast.notification.event_types import HAS_NO_HOST, MOVE_LEGACY, SENT_BEFORE_SAVED
from vifcast.notification.make_event import instance_of, payload_of, publishing_host
from vifcast.notification.nics import read_fixed_ips, read_ip_addresses
from vifcast.notification.nova_instance import instance_event
from vifcast.notification.nova_object import read_nova_object
from vifcast.notification.payload_reader import Part


def normalise_move(notification: Notification, received_at: dt.datetime) -> Event:
    """Make the Event of a move. Raises NotificationError."""
    payload = payload_of(notification)
    nics: tuple[Nic, ...] | None = None
    if notification.event_type in MOVE_LEGACY:
        instance_id = instance_of(payload, "instance_id")
        nics = read_fixed_ips(payload, instance_id)
    else:
        payload = read_nova_object(payload)
        instance_id = instance_of(payload, "uuid")
        if payload.values.get("ip_addresses") is not None:
            nics = read_ip_addresses(payload, instance_id)
    host = _host(notification, payload)
    return instance_event(notification, received_at, payload, Action.MOVE, host, instance_id, nics)


def _host(notification: Notification, payload: Part) -> str | None:
    if notification.event_type in HAS_NO_HOST:
        return None
    publisher, reported = publishing_host(notification), payload.text("host")
    if notification.event_type in SENT_BEFORE_SAVED:
        return publisher or reported
    # nova-conductor, which reverts a resize across cells, publishes as compute.<its own host>
    # (nova/conductor/tasks/cross_cell_migrate.py:RevertResizeTask).
    return reported or publisher
