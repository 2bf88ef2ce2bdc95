"""``publication_of``: a message as it is published to a broker.

Formats are those of webhooks: the content type is a property, the attributes of a binary
CloudEvent are application headers behind ``cloudEvents:`` (its AMQP protocol binding). Of the
format ``nova`` it is a notification of oslo.messaging's driver ``messagingv2``.
"""

from collections.abc import Sequence
from urllib.parse import unquote

import orjson

from vifcast.bus.outgoing import Publication
from vifcast.delivery.formats import request_of
from vifcast.delivery.formats.republished import republished
from vifcast.delivery.unsendable import UnsendableError
from vifcast.identity.policy import View
from vifcast.subscription.message import Message, type_of
from vifcast.subscription.subscription import Format, Subscription

_ATTRIBUTE = "ce-"
_IN_AMQP = "cloudEvents:"
_NOTIFICATIONS = "notifications"


def publication_of(
    subscription: Subscription,
    messages: Sequence[Message],
    view: View,
    *,
    replay_id: int | None = None,
) -> Publication:
    """Raises UnsendableError where the format has no form for it."""
    if subscription.format is Format.NOVA:
        return _notification(subscription, messages, view)
    request = request_of(subscription, messages, view, replay_id=replay_id)
    headers = {
        _IN_AMQP + name.removeprefix(_ATTRIBUTE) if name.startswith(_ATTRIBUTE) else name: (
            unquote(value) if name.startswith(_ATTRIBUTE) else value
        )
        for name, value in request.headers.items()
        if name != "Content-Type"
    }
    settings = subscription.settings
    return Publication(
        message_id=request.message_id,
        exchange=settings["exchange"],
        routing_key=settings.get("routing_key") or f"vifcast.{type_of(messages[0])}",
        content_type=request.headers["Content-Type"],
        headers=headers,
        body=request.body,
    )


def _notification(
    subscription: Subscription, messages: Sequence[Message], view: View
) -> Publication:
    (message,) = messages
    if not view.has_details:
        raise UnsendableError("format nova has details that the subscription's owner does not see")
    found = republished(message)
    if found is None:
        raise UnsendableError(
            f"{type_of(message)} of this source is not published as a legacy notification: it was "
            "one already, or Nova has none that says this; leave it out by the filter"
        )
    topic = subscription.settings.get("routing_key") or _NOTIFICATIONS
    inner = orjson.dumps(found).decode()
    return Publication(
        message_id=found["message_id"],
        exchange=subscription.settings["exchange"],
        routing_key=f"{topic}.{found['priority'].lower()}",
        content_type="application/json",
        headers={},
        body=orjson.dumps({"oslo.version": "2.0", "oslo.message": inner}),
    )
