"""Subscriptions for tests, and what is sent to them."""

import datetime as dt
import itertools
from typing import Any

from vifcast.store.dispatch import Dispatch
from vifcast.store.store import Store
from vifcast.store.subscribing import Subscribing
from vifcast.store.tables.claims import Claim
from vifcast.store.tables.deliveries import Done, Outcome
from vifcast.subscription.delivery import Delivery, DeliveryState
from vifcast.subscription.subscription import (
    Destination,
    Format,
    Ordering,
    Owner,
    Subscription,
    SubscriptionState,
    Target,
)

T1 = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
LEASE = dt.timedelta(seconds=60)
OPENS_AFTER = 5
ADMIN = Owner(name="admin", user_id=None, project_id=None, is_system=True, roles=("admin",))
_numbers = itertools.count(1)


def make_subscription(**changes: Any) -> Subscription:
    """A subscription to everything; every field can be given."""
    values: dict[str, Any] = {
        "id": f"00000000-0000-4000-8000-{next(_numbers):012}",
        "description": "",
        "target": Target.WEBHOOK,
        "url": "http://127.0.0.1:1/",
        "format": Format.PLAIN,
        "filter": "",
        "ordering": Ordering.INSTANCE,
        "rate_per_s": None,
        "project_id": None,
        "owner": ADMIN,
        "settings": {},
        "secrets": None,
        "state": SubscriptionState.ACTIVE,
        "state_reason": None,
        "state_at": T1,
        "created_at": T1,
        "updated_at": T1,
        "revision": 0,
    }
    return Subscription(**values | changes)


def subscribe(store: Store, **changes: Any) -> Subscription:
    """Keep one."""
    added = Subscribing(store).add(make_subscription(**changes))
    assert added is not None
    return added


def claim(
    store: Store,
    subscription: Subscription,
    now: dt.datetime,
    *,
    worker: str = "worker-1",
    limit: int = 100,
    run: int = 1,
    lines: int | None = None,
) -> list[list[Delivery]]:
    """What a process is given to send."""
    wanted = Claim(
        subscription_id=subscription.id,
        worker=worker,
        now=now,
        until=now + LEASE,
        limit=limit,
        run=run,
        lines=lines,
    )
    return Dispatch(store).claim(wanted)


def outcome(of: Delivery, state: DeliveryState, **changes: Any) -> Outcome:
    """What became of one."""
    return Outcome(delivery_id=of.id, state=state, attempts=of.attempts + 1, **changes)


def finish(
    store: Store,
    subscription: Subscription,
    outcomes: list[Outcome],
    lines: list[str],
    now: dt.datetime,
    worker: str = "worker-1",
) -> Destination | None:
    """Note it; the destination as it is then, where something was sent."""
    done = Done(subscription_id=subscription.id, outcomes=outcomes, lines=lines)
    return Dispatch(store).finish(worker, now, [done], OPENS_AFTER).get(subscription.id)


def sent(store: Store, subscription: Subscription, now: dt.datetime, run: int = 1) -> list[Any]:
    """All messages that are sent to it until nothing is due, in order."""
    found = []
    while runs := claim(store, subscription, now, run=run):
        messages = Dispatch(store).messages(each for of in runs for each in of)
        found += [messages[each.id] for of in runs for each in of]
        done = [
            outcome(each, DeliveryState.DELIVERED, finished_at=now) for of in runs for each in of
        ]
        lines = [of[0].line for of in runs if of[0].line is not None]
        finish(store, subscription, done, lines, now)
    return found
