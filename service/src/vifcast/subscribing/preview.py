"""``preview``: what is sent of a message, for people who look at its delivery."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from vifcast.delivery.formats import request_of
from vifcast.delivery.publications import publication_of
from vifcast.delivery.unsendable import UnsendableError
from vifcast.delivery.visible import Visibility
from vifcast.identity.policy import Policy
from vifcast.subscription.message import Message
from vifcast.subscription.subscription import Subscription, Target

HIDDEN = "(hidden)"
_AT_EACH_ATTEMPT = "(made at each attempt)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """``problem`` is why nothing is sent; the rest is empty then.

    ``exchange`` and ``routing_key`` are those of a broker; empty: it is a webhook. Values of the
    subscription's own headers are hidden.
    """

    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    exchange: str = ""
    routing_key: str = ""
    problem: str | None = None


def preview(
    subscription: Subscription | None,
    message: Message | None,
    replay_id: int | None,
    header_names: Sequence[str],
    policy: Policy,
) -> Preview:
    """Of one message as the subscription is now, to which it is sent alone."""
    if subscription is None or message is None:
        return Preview(problem="the message has been deleted, as old messages are (retention)")
    try:
        view = Visibility(policy).view(subscription, message)
        if subscription.target is Target.AMQP:
            published = publication_of(subscription, [message], view, replay_id=replay_id)
            return Preview(
                headers={"content-type": published.content_type, **published.headers},
                body=_text(published.body),
                exchange=published.exchange,
                routing_key=published.routing_key,
            )
        request = request_of(subscription, [message], view, replay_id=replay_id)
    except UnsendableError as error:
        return Preview(problem=str(error))
    ours = {
        **request.headers,
        "webhook-id": request.message_id,
        "webhook-timestamp": _AT_EACH_ATTEMPT,
        "webhook-signature": _AT_EACH_ATTEMPT,
    }
    return Preview(
        headers={**dict.fromkeys(header_names, HIDDEN), **ours}, body=_text(request.body)
    )


def _text(body: bytes) -> str:
    return body.decode(errors="replace")
