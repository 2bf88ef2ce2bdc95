"""What was published and stored, held against what the receivers noted."""

import datetime as dt
import itertools
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from tests.chaos.parts import TIMEOUT_S
from vifcast.store import Store
from vifcast.store.sql import schema
from vifcast.subscription.delivery import DeliveryState
from vifcast.subscription.subscription import Ordering, Subscription

# How long before it is sent a message may have been chosen: what is stored later comes later.
_CHOSEN = dt.timedelta(seconds=2 * TIMEOUT_S + 10)
_FINAL = (DeliveryState.DELIVERED, DeliveryState.DEAD, DeliveryState.CANCELLED)


@dataclass(frozen=True)
class Sent:
    """A delivery: its message, and where in the order of its instance it is."""

    delivery_id: int
    message_id: str
    instance: str
    ordered_at: dt.datetime
    created_at: dt.datetime
    operation: tuple[str, str] | None
    phase: str | None


@dataclass(frozen=True)
class Verdict:
    """Counts over all subscriptions; ``wrong`` are sentences, of the first few."""

    deliveries: int
    repeats: int
    lost: int
    disordered: int
    wrong: tuple[str, ...]


def unfinished(store: Store) -> int:
    """How many deliveries wait or are being sent."""
    left = sa.select(sa.func.count()).where(schema.delivery.c.state.not_in(_FINAL))
    with store.reading() as connection:
        return connection.scalar(left) or 0


def stored(store: Store) -> int:
    """How many events are there."""
    with store.reading() as connection:
        counted = sa.select(sa.func.count()).select_from(schema.event)
        return connection.scalar(counted) or 0


def judge(
    store: Store,
    subscriptions: Sequence[Subscription],
    published: Sequence[str],
    journals: Sequence[Path],
) -> Verdict:
    """Compare, for each subscription."""
    received, receipts = _received(journals)
    lost, disordered, count = [], [], 0
    for subscription in subscriptions:
        sent = list(_sent(store, subscription))
        count += len(sent)
        its = received.get(subscription.id, {})
        wanted = {each.message_id for each in sent}
        if not subscription.filter:
            wanted |= set(published)
        lost += [f"{each} to {subscription.id} is lost" for each in wanted - its.keys()]
        if subscription.ordering is Ordering.INSTANCE:
            disordered += list(_disordered(sent, its, subscription.id))
    distinct = sum(map(len, received.values()))
    return Verdict(
        deliveries=count,
        repeats=receipts - distinct,
        lost=len(lost),
        disordered=len(disordered),
        wrong=(*lost[:20], *disordered[:20]),
    )


def _received(journals: Sequence[Path]) -> tuple[dict[str, dict[str, tuple[int, float]]], int]:
    """For each subscription and message id, its place among the receipts, and when it came."""
    found: dict[str, dict[str, tuple[int, float]]] = defaultdict(dict)
    receipts = 0
    for journal in journals:
        # What a kill cut off was not answered.
        for line in journal.read_bytes().split(b"\n")[:-1]:
            noted = json.loads(line)
            receipts += 1
            found[noted["to"]].setdefault(noted["id"], (receipts, noted["at"]))
    return found, receipts


def _sent(store: Store, subscription: Subscription) -> Iterator[Sent]:
    delivery, event, other = schema.delivery.c, schema.event.c, schema.announcement.c
    message_id = sa.func.coalesce(event.message_id, other.message_id)
    instance = sa.func.coalesce(event.instance_id, other.instance_id)
    statement = (
        sa.select(
            delivery.id, message_id, instance, delivery.ordered_at, delivery.created_at,
            event.correlation_id, event.operation_id, event.phase,
        )
        .outerjoin(schema.event, event.id == delivery.event_id)
        .outerjoin(schema.announcement, other.id == delivery.announcement_id)
        .where(delivery.subscription_id == subscription.id)
        .order_by(delivery.id)
    )  # fmt: skip
    with store.reading() as connection:
        for row in connection.execute(statement):
            *known, correlation, operation, phase = row
            yield Sent(*known, (correlation, operation) if operation else None, phase)


def _disordered(
    sent: Sequence[Sent], its: Mapping[str, tuple[int, float]], to: str
) -> Iterator[str]:
    """What came before something that is ahead of it and was there already."""
    came = sorted(
        (each for each in sent if each.message_id in its),
        key=lambda each: its[each.message_id],
    )
    instances: dict[str, list[Sent]] = defaultdict(list)
    for each in came:
        instances[each.instance].append(each)
    for line in instances.values():
        for early, late in itertools.combinations(line, 2):
            if _is_ahead(late, early) and _was_there(late, early, its[early.message_id][1]):
                yield f"{early} came before {late} to {to}"
    ended: set[tuple[str, str]] = set()
    for each in came:
        if each.operation is None:
            continue
        if each.phase != "start":
            ended.add(each.operation)
        elif each.operation in ended:
            yield f"an end came before its start {each} to {to}"


def _is_ahead(one: Sent, other: Sent) -> bool:
    return (one.ordered_at, one.delivery_id) < (other.ordered_at, other.delivery_id)


def _was_there(late: Sent, early: Sent, early_at: float) -> bool:
    """Whether ``late`` was stored when ``early`` was chosen to be sent.

    Batches are stored one after the other, so what has the smaller id was there.
    """
    if late.delivery_id < early.delivery_id:
        return True
    return late.created_at + _CHOSEN < dt.datetime.fromtimestamp(early_at, dt.UTC)
