"""What a message says, as the API shows it: the data of every format but Nova's."""

from typing import Any, TypeVar

import msgspec
import orjson
from msgspec import Struct

from vifcast.identity.policy import View
from vifcast.model import Attachment, Event, Operation
from vifcast.representation import attachment_json, event_json, operation_json, without_details
from vifcast.subscription.message import Announcement, Message, MessageType

_Kind = TypeVar("_Kind", bound=Struct)
_ATTACHMENT = msgspec.json.Decoder(Attachment)
_OPERATION = msgspec.json.Decoder(Operation)
_ATTACHMENTS = frozenset(
    {MessageType.OPENED, MessageType.CLOSED, MessageType.CORRECTED, MessageType.WITHDRAWN}
)


def data_of(message: Message, view: View) -> dict[str, Any]:
    """An event, attachment or operation, as far as the view goes."""
    shown = event_json(message) if isinstance(message, Event) else _announced(message)
    return shown if view.has_details else dict(without_details(shown))


def operation_id_of(message: Message) -> str | None:
    """The operation of an event, or of which an announcement is; None where it is of none.

    An attachment is opened and closed by an operation, unless nobody reported one.
    """
    if isinstance(message, Event):
        return message.operation_id
    if message.type is MessageType.OVERDUE:
        operation = _read(_OPERATION, message.data)
        return None if operation is None else operation.id
    if message.type not in (MessageType.OPENED, MessageType.CLOSED):
        return None
    attachment = _read(_ATTACHMENT, message.data)
    if attachment is None:
        return None
    is_open = message.type is MessageType.OPENED
    return attachment.attach_operation_id if is_open else attachment.detach_operation_id


def _announced(message: Announcement) -> dict[str, Any]:
    if message.type in _ATTACHMENTS and (attachment := _read(_ATTACHMENT, message.data)):
        return attachment_json(attachment)
    if message.type is MessageType.OVERDUE and (operation := _read(_OPERATION, message.data)):
        return operation_json(operation)
    found: dict[str, Any] = orjson.loads(message.data)
    return found


def _read(decoder: msgspec.json.Decoder[_Kind], data: str) -> _Kind | None:
    """None where another release wrote it, with other fields: then it is shown as it is."""
    try:
        return decoder.decode(data)
    except msgspec.ValidationError:
        return None
