"""``DeliveryReader``: deliveries and their attempts, for who looks at them."""

import datetime as dt
from collections.abc import Iterable

from vifcast.store.dispatch import Dispatch
from vifcast.store.queries import DeliveryQuery, Page
from vifcast.store.store import Store
from vifcast.store.tables import delivery_search
from vifcast.subscription.delivery import Attempt, Delivery, DeliveryState
from vifcast.subscription.message import Message


class DeliveryReader:
    """One database. Methods may be called from any thread; all raise StoreError."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._dispatch = Dispatch(store)

    def search(self, query: DeliveryQuery, *, limit: int, cursor: str | None) -> Page[Delivery]:
        """A page, newest first. Raises InvalidValueError."""
        with self._store.reading() as connection:
            return delivery_search.search(connection, query, limit=limit, cursor=cursor)

    def count_since(self, since: dt.datetime) -> dict[str, dict[DeliveryState, int]]:
        """How many of those made since then are in each state, by subscription."""
        with self._store.reading() as connection:
            return delivery_search.count_since(connection, since)

    def get(self, delivery_id: int) -> Delivery | None:
        """One, or None."""
        with self._store.reading() as connection:
            return delivery_search.get(connection, delivery_id)

    def attempts(self, delivery_id: int) -> list[Attempt]:
        """Those of a delivery, the first one first."""
        with self._store.reading() as connection:
            return delivery_search.attempts(connection, delivery_id)

    def messages(self, of: Iterable[Delivery]) -> dict[int, Message]:
        """What the deliveries are about, by their ids; left out where it was deleted."""
        return self._dispatch.messages(of)
