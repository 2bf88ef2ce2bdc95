"""``Upkeep``: what has to be looked after beside the sending, by any process that delivers."""

import datetime as dt

import sqlalchemy as sa

from vifcast.store.projection import overdue
from vifcast.store.retention import deliveries as old
from vifcast.store.retention.walk import Pause, Walk
from vifcast.store.sql import schema
from vifcast.store.store import Store
from vifcast.store.tables import deliveries, stuck_lines

# Of operations that became overdue while nobody looked, those of so long are announced.
_LOOK_BACK = dt.timedelta(days=1)
_MOST = 500
_LINES = 200
_BATCH = 1000
# Others get their turn between two batches.
_PAUSE_S = 0.05


class Upkeep:
    """One database. Methods may be called from any thread; all raise StoreError."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._overdue_after = dt.timedelta(seconds=store.overdue_after_s)

    def announce_overdue(self, now: dt.datetime) -> int:
        """Announce operations that became overdue and are not announced yet; how many."""
        until = now - self._overdue_after
        since = until - _LOOK_BACK
        with self._store.reading() as connection:
            interests = self._store.interests(connection)
            if not interests:
                return 0
            # Nobody is sent what became overdue before he subscribed.
            since = max(since, min(each.created_at for each in interests) - self._overdue_after)
            if not overdue.find(connection, since, until, 1):
                return 0
        with self._store.writing() as connection:
            found = overdue.find(connection, since, until, _MOST)
            interests = self._store.interests(connection)
            return overdue.announce(connection, interests, found, self._overdue_after, now)

    def give_up(self, days: int, now: dt.datetime, pause: Pause) -> int:
        """Make deliveries dead that have waited for so many days; how many."""
        before = now - dt.timedelta(days=days)
        error = (
            f"it waited for {days} days, which is undelivered_days in [retention]; redeliver sends "
            "it again"
        )
        return Walk(self._store, _BATCH, pause).through(
            lambda connection, position, limit: old.to_give_up(connection, before, position, limit),
            lambda connection, ids: old.give_up(connection, ids, error, now),
        )

    def delete_removed(self, pause: Pause) -> int:
        """Delete deliveries of subscriptions that were removed; how many."""
        total = 0
        while True:
            with self._store.reading() as connection:
                ids = old.of_removed(connection, _BATCH)
            if ids:
                with self._store.sharing() as connection:
                    old.delete(connection, ids)
            total += len(ids)
            if not ids or pause(_PAUSE_S):
                return total

    def wake_stuck(self, now: dt.datetime) -> int:
        """Give their turn to deliveries that nobody else would give it to; how many."""
        woken = 0
        with self._store.sharing() as connection:
            stuck_lines.remove_expired(connection, now)
        with self._store.reading() as connection:
            subscriptions = list(connection.scalars(sa.select(schema.subscription.c.id)))
        for subscription_id in subscriptions:
            after: str | None = ""
            while after is not None:
                with self._store.reading() as connection:
                    found, next_after = stuck_lines.find(connection, subscription_id, after, _LINES)
                if found:
                    # As things are now: the line may have been taken meanwhile.
                    with self._store.sharing() as connection:
                        found, _ = stuck_lines.find(connection, subscription_id, after, _LINES)
                        deliveries.wake(connection, found, now)
                    woken += len(found)
                after = next_after
        return woken
