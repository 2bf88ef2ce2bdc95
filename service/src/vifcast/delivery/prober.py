"""``probe``: one attempt beside the queue, for a person who wants to see it."""

import asyncio
import time
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, replace
from typing import Any

import orjson

from vifcast import times
from vifcast.bus.outgoing import Publication
from vifcast.delivery.answer import Answer
from vifcast.delivery.brokers import Brokers
from vifcast.delivery.formats import request_of
from vifcast.delivery.publications import publication_of
from vifcast.delivery.receiver import receiver_of
from vifcast.delivery.request import Request
from vifcast.delivery.sending import Sending
from vifcast.delivery.unsendable import UnsendableError
from vifcast.delivery.visible import Visibility
from vifcast.delivery.webhooks import Webhooks
from vifcast.delivery_settings import DeliverySettings
from vifcast.errors import ConflictError, InvalidValueError
from vifcast.identity.policy import Policy, View
from vifcast.subscription.message import Announcement, MessageType, notice
from vifcast.subscription.secrets import Secrets
from vifcast.subscription.subscription import Subscription, Target

_HIDDEN = "(hidden)"
_AUTHORIZATION = "authorization"


@dataclass(frozen=True, slots=True)
class Probe:
    """What was sent, with secrets left out, and what came of it.

    One of ``request`` and ``publication`` is set, by the target.
    """

    url: str
    message_id: str
    request: Request | None
    publication: Publication | None
    duration_ms: int
    answer: Answer


def probe(
    subscription: Subscription,
    secrets: Secrets,
    policy: Policy,
    settings: DeliverySettings,
    requested_by: str,
) -> Probe:
    """Send a message of the type ``test`` to a subscription, whatever its state.

    Waits for the answer, in an event loop of its own. Raises ConflictError.
    """
    message = _message(subscription, requested_by)
    test = _of_broker if subscription.target is Target.AMQP else _of_webhook
    try:
        view = Visibility(policy).view(subscription, message)
        return test(subscription, message, view, secrets, settings)
    except (UnsendableError, InvalidValueError) as error:
        raise ConflictError(f"subscription {subscription.id}: {error}") from None


def _of_webhook(
    subscription: Subscription,
    message: Announcement,
    view: View,
    secrets: Secrets,
    settings: DeliverySettings,
) -> Probe:
    receiver = receiver_of(secrets)
    request = request_of(subscription, [message], view)
    # Signed here, so that what is shown is what was sent.
    request = replace(request, headers=receiver.headers_of(request, times.now()))
    receiver = replace(receiver, signer=None)

    async def send() -> Answer:
        async with Webhooks(settings) as webhooks:
            return await Sending(webhooks).send(subscription.url, request, receiver)

    answer, duration_ms = _timed(send())
    shown = replace(request, headers=_shown({**secrets.headers, **request.headers}, secrets))
    return Probe(
        url=subscription.url,
        message_id=message.message_id,
        request=shown,
        publication=None,
        duration_ms=duration_ms,
        answer=answer,
    )


def _of_broker(
    subscription: Subscription,
    message: Announcement,
    view: View,
    secrets: Secrets,
    settings: DeliverySettings,
) -> Probe:
    receiver = receiver_of(secrets)
    publication = publication_of(subscription, [message], view)

    async def publish() -> Answer:
        brokers = Brokers(settings.timeout_s)
        try:
            return await brokers.publish(subscription, publication, receiver)
        finally:
            brokers.close()

    answer, duration_ms = _timed(publish())
    return Probe(
        url=subscription.url,
        # Of a notification it is another one than the message's.
        message_id=publication.message_id,
        request=None,
        publication=publication,
        duration_ms=duration_ms,
        answer=answer,
    )


def _timed(sending: Coroutine[Any, Any, Answer]) -> tuple[Answer, int]:
    started = time.monotonic()
    answer = asyncio.run(sending)
    return answer, round((time.monotonic() - started) * 1000)


def _message(subscription: Subscription, requested_by: str) -> Announcement:
    data = {"subscription_id": subscription.id, "requested_by": requested_by}
    return notice(
        MessageType.TEST,
        subscription.id,
        subscription.project_id,
        times.now(),
        orjson.dumps(data).decode(),
    )


def _shown(headers: Mapping[str, str], secrets: Secrets) -> dict[str, str]:
    hidden = {_AUTHORIZATION, *(name.lower() for name in secrets.headers)}
    return {name: _HIDDEN if name.lower() in hidden else value for name, value in headers.items()}
