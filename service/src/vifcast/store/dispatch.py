"""``Dispatch``: what whoever delivers asks of the store."""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence

from vifcast.store.store import Store
from vifcast.store.tables import deliveries, messages, subscriptions
from vifcast.store.tables.deliveries import Claim, Outcome
from vifcast.subscription.delivery import Delivery
from vifcast.subscription.message import Message
from vifcast.subscription.subscription import Subscription


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

    def claim(self, by: Claim) -> list[list[Delivery]]:
        """Take what is due: runs of deliveries, each of which is to be sent in its order."""
        with self._store.sharing() as connection:
            return deliveries.claim(connection, by)

    def messages(self, of: Iterable[Delivery]) -> dict[int, Message]:
        """What the deliveries are about, by their ids; left out where it was deleted."""
        with self._store.reading() as connection:
            return messages.of_deliveries(connection, of)

    def finish(
        self,
        subscription_id: str,
        worker: str,
        now: dt.datetime,
        outcomes: Sequence[Outcome],
        lines: Collection[str],
    ) -> None:
        """Note what became of deliveries, and give back their lines."""
        with self._store.sharing() as connection:
            deliveries.finish(connection, subscription_id, worker, now, outcomes, lines)
