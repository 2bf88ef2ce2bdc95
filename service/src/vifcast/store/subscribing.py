"""``Subscribing``: subscriptions made, changed and removed."""

import datetime as dt

import sqlalchemy as sa
from msgspec.structs import replace

from vifcast.store.queries import Page
from vifcast.store.sql import schema
from vifcast.store.store import Store
from vifcast.store.tables import subscriptions
from vifcast.subscription.subscription import Subscription

# What goes with a subscription.
_OF_IT = (schema.busy_line, schema.delivery, schema.destination, schema.replay)


class Subscribing:
    """One database. Methods may be called from any thread; all raise StoreError."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, subscription: Subscription, quota: int | None = None) -> Subscription | None:
        """Keep a new one; None where its project has as many as ``quota`` already."""
        with self._store.writing() as connection:
            there = subscriptions.count_of(connection, subscription.project_id)
            if quota is not None and there >= quota:
                return None
            new = _revised(connection, subscription, subscription.created_at)
            subscriptions.insert(connection, new)
        return new

    def change(self, subscription: Subscription, now: dt.datetime) -> Subscription | None:
        """Keep it as it is now; None where it was removed meanwhile."""
        with self._store.writing() as connection:
            changed = replace(_revised(connection, subscription, now), updated_at=now)
            return changed if subscriptions.update(connection, changed) else None

    def remove(self, subscription_id: str) -> bool:
        """Remove it and what was to be sent to it; whether it was there."""
        with self._store.writing() as connection:
            delivery = schema.delivery.c
            its = sa.select(delivery.id).where(delivery.subscription_id == subscription_id)
            connection.execute(
                sa.delete(schema.attempt).where(schema.attempt.c.delivery_id.in_(its))
            )
            for table in _OF_IT:
                connection.execute(
                    sa.delete(table).where(table.c.subscription_id == subscription_id)
                )
            return subscriptions.delete(connection, subscription_id)

    def get(self, subscription_id: str) -> Subscription | None:
        """One, or None."""
        with self._store.reading() as connection:
            return subscriptions.get(connection, subscription_id)

    def search(
        self, project_id: str | None, *, limit: int, cursor: str | None
    ) -> Page[Subscription]:
        """A page of them, the oldest first; of one project, or None for all.

        Raises InvalidValueError.
        """
        with self._store.reading() as connection:
            return subscriptions.search(connection, project_id, limit=limit, cursor=cursor)


def _revised(connection: sa.Connection, of: Subscription, now: dt.datetime) -> Subscription:
    return replace(of, revision=subscriptions.next_revision(connection, now))
