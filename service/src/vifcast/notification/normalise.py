"""One Notification about a NIC to one Event, whichever source sent it.

Sources here: vifcast-nova (the payload has an ``interface`` key) and a Nova
patched by hand (the same event types without it, so without any word of which
NIC; its start and end are paired by request, instance and action).
"""

import datetime as dt
import uuid
from typing import Any

from vifcast.errors import NotificationError
from vifcast.model import Action, Event, Notification, Phase, Source
from vifcast.notification.envelope import clean
from vifcast.notification.fault import Fault, read_fault
from vifcast.notification.interface import Interface, read_interface

# Any constant UUID will do; it must never change, or a hand-patched Nova's start
# and end on either side of an upgrade would not be paired.
_OPERATION_NAMESPACE = uuid.UUID("6a3e8b0e-2f0f-5d0c-9a54-0c5f2b7d1e11")

# Keys that hold a credential wherever they stand in a payload.
_SECRET_KEYS = frozenset(
    {
        "_context_auth_token",
        "_context_service_catalog",
        "X-Auth-Token",
        "admin_pass",
        "admin_password",
        "auth_token",
        "password",
        "service_catalog",
        "token",
        "x-auth-token",
    }
)
_MAX_DEPTH = 50


def normalise(notification: Notification, received_at: dt.datetime) -> Event:
    """Make the Event of one of the six event types. Raises NotificationError."""
    payload = notification.payload
    _, _, name, phase = notification.event_type.split(".")
    action = Action(name.removeprefix("interface_"))
    instance_id = clean(payload.get("instance_id"), "instance_id")
    if instance_id is None:
        raise NotificationError(
            "no_instance_id", f"the payload of {notification.event_type} has no instance_id"
        )
    if "interface" in payload:
        source, interface = Source.VIFCAST_NOVA, read_interface(payload["interface"])
    else:
        source, interface = (
            Source.HAND_PATCH,
            Interface(operation_id=_derived_id(notification, instance_id, action), cause="api"),
        )
    context = notification.context
    fault = read_fault(payload) if phase == Phase.ERROR else Fault()
    return Event(
        message_id=notification.message_id,
        event_type=notification.event_type,
        source=source,
        priority=notification.priority,
        publisher_id=notification.publisher_id,
        compute_host=_compute_host(notification),
        instance_id=instance_id,
        instance_name=clean(payload.get("display_name"), "display_name"),
        project_id=clean(payload.get("tenant_id"), "tenant_id")
        or context.get("project_id")
        or context.get("tenant"),
        user_id=context.get("user_id") or context.get("user") or clean(payload.get("user_id")),
        request_id=context.get("request_id"),
        action=action,
        phase=Phase(phase),
        cause=interface.cause,
        operation_id=interface.operation_id,
        correlation_id=(
            _derived_id(notification, instance_id, action)
            if interface.cause == "api" and context.get("request_id")
            else interface.operation_id
        ),
        port_id=interface.port_id,
        network_id=interface.network_id,
        network_label=interface.network_label,
        mac_address=interface.mac_address,
        fixed_ips=interface.fixed_ips,
        vif_type=interface.vif_type,
        vnic_type=interface.vnic_type,
        device_name=interface.device_name,
        requested_ip=interface.requested_ip,
        tag=interface.tag,
        error_class=fault.error_class,
        error_message=fault.message,
        error_code=fault.code,
        occurred_at=notification.occurred_at,
        received_at=received_at,
        payload=_without_secrets(payload),
    )


def _derived_id(notification: Notification, instance_id: str, action: Action) -> str:
    # Without a request id nothing says which start an end belongs to.
    request = notification.context.get("request_id") or notification.message_id
    return str(uuid.uuid5(_OPERATION_NAMESPACE, f"{request}/{instance_id}/{action}"))


def _compute_host(notification: Notification) -> str | None:
    service, _, host = notification.publisher_id.partition(".")
    if service == "compute" and host:
        return host
    return clean(notification.payload.get("host"), "host")


def _without_secrets(payload: dict[str, Any]) -> dict[str, Any]:
    # Nova's own payloads hold none, so that looking is cheaper than copying.
    return _cleared(payload) if _holds_secret(payload) else payload


def _holds_secret(value: dict[str, Any] | list[Any], depth: int = 0) -> bool:
    if depth > _MAX_DEPTH:
        raise NotificationError(
            "payload_too_deep", f"the payload is nested more than {_MAX_DEPTH} levels deep"
        )
    inside: Any = value
    if isinstance(value, dict):
        if not _SECRET_KEYS.isdisjoint(value):
            return True
        inside = value.values()
    for each in inside:
        kind = type(each)
        if (kind is dict or kind is list) and _holds_secret(each, depth + 1):
            return True
    return False


def _cleared(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _cleared(each) for key, each in value.items() if key not in _SECRET_KEYS}
    if isinstance(value, list):
        return [_cleared(each) for each in value]
    return value
