"""What becomes of deliveries: sent, to be tried again, dead, cancelled, not tried."""

import datetime as dt
from collections.abc import Sequence

from msgspec.structs import replace

from vifcast import times
from vifcast.delivery.answer import Answer
from vifcast.delivery.schedule import next_attempt_at
from vifcast.delivery.unsendable import UnsendableError
from vifcast.store import Outcome
from vifcast.subscription.delivery import Attempt, Delivery, DeliveryState
from vifcast.subscription.message import Message


def outcome_of(
    delivery: Delivery,
    answer: Answer,
    schedule_s: Sequence[float],
    started_at: dt.datetime,
    duration_ms: int,
) -> Outcome:
    """What an attempt means for a delivery."""
    attempts = delivery.attempts + 1
    now = times.now()
    due_at = None
    state = DeliveryState.DELIVERED
    if answer.is_gone:
        # Its subscription is disabled, and may be resumed.
        state, due_at = DeliveryState.WAITING, now
    elif not answer.is_delivered:
        due_at = next_attempt_at(schedule_s, attempts, now, answer.retry_after_s)
        state = DeliveryState.DEAD if due_at is None else DeliveryState.WAITING
    return Outcome(
        delivery_id=delivery.id,
        state=state,
        attempts=attempts,
        due_at=due_at,
        finished_at=None if state is DeliveryState.WAITING else now,
        status_code=answer.status_code,
        error=answer.error,
        attempt=Attempt(
            delivery_id=delivery.id,
            number=attempts,
            started_at=started_at,
            duration_ms=duration_ms,
            status_code=answer.status_code,
            error=answer.error,
            answer=answer.body,
            address=answer.address,
        ),
    )


def existing(message: Message | None) -> Message:
    """The message. Raises UnsendableError where there is none any more."""
    if message is None:
        raise UnsendableError(
            "its event was deleted, because it is older than [retention] keeps events"
        )
    return message


def cancelled(delivery: Delivery, why: str) -> Outcome:
    """It is not to be sent at all."""
    return Outcome(
        delivery_id=delivery.id,
        state=DeliveryState.CANCELLED,
        attempts=delivery.attempts,
        finished_at=times.now(),
        error=why,
    )


def due_together(sent: list[Outcome]) -> list[Outcome]:
    """What failed in one request is tried again in one, when the first of it is due."""
    due_at = next((each.due_at for each in sent if each.due_at is not None), None)
    return [each if each.due_at is None else replace(each, due_at=due_at) for each in sent]


def not_tried(delivery: Delivery) -> Outcome:
    """Its turn comes when that of the one before it has; without order, at once."""
    return Outcome(
        delivery_id=delivery.id,
        state=DeliveryState.WAITING,
        attempts=delivery.attempts,
        due_at=None if delivery.line is not None else times.now(),
    )
