"""What a message is about: an event, or an announcement of what the ledger itself found out."""

import datetime as dt
import hashlib
from enum import StrEnum

from msgspec import Struct

from vifcast.model import Action, Event, Phase

_LINE_LENGTH = 18


class MessageType(StrEnum):
    """What a message says; CloudEvents have it behind ``io.vifcast.``."""

    ATTACH_STARTED = "interface.attach_started"
    ATTACHED = "interface.attached"
    ATTACH_FAILED = "interface.attach_failed"
    DETACH_STARTED = "interface.detach_started"
    DETACHED = "interface.detached"
    DETACH_FAILED = "interface.detach_failed"
    OVERDUE = "interface.overdue"
    OPENED = "attachment.opened"
    CLOSED = "attachment.closed"
    CORRECTED = "attachment.corrected"
    WITHDRAWN = "attachment.withdrawn"
    INSTANCE_CREATED = "instance.created"
    INSTANCE_DELETED = "instance.deleted"
    INSTANCE_MOVED = "instance.moved"
    PORT_SIGHTED = "port.sighted"
    TEST = "test"
    SUBSCRIPTION_DISABLED = "subscription.disabled"


_OF_EVENTS = {
    (Action.ATTACH, Phase.START): MessageType.ATTACH_STARTED,
    (Action.ATTACH, Phase.END): MessageType.ATTACHED,
    (Action.ATTACH, Phase.ERROR): MessageType.ATTACH_FAILED,
    (Action.DETACH, Phase.START): MessageType.DETACH_STARTED,
    (Action.DETACH, Phase.END): MessageType.DETACHED,
    (Action.DETACH, Phase.ERROR): MessageType.DETACH_FAILED,
    (Action.CREATE, Phase.END): MessageType.INSTANCE_CREATED,
    (Action.DELETE, Phase.END): MessageType.INSTANCE_DELETED,
    (Action.MOVE, Phase.END): MessageType.INSTANCE_MOVED,
    (Action.SIGHTING, Phase.END): MessageType.PORT_SIGHTED,
}
# Of the types of events: which step of what each says.
EVENT_TYPES = {kind: meaning for meaning, kind in _OF_EVENTS.items()}
_OUTCOMES = {Phase.END: "succeeded", Phase.ERROR: "failed"}


class Announcement(Struct, frozen=True, kw_only=True):
    """What is no event: an attachment that changed, an operation that is overdue, a test.

    ``message_id`` follows from what it says, so that the same is announced once. ``data`` is
    JSON: the attachment or operation as it was then. The other fields are those by which
    subscriptions choose; they mean what they mean in an ``Event``.
    """

    message_id: str
    type: MessageType
    occurred_at: dt.datetime
    region: str | None
    project_id: str | None
    instance_id: str | None
    instance_name: str | None
    compute_host: str | None
    port_id: str | None
    network_id: str | None
    network_label: str | None
    action: Action | None
    cause: str | None
    source: str | None
    data: str
    id: int | None = None


Message = Event | Announcement


def type_of(message: Message) -> MessageType:
    """What it says."""
    if isinstance(message, Announcement):
        return message.type
    return _OF_EVENTS[message.action, message.phase]


def cloudevents_type(kind: MessageType) -> str:
    """What CloudEvents have as ``type``."""
    return f"io.vifcast.{kind}"


def outcome_of(message: Message) -> str | None:
    """``succeeded``, ``failed`` or ``overdue``; None where it ends nothing."""
    if isinstance(message, Announcement):
        return "overdue" if message.type is MessageType.OVERDUE else None
    if message.action not in (Action.ATTACH, Action.DETACH):
        return None
    return _OUTCOMES.get(message.phase)


def phase_of(message: Message) -> str | None:
    """The step of an operation, of an event of one."""
    return None if isinstance(message, Announcement) else message.phase


def event_type_of(message: Message) -> str | None:
    """The notification's, of an event."""
    return None if isinstance(message, Announcement) else message.event_type


def derived_id(*parts: object) -> str:
    """An id that is the same whenever the parts are."""
    return hashlib.blake2b("\n".join(map(str, parts)).encode(), digest_size=16).hexdigest()


def line_of(message: Message, replay_id: int | None = None) -> str:
    """Within what messages keep their order: the instance, or else the port.

    The first half of a UUID is enough for that, and makes the index half as long. Two that have it
    in common would wait for each other, which loses nothing.

    A replay has lines of its own: what is replayed and what happens now do not wait for each other.
    """
    line = (message.instance_id or f"port:{message.port_id or ''}")[:_LINE_LENGTH]
    return line if replay_id is None else f"{replay_lines(replay_id)}{line}"


def replay_lines(replay_id: int) -> str:
    """How the lines of a replay begin."""
    return f"replay:{replay_id}:"


def notice(
    kind: MessageType, of: str, project_id: str | None, now: dt.datetime, data: str
) -> Announcement:
    """An announcement about the subscription ``of``, and so about no NIC."""
    return Announcement(
        message_id=derived_id(kind, of, now),
        type=kind,
        occurred_at=now,
        region=None,
        project_id=project_id,
        instance_id=None,
        instance_name=None,
        compute_host=None,
        port_id=None,
        network_id=None,
        network_label=None,
        action=None,
        cause=None,
        source=None,
        data=data,
    )
