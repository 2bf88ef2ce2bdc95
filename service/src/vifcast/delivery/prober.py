"""``probe``: one attempt beside the queue, for a person who wants to see it."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

import orjson

from vifcast import times
from vifcast.delivery.answer import Answer
from vifcast.delivery.formats import request_of
from vifcast.delivery.receiver import Receiver, receiver_of
from vifcast.delivery.request import Request
from vifcast.delivery.sending import Sending
from vifcast.delivery.unsendable import UnsendableError
from vifcast.delivery.visible import Visibility
from vifcast.delivery.webhooks import Webhooks
from vifcast.delivery_settings import DeliverySettings
from vifcast.errors import ConflictError, InvalidValueError
from vifcast.identity.policy import Policy
from vifcast.subscription.message import Announcement, MessageType, notice
from vifcast.subscription.secrets import Secrets
from vifcast.subscription.subscription import Subscription, Target

_HIDDEN = "(hidden)"
_AUTHORIZATION = "authorization"


@dataclass(frozen=True, slots=True)
class Probe:
    """What was sent, with secrets left out, and what came of it."""

    url: str
    message_id: str
    headers: Mapping[str, str]
    body: str
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
    if subscription.target is not Target.WEBHOOK:
        raise ConflictError(
            f"subscription {subscription.id} has the target {subscription.target}; only a webhook "
            "can be tested"
        )
    message = _message(subscription, requested_by)
    try:
        view = Visibility(policy).view(subscription, message)
        receiver = receiver_of(secrets)
        request = request_of(subscription, [message], view)
    except (UnsendableError, InvalidValueError) as error:
        raise ConflictError(f"subscription {subscription.id}: {error}") from None
    # Signed here, so that what is shown is what was sent.
    request = replace(request, headers=receiver.headers_of(request, times.now()))
    receiver = replace(receiver, signer=None)
    started = time.monotonic()
    answer = asyncio.run(_sent(subscription.url, request, receiver, settings))
    duration_ms = round((time.monotonic() - started) * 1000)
    return Probe(
        url=subscription.url,
        message_id=message.message_id,
        headers=_shown({**secrets.headers, **request.headers}, secrets),
        body=request.body.decode(errors="replace"),
        duration_ms=duration_ms,
        answer=answer,
    )


async def _sent(
    url: str, request: Request, receiver: Receiver, settings: DeliverySettings
) -> Answer:
    async with Webhooks(settings) as webhooks:
        return await Sending(webhooks).send(url, request, receiver)


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
