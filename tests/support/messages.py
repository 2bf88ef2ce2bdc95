"""One message of every type, for tests of what is made of them."""

import msgspec

from ledger_events import make_event, make_sighting
from vifcast.model import Event, Nic
from vifcast.subscription.message import Announcement, Message, MessageType, type_of
from whole_ledger import whole_ledger

_NICS = (Nic(instance_id="instance-1", port_id="port-1", network_id="network-1"),)
_OPERATION = {
    MessageType.ATTACH_STARTED: ("attach", "start"),
    MessageType.ATTACHED: ("attach", "end"),
    MessageType.ATTACH_FAILED: ("attach", "error"),
    MessageType.DETACH_STARTED: ("detach", "start"),
    MessageType.DETACHED: ("detach", "end"),
    MessageType.DETACH_FAILED: ("detach", "error"),
}
_SIGHTED = {
    MessageType.INSTANCE_CREATED: "create",
    MessageType.INSTANCE_DELETED: "delete",
    MessageType.INSTANCE_MOVED: "move",
    MessageType.PORT_SIGHTED: "sighting",
}


def message_of(kind: MessageType) -> Message:
    """One that says this."""
    if kind in _OPERATION:
        action, phase = _OPERATION[kind]
        return make_event(action=action, phase=phase, id=7, payload={"host": "compute-1"})
    if kind in _SIGHTED:
        return make_sighting(action=_SIGHTED[kind], nics=_NICS, id=7)
    return announcement_of(kind, make_event(id=7))


def announcement_of(kind: MessageType, event: Event) -> Announcement:
    """What is announced once this event is known."""
    events = [event]
    if kind is MessageType.CLOSED:
        events.append(make_event(action="detach", operation_id="operation-2", at_s=60))
    operations, attachments = whole_ledger(events)
    data = {
        MessageType.OVERDUE: msgspec.json.encode(operations[0]),
        MessageType.TEST: b'{"subscription_id":"subscription-1"}',
        MessageType.SUBSCRIPTION_DISABLED: b'{"subscription_id":"subscription-2"}',
    }.get(kind) or msgspec.json.encode(attachments[0])
    return Announcement(
        message_id=f"announcement-{kind}",
        type=kind,
        occurred_at=event.occurred_at,
        region=event.region,
        project_id=event.project_id,
        instance_id=event.instance_id,
        instance_name=event.instance_name,
        compute_host=event.compute_host,
        port_id=event.port_id,
        network_id=event.network_id,
        network_label=event.network_label,
        action=event.action,
        cause=event.cause,
        source=event.source,
        data=data.decode(),
        id=9,
    )


def every_message() -> dict[MessageType, Message]:
    """One of each type."""
    made = {kind: message_of(kind) for kind in MessageType}
    assert all(type_of(each) is kind for kind, each in made.items())
    return made
