"""``Subscribing``: subscriptions made, changed and removed."""

import datetime as dt
from collections.abc import Sequence

import msgspec
import sqlalchemy as sa
from msgspec.structs import replace

from vifcast.store.projection import fan_out
from vifcast.store.queries import Page
from vifcast.store.retention import deliveries as old
from vifcast.store.sql import schema
from vifcast.store.store import Store
from vifcast.store.tables import deliveries, destinations, standings, subscriptions
from vifcast.subscription.delivery import DeliveryState
from vifcast.subscription.message import Announcement, MessageType, notice
from vifcast.subscription.standing import Standing
from vifcast.subscription.subscription import Destination, Subscription, SubscriptionState

_encode = msgspec.json.Encoder().encode

# What goes with a subscription.
_OF_IT = (schema.busy_line, schema.destination, schema.replay)
_BATCH = 1000
_BATCHES = 3


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
        """Keep it as it is now; None where it was removed meanwhile, or changed since it was read.

        Its ``revision`` is the one that was read.
        """
        with self._store.writing() as connection:
            changed = replace(_revised(connection, subscription, now), updated_at=now)
            before = subscriptions.get(connection, subscription.id)
            if before is None or not subscriptions.update(
                connection, changed, subscription.revision
            ):
                return None
            if _begins_anew(before, changed):
                destinations.forget(connection, changed.id)
                deliveries.hasten(connection, changed.id, now)
            return changed

    def disable(
        self, subscription_id: str, reason: str, since: dt.datetime, now: dt.datetime
    ) -> Subscription | None:
        """Send nothing more until a person resumes it; None where it is not active any more.

        ``since``: from when the reason is; what was resumed later is left alone. Other
        subscriptions that ask for that are sent an announcement. What waits is kept.
        """
        with self._store.writing() as connection:
            known = subscriptions.get(connection, subscription_id)
            if known is None or known.state is not SubscriptionState.ACTIVE:
                return None
            if known.state_at > since:
                return None
            disabled = replace(
                _revised(connection, known, now),
                state=SubscriptionState.DISABLED,
                state_reason=reason,
                state_at=now,
                updated_at=now,
            )
            subscriptions.update(connection, disabled, known.revision)
            others = [
                each for each in self._store.interests(connection) if each.id != subscription_id
            ]
            announcement = _disabled(disabled, reason, now)
            if any(each.wants(announcement) for each in others):
                new = fan_out.announce(connection, others, [announcement], {}, now)
                deliveries.insert(connection, list(new))
            return disabled

    def remove(self, subscription_id: str) -> bool:
        """Remove it and what was to be sent to it; whether it was there.

        Of many deliveries the rest is deleted later (``Upkeep.delete_removed``).
        """
        with self._store.writing() as connection:
            is_removed = subscriptions.delete(connection, subscription_id)
            for table in _OF_IT:
                connection.execute(
                    sa.delete(table).where(table.c.subscription_id == subscription_id)
                )
        for _ in range(_BATCHES):
            with self._store.sharing() as connection:
                ids = old.of_subscription(connection, subscription_id, _BATCH)
                if not ids:
                    break
                old.delete(connection, ids)
        return is_removed

    def secrets(self) -> dict[str, str]:
        """The encrypted secrets of all that have some, by id."""
        with self._store.reading() as connection:
            return {
                each.id: each.secrets
                for each in subscriptions.read(connection)
                if each.secrets is not None
            }

    def reseal(self, subscription_id: str, was: str, sealed: str) -> bool:
        """Keep other encrypted secrets for those that were read; whether they were still there."""
        with self._store.writing() as connection:
            return subscriptions.reseal(connection, subscription_id, was, sealed)

    def destinations(self, of: Sequence[Subscription]) -> dict[str, Destination]:
        """How sending to these goes, by id; none of those that nothing was sent to."""
        with self._store.reading() as connection:
            found = destinations.of_subscriptions(connection, [each.id for each in of])
        return {each.subscription_id: each for each in found}

    def standings(self, of: Sequence[Subscription], most: int) -> list[Standing]:
        """How it goes with these; of each, no more than ``most`` and one waiting are counted."""
        with self._store.reading() as connection:
            return standings.of_subscriptions(connection, of, most)

    def delivered_since(self, subscription_id: str, since: dt.datetime, most: int) -> int:
        """How many of the newest ``most`` that are delivered were delivered since then."""
        with self._store.reading() as connection:
            return standings.delivered_since(connection, subscription_id, since, most)

    def given_up(self, subscription_id: str, most: int) -> int:
        """How many deliveries are dead, counted no further than ``most`` and one."""
        with self._store.reading() as connection:
            return standings.count(connection, subscription_id, DeliveryState.DEAD, most)

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


def _begins_anew(before: Subscription, after: Subscription) -> bool:
    """Whether what failed before says nothing about how it goes from now on."""
    is_resumed = (
        after.state is SubscriptionState.ACTIVE and before.state is not SubscriptionState.ACTIVE
    )
    return is_resumed or (before.url, before.secrets) != (after.url, after.secrets)


def _disabled(of: Subscription, reason: str, now: dt.datetime) -> Announcement:
    # Not its URL, which may have a secret in it.
    data = {"subscription_id": of.id, "description": of.description, "reason": reason}
    kind = MessageType.SUBSCRIPTION_DISABLED
    return notice(kind, of.id, of.project_id, now, _encode(data).decode())


def _revised(connection: sa.Connection, of: Subscription, now: dt.datetime) -> Subscription:
    return replace(of, revision=subscriptions.next_revision(connection, now))
