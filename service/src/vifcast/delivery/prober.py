"""``probe``: one attempt beside the queue, for a person who wants to see it."""

import asyncio
import datetime as dt
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields

import orjson

from vifcast import times
from vifcast.delivery.answer import Answer
from vifcast.delivery.formats import request_of
from vifcast.delivery.receiver import Receiver, Receivers
from vifcast.delivery.request import Request
from vifcast.delivery.sending import Sending
from vifcast.delivery.unsendable import UnsendableError
from vifcast.delivery.visible import Visibility
from vifcast.delivery.webhooks import Webhooks
from vifcast.delivery_settings import DeliverySettings
from vifcast.errors import ConflictError
from vifcast.identity.policy import Policy
from vifcast.secret_box import SecretBox
from vifcast.subscription.message import Announcement, MessageType, derived_id
from vifcast.subscription.subscription import Subscription, Target

_HIDDEN = "(hidden)"


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
    policy: Policy,
    secret_box: Callable[[], SecretBox],
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
    visibility = Visibility(policy)
    try:
        view = visibility.view(subscription, message)
        request = request_of(subscription, [message], view)
    except UnsendableError as error:
        raise ConflictError(f"subscription {subscription.id} cannot be tested: {error}") from None
    receivers = _Watching(secret_box)
    started = time.monotonic()
    answer = asyncio.run(_sent(subscription, request, visibility, receivers, settings))
    duration_ms = round((time.monotonic() - started) * 1000)
    return Probe(
        url=subscription.url,
        message_id=message.message_id,
        headers=receivers.sent,
        body=request.body.decode(errors="replace"),
        duration_ms=duration_ms,
        answer=answer,
    )


async def _sent(
    subscription: Subscription,
    request: Request,
    visibility: Visibility,
    receivers: Receivers,
    settings: DeliverySettings,
) -> Answer:
    async with Webhooks(settings) as webhooks:
        return await Sending(visibility, receivers, webhooks).send_request(subscription, request)


class _Watching(Receivers):
    """Keeps which headers were ``sent``, without the values of those that are secret."""

    def __init__(self, box: Callable[[], SecretBox]) -> None:
        super().__init__(box)
        self.sent: dict[str, str] = {}

    def of(self, subscription: Subscription) -> Receiver:
        """One that is watched."""
        known = super().of(subscription)
        sent = self.sent

        class Watched(Receiver):
            def headers_of(self, request: Request, now: dt.datetime) -> dict[str, str]:
                found = super().headers_of(request, now)
                # A token is asked for with a request of its own, which has no message.
                sent.clear()
                sent.update(dict.fromkeys(self.headers, _HIDDEN) | found)
                return found

        return Watched(**{each.name: getattr(known, each.name) for each in fields(known)})


def _message(subscription: Subscription, requested_by: str) -> Announcement:
    now = times.now()
    said = {"subscription_id": subscription.id, "requested_by": requested_by}
    return Announcement(
        message_id=derived_id("test", subscription.id, now),
        type=MessageType.TEST,
        occurred_at=now,
        region=None,
        project_id=subscription.project_id,
        instance_id=None,
        instance_name=None,
        compute_host=None,
        port_id=None,
        network_id=None,
        network_label=None,
        action=None,
        cause=None,
        source=None,
        data=orjson.dumps(said).decode(),
    )
