"""Nova's own ``compute.exception``: with versioned notifications, the only word of most failures.

nova/exception_wrapper.py:wrap_exception sends it for every method of nova-compute that fails, at
the same moment and for the same failures as the legacy notification under the method's name
(nova_fault). It names neither the instance nor the method: ``function_name`` is where the
exception was raised (nova/notifications/objects/exception.py takes the innermost frame), which is
mostly in Neutron's client or the virt driver. What was called stands in ``traceback``, from
Nova 18 (Rocky) on; where it is not found there, ComputeManager's own function reports.
To which operation it belongs is found by its request (store/exceptions.py).
"""

import datetime as dt
import re

from vifcast.model import Action, Event, Notification, Phase, Source
from vifcast.notification.fault import read_versioned_fault
from vifcast.notification.make_event import (
    Change,
    Instance,
    asking_project,
    asking_user,
    make_event,
    payload_of,
    publishing_host,
)
from vifcast.notification.nova_legacy import CAUSE_API
from vifcast.notification.nova_object import read_nova_object
from vifcast.notification.payload_reader import Part

# The outermost is ComputeManager's public method; from 22 on it calls one with an underscore.
_CALLED = re.compile(
    r"""nova[/\\]compute[/\\]manager\.pyc?["'], line \d+, in (attach|detach)_interface\b"""
)
_MANAGER = "nova.compute.manager"
_RAISED_IN = re.compile(r"_?(attach|detach)_interface")


def normalise_exception(notification: Notification, received_at: dt.datetime) -> Event | None:
    """Make the Event; None where it is not about a NIC. Raises NotificationError."""
    payload = read_nova_object(payload_of(notification))
    action = _action(payload)
    if action is None:
        return None
    return make_event(
        notification,
        received_at,
        Change(
            source=Source.NOVA_FAULT,
            action=action,
            phase=Phase.ERROR,
            request_id=notification.context.get("request_id"),
            cause=CAUSE_API,
        ),
        Instance(
            project_id=asking_project(notification),
            user_id=asking_user(notification),
            compute_host=publishing_host(notification),
        ),
        fault=read_versioned_fault(payload),
    )


def _action(payload: Part) -> Action | None:
    traceback, function = (payload.values.get(key) for key in ("traceback", "function_name"))
    found = None
    if isinstance(traceback, str):
        found = _CALLED.search(traceback)
    if (
        found is None
        and isinstance(function, str)
        and payload.values.get("module_name") == _MANAGER
    ):
        found = _RAISED_IN.fullmatch(function)
    return Action(found[1]) if found else None
