"""An Event out of a notification and what its source's normaliser has read."""

import datetime as dt

from msgspec import Struct

from vifcast.errors import NotificationError
from vifcast.model import Action, Event, Nic, Notification, Phase, Source
from vifcast.notification.confidential import without_quoted, without_secrets
from vifcast.notification.envelope import clean, printable, short
from vifcast.notification.fault import Fault
from vifcast.notification.payload_reader import Part

_NO_NIC = Nic()
_NO_FAULT = Fault()
_MAX_NOTES = 20


class Instance(Struct, frozen=True, gc=False, kw_only=True):
    """Whose NIC it is, and who asked; None where the notification does not say."""

    id: str | None = None
    name: str | None = None
    project_id: str | None = None
    user_id: str | None = None
    compute_host: str | None = None


class Change(Struct, frozen=True, gc=False, kw_only=True):
    """What the notification reports; see ``Event``."""

    source: Source
    action: Action
    phase: Phase
    request_id: str | None
    cause: str | None = None
    operation_id: str | None = None
    correlation_id: str | None = None
    requested_ip: str | None = None
    tag: str | None = None


def make_event(
    notification: Notification,
    received_at: dt.datetime,
    change: Change,
    instance: Instance,
    *,
    nic: Nic = _NO_NIC,
    nics: tuple[Nic, ...] | None = None,
    fault: Fault = _NO_FAULT,
) -> Event:
    """The fields of the event say what ``nic`` does; secrets are taken out of the payload.

    Raises NotificationError where the payload is nested without end.
    """
    return Event(
        message_id=notification.message_id,
        event_type=notification.event_type,
        source=change.source,
        priority=notification.priority,
        publisher_id=notification.publisher_id,
        compute_host=instance.compute_host,
        instance_id=instance.id,
        instance_name=instance.name,
        project_id=instance.project_id,
        user_id=instance.user_id,
        request_id=change.request_id,
        action=change.action,
        phase=change.phase,
        cause=change.cause,
        operation_id=change.operation_id,
        correlation_id=change.correlation_id,
        port_id=nic.port_id,
        network_id=nic.network_id,
        network_label=nic.network_label,
        mac_address=nic.mac_address,
        fixed_ips=nic.fixed_ips,
        vif_type=nic.vif_type,
        vnic_type=nic.vnic_type,
        device_name=nic.device_name,
        requested_ip=change.requested_ip,
        tag=change.tag,
        error_class=fault.error_class,
        error_message=fault.message,
        error_code=fault.code,
        occurred_at=notification.occurred_at,
        received_at=received_at,
        payload=notification.json or without_secrets(notification.payload),
        nics=nics,
        notes=_shown(notification.notes) if notification.notes else (),
        global_request_id=notification.context.get("global_request_id"),
    )


def _shown(notes: list[str]) -> tuple[str, ...]:
    """Each once, as a database takes it, and without what follows a secret's name."""
    sentences = [without_quoted(printable(note)) for note in dict.fromkeys(notes)]
    if len(sentences) > _MAX_NOTES:
        sentences[_MAX_NOTES:] = [f"and {len(sentences) - _MAX_NOTES} more"]
    return tuple(sentences)


def the_only(nics: tuple[Nic, ...] | None) -> Nic:
    """The one NIC of the list; one of which nothing is known where it holds another number."""
    return nics[0] if nics is not None and len(nics) == 1 else _NO_NIC


def payload_of(notification: Notification) -> Part:
    """The payload, to be read."""
    return Part(
        notification.payload, f"the payload of {notification.event_type}", notification.notes
    )


def instance_of(part: Part, key: str) -> str:
    """The instance's id. Raises NotificationError: without it there is nothing to record."""
    found = part.values.get(key)
    instance_id = clean(found, f"{key} in {part.name}")
    if instance_id is None:
        problem = (
            f"no {key}" if found in (None, "") else f"{key} = {short(found)}, which is no text"
        )
        raise NotificationError("no_instance_id", f"{part.name} has {problem}")
    return instance_id


def instance_from(
    payload: Part, instance_id: str, notification: Notification, compute_host: str | None
) -> Instance:
    """What the payload of a notification about an instance says of it."""
    return Instance(
        id=instance_id,
        name=payload.text("display_name"),
        project_id=owning_project(payload, "tenant_id", notification),
        user_id=asking_user(notification) or payload.text("user_id"),
        compute_host=compute_host,
    )


def owning_project(part: Part, key: str, notification: Notification) -> str | None:
    """The instance's project, that of the request where none is named; None for an odd one.

    A project sees what is its own: another's must not stand in for one that cannot be read.
    """
    if part.values.get(key) in (None, ""):
        return asking_project(notification)
    return part.text(key)


def asking_user(notification: Notification) -> str | None:
    """Who made the request."""
    context = notification.context
    return context.get("user_id") or context.get("user")


def asking_project(notification: Notification) -> str | None:
    """The project that the request was made in; an admin's need not be the instance's."""
    context = notification.context
    return context.get("project_id") or context.get("tenant")


def publishing_host(notification: Notification) -> str | None:
    """The compute host, of a notification that nova-compute sent.

    ``compute.<host>`` for legacy ones, ``nova-compute:<host>`` for versioned ones
    (nova.notifications.objects.base.NotificationPublisher).
    """
    publisher = notification.publisher_id
    for service in ("compute.", "nova-compute:"):
        if publisher.startswith(service):
            return publisher.removeprefix(service) or None
    return None
