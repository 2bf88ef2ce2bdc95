"""``Dispatch``: what whoever delivers asks of the store."""

import datetime as dt
import random
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import TypeVar

from vifcast.errors import StoreConflictError
from vifcast.store.store import Store
from vifcast.store.tables import (
    claims,
    deliveries,
    destinations,
    messages,
    processes,
    standings,
    subscriptions,
)
from vifcast.store.tables.claims import Claim
from vifcast.store.tables.deliveries import Done, Outcome
from vifcast.subscription.circuit import Result
from vifcast.subscription.delivery import Delivery
from vifcast.subscription.message import Message
from vifcast.subscription.standing import Standing
from vifcast.subscription.subscription import Destination, Subscription

# Before another attempt, where two transactions waited for each other.
_PAUSES_S = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2)

T = TypeVar("T")


class Dispatch:
    """One database. Methods may be called from any thread; all raise StoreError."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def subscriptions(self) -> list[Subscription]:
        """All of them."""
        with self._store.reading() as connection:
            return subscriptions.read(connection)

    def due(self, subscription_ids: Collection[str], now: dt.datetime) -> set[str]:
        """Those of the subscriptions that have something to be sent now."""
        with self._store.reading() as connection:
            return deliveries.due_subscriptions(connection, subscription_ids, now)

    def destinations(self) -> dict[str, Destination]:
        """How sending goes, by subscription; only those that something was sent to."""
        with self._store.reading() as connection:
            return {each.subscription_id: each for each in destinations.read(connection)}

    def standings(self) -> list[Standing]:
        """How it goes with each subscription, the oldest first."""
        with self._store.reading() as connection:
            return standings.read(connection)

    def deliverers(self, now: dt.datetime) -> int:
        """How many processes send, by their own reports; at least one."""
        with self._store.reading() as connection:
            known = processes.read(connection)
        return max(1, sum(each.role.delivers and not each.is_silent(now) for each in known))

    def claim(self, by: Claim, probe_of: dt.datetime | None = None) -> list[list[Delivery]]:
        """Take what is due: runs of deliveries, each of which is to be sent in its order.

        ``probe_of``: the circuit of the destination was open until then. Of all who have seen
        that, one is given something.
        """
        return _again(lambda: self._claim(by, probe_of))

    def _claim(self, by: Claim, probe_of: dt.datetime | None) -> list[list[Delivery]]:
        with self._store.sharing() as connection:
            subscription_id = by.subscription_id
            if probe_of is None:
                return claims.claim(connection, by)
            if not destinations.take_probe(connection, subscription_id, probe_of, by.until):
                return []
            runs = claims.claim(connection, by)
            if not runs:
                destinations.give_back_probe(connection, subscription_id, probe_of)
            return runs

    def messages(self, of: Iterable[Delivery]) -> dict[int, Message]:
        """What the deliveries are about, by their ids; left out where it was deleted."""
        with self._store.reading() as connection:
            return messages.of_deliveries(connection, of)

    def finish(
        self, worker: str, now: dt.datetime, done: Sequence[Done], opens_after: int
    ) -> dict[str, Destination]:
        """Note what became of deliveries, and give back their lines: in one transaction.

        The destinations as they are then, by subscription, but those where nothing was sent; the
        circuit of one opens after so many failures in a row. When it is well again what has failed
        before is due.
        """
        # In one order, so that two who write of the same ones do not wait for each other.
        done = sorted(done, key=lambda each: each.subscription_id)
        return _again(lambda: self._finish(worker, now, done, opens_after))

    def _finish(
        self, worker: str, now: dt.datetime, done: Sequence[Done], opens_after: int
    ) -> dict[str, Destination]:
        results = {each.subscription_id: _results(each.outcomes) for each in done}
        with self._store.sharing() as connection:
            # Before the deliveries, as whoever claims a probe locks them.
            changed = destinations.record(
                connection, {key: each for key, each in results.items() if each}, now, opens_after
            )
            deliveries.finish(connection, worker, now, done)
            for subscription_id, (before, after) in changed.items():
                if before.opened and not after.opened:
                    deliveries.hasten(connection, subscription_id, now)
        return {subscription_id: after for subscription_id, (_, after) in changed.items()}


def _results(outcomes: Sequence[Outcome]) -> list[Result]:
    # Several can have been sent in one request.
    found = {
        each.attempt.started_at: Result(error=each.error, is_probe=each.is_probe)
        for each in outcomes
        if each.attempt is not None
    }
    return list(found.values())


def _again(work: Callable[[], T]) -> T:
    """Do it until no other process is in the way, which on MariaDB happens now and then."""
    for pause_s in _PAUSES_S:
        try:
            return work()
        except StoreConflictError:
            time.sleep(random.uniform(pause_s / 2, pause_s))  # noqa: S311 - no secret
    return work()
