"""``Attempts``: sends runs of deliveries to their receivers, an attempt each."""

import logging
import time
from collections.abc import Mapping, Sequence

from vifcast import times
from vifcast.bus.outgoing import Publication
from vifcast.delivery.answer import Answer
from vifcast.delivery.brokers import Brokers
from vifcast.delivery.formats import BATCHED, request_of
from vifcast.delivery.outcomes import cancelled, due_together, existing, not_tried, outcome_of
from vifcast.delivery.publications import publication_of
from vifcast.delivery.receiver import Receivers
from vifcast.delivery.request import Request
from vifcast.delivery.sending import Sending
from vifcast.delivery.taken import Run
from vifcast.delivery.unsendable import UnsendableError
from vifcast.delivery.visible import Visibility
from vifcast.errors import ConfigError, InvalidValueError
from vifcast.store import Outcome
from vifcast.subscription.delivery import Delivery, DeliveryState
from vifcast.subscription.message import Message
from vifcast.subscription.subscription import Subscription, Target

LOG = logging.getLogger(__name__)


class Attempts:
    """Of one process. ``schedule_s`` is the pause before each attempt."""

    def __init__(
        self,
        visibility: Visibility,
        receivers: Receivers,
        sending: Sending,
        brokers: Brokers,
        schedule_s: Sequence[float],
    ) -> None:
        self._visibility = visibility
        self._receivers = receivers
        self._sending = sending
        self._brokers = brokers
        self._schedule_s = schedule_s

    async def send(self, subscription: Subscription, run: Run, outcomes: list[Outcome]) -> None:
        """Send a run in its order, as far as it goes; adds the outcome of each to ``outcomes``."""
        if subscription.format in BATCHED:
            outcomes += await self._attempt(subscription, run.deliveries, run.messages)
            return
        for delivery in run.deliveries:
            if outcomes and (outcomes[-1].state is DeliveryState.WAITING or run.is_late):
                outcomes.append(not_tried(delivery))
                continue
            outcomes += await self._attempt(subscription, [delivery], run.messages)

    async def _attempt(
        self,
        subscription: Subscription,
        deliveries: Sequence[Delivery],
        messages: Mapping[int, Message],
    ) -> list[Outcome]:
        """Send these in one request; the outcome of each."""
        outcomes = []
        wanted: list[tuple[Delivery, Message]] = []
        for each in deliveries:
            try:
                message = existing(messages.get(each.id))
                view = self._visibility.view(subscription, message)
                wanted.append((each, message))
            except UnsendableError as error:
                outcomes.append(cancelled(each, str(error)))
        if not wanted:
            return outcomes
        started_at = times.now()
        started = time.monotonic()
        try:
            build = publication_of if subscription.target is Target.AMQP else request_of
            request = build(
                subscription,
                [message for _, message in wanted],
                view,
                replay_id=wanted[0][0].replay_id,
            )
            answer = await self._answer(subscription, request)
        except UnsendableError as error:
            return outcomes + [cancelled(each, str(error)) for each, _ in wanted]
        except Exception as error:
            # Without an outcome it would be tried for ever, and hold up its instance.
            LOG.exception("delivery %d cannot be sent, by a mistake of vifcast", wanted[0][0].id)
            answer = Answer(
                None, f"by a mistake of vifcast, which its log shows: {type(error).__name__}"
            )
        duration_ms = round((time.monotonic() - started) * 1000)
        sent = [
            outcome_of(each, answer, self._schedule_s, started_at, duration_ms)
            for each, _ in wanted
        ]
        return outcomes + due_together(sent)

    async def _answer(self, subscription: Subscription, request: Request | Publication) -> Answer:
        try:
            receiver = self._receivers.of(subscription)
        except (ConfigError, InvalidValueError) as error:
            # A person can put it right, and what waits goes on then.
            return Answer(None, str(error))
        if isinstance(request, Publication):
            return await self._brokers.publish(subscription, request, receiver)
        return await self._sending.send(subscription.url, request, receiver)
