"""Messages in the format that a subscription wants."""

from collections.abc import Sequence
from typing import Any

import orjson

from vifcast import times
from vifcast.delivery.request import Request
from vifcast.model import Event
from vifcast.representation import event_json
from vifcast.subscription.message import Message, type_of
from vifcast.subscription.subscription import Subscription


def request_of(subscription: Subscription, messages: Sequence[Message]) -> Request:
    """What is sent of these messages, which are one unless the format takes several."""
    (message,) = messages
    body = orjson.dumps(_plain(message))
    return Request(message.message_id, {"Content-Type": "application/json"}, body)


def _plain(message: Message) -> dict[str, Any]:
    data = event_json(message) if isinstance(message, Event) else orjson.loads(message.data)
    return {
        "id": message.message_id,
        "type": type_of(message),
        "occurred_at": times.to_text(message.occurred_at),
        "region": message.region,
        "data": data,
    }
