"""``attach_interface`` and ``detach_interface`` at ERROR: the method failed.

nova/exception_wrapper.py:wrap_exception sends these under the method's name, with
``{"exception": …, "args": {"instance": …, "port_id": …, …}}``, unless notification_format is
``versioned``; on an unplugged cloud they are the only word of most failures. ``instance`` is a
whole nova.objects.Instance (a dict in Queens … 2026.2, twelve levels deep), with the request
context, token and service catalogue in it, and the user data: of it only the keys below are
kept.
"""

import datetime as dt
import re
from typing import Any

from msgspec.structs import replace

from vifcast.model import Event, Nic, Notification, Phase, Source
from vifcast.notification.event_types import FAULT
from vifcast.notification.fault import read_fault
from vifcast.notification.identity import derived_id
from vifcast.notification.make_event import (
    Change,
    Instance,
    asking_user,
    instance_of,
    make_event,
    owning_project,
    payload_of,
    publishing_host,
)
from vifcast.notification.nova_legacy import CAUSE_API
from vifcast.notification.payload_reader import Part

_KEPT_OF_ARGS = ("port_id", "network_id", "requested_ip", "tag")
_KEPT_OF_INSTANCE = ("uuid", "display_name", "project_id", "user_id", "host", "node")

# Where the serialiser gave up it is a repr: Instance(…,uuid=5c2dea1e-…,…), or a dict's.
_UUID_IN_TEXT = re.compile(
    r"""\buuid(?:=|['"]: u?['"])([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\b"""
)


def normalise_fault(notification: Notification, received_at: dt.datetime) -> Event:
    """Make the Event of one of the two. Raises NotificationError."""
    payload = payload_of(notification)
    action = FAULT[notification.event_type]
    args = payload.inside("args")
    instance = _instance(args)
    instance_id = instance_of(instance, "uuid")
    request_id = notification.context.get("request_id")
    operation_id = derived_id(notification, request_id, instance_id, action)
    kept = replace(notification, payload=_kept(payload, args, instance))
    owner = Instance(
        compute_host=publishing_host(notification) or instance.text("host"),
        id=instance_id,
        name=instance.text("display_name"),
        project_id=owning_project(instance, "project_id", notification),
        user_id=asking_user(notification) or instance.text("user_id"),
    )
    nic = Nic(
        instance_id=instance_id,
        port_id=args.text("port_id"),
        network_id=args.text("network_id"),
    )
    return make_event(
        kept,
        received_at,
        Change(
            source=Source.NOVA_FAULT,
            action=action,
            phase=Phase.ERROR,
            request_id=request_id,
            cause=CAUSE_API,
            operation_id=operation_id,
            correlation_id=operation_id,
            requested_ip=args.ip("requested_ip"),
            tag=args.text("tag"),
        ),
        owner,
        nic=nic,
        fault=read_fault({"exception": payload.values.get("exception")}, payload.notes),
    )


def _instance(args: Part) -> Part:
    value = args.values.get("instance")
    if not isinstance(value, str):
        return args.inside("instance")
    found = _UUID_IN_TEXT.search(value)
    return Part({"uuid": found[1]} if found else {}, f"instance in {args.name}", args.notes)


def _kept(payload: Part, args: Part, instance: Part) -> dict[str, Any]:
    return {
        "exception": payload.values.get("exception"),
        "args": {
            "instance": {key: instance.text(key) for key in _KEPT_OF_INSTANCE},
            **{key: args.text(key) for key in _KEPT_OF_ARGS},
        },
    }
