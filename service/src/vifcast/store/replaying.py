"""``Replaying``: deliveries made once more, of single messages or of a time of the past."""

import datetime as dt
from collections.abc import Callable, Collection, Sequence
from typing import TypeVar

import sqlalchemy as sa

from vifcast.errors import ConflictError
from vifcast.store.queries import Page
from vifcast.store.replay_feed import next_step, take
from vifcast.store.store import Store
from vifcast.store.tables import events, feed, redeliveries, replays, subscriptions
from vifcast.subscription.delivery import Replay, ReplayProgress, ReplayState

_AT_ONCE = 500

T = TypeVar("T")


class Replaying:
    """One database. Methods may be called from any thread; all raise StoreError."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def subscriptions_of(self, ids: Collection[int]) -> dict[int, str]:
        """For whom these deliveries are, those of them that are there."""
        return self._read(lambda connection: redeliveries.subscriptions_of(connection, ids))

    def redeliver(self, ids: Collection[int], now: dt.datetime) -> list[int]:
        """Have these sent once more; those of them that were, which wait for nothing."""
        done: list[int] = []
        wanted = sorted(set(ids))
        for place in range(0, len(wanted), _AT_ONCE):
            with self._store.sharing() as connection:
                earlier = redeliveries.finished(connection, wanted[place : place + _AT_ONCE])
                redeliveries.insert(connection, earlier, now)
            done += [each.id for each in earlier]
        return done

    def recover(self, subscription_id: str, since: dt.datetime, now: dt.datetime) -> int:
        """Have all that was given up since then sent once more; how many.

        In parts: what is done when it is cut short is not done again.
        """
        count = after = 0
        while True:
            with self._store.sharing() as connection:
                given_up = redeliveries.dead(connection, subscription_id, since, after, _AT_ONCE)
                redeliveries.insert(connection, given_up, now)
            if not given_up:
                return count
            count += len(given_up)
            after = given_up[-1].id

    def start(
        self,
        subscription_id: str,
        since: dt.datetime,
        until: dt.datetime,
        requested_by: str,
        now: dt.datetime,
    ) -> Replay | None:
        """Begin to replay what occurred in that time; None where there is no such subscription.

        Raises ConflictError where another one of the subscription is running.
        """
        with self._store.writing() as connection:
            if subscriptions.get(connection, subscription_id) is None:
                return None
            running = replays.running_of(connection, subscription_id)
            if running is not None:
                raise ConflictError(
                    f"replay {running} of subscription {subscription_id} is running; wait until "
                    "it has ended, or cancel it"
                )
            last = events.last_id(connection)
            new = Replay(
                id=0,
                subscription_id=subscription_id,
                since_at=since,
                until_at=min(until, now),
                state=ReplayState.RUNNING,
                position=feed.position_of(connection, since, last),
                until_id=last,
                scheduled=0,
                requested_by=requested_by,
                created_at=now,
                finished_at=None,
            )
            return replays.get(connection, replays.insert(connection, new))

    def get(self, replay_id: int) -> Replay | None:
        """One, or None."""
        return self._read(lambda connection: replays.get(connection, replay_id))

    def progress(self, replay: Replay) -> ReplayProgress:
        """What became of its deliveries."""
        return self._read(lambda connection: replays.progress(connection, replay))

    def share(self, replay: Replay) -> float:
        """How much of what it sends is delivered, given up or cancelled, from 0 to 1.

        How much it sends in all is reckoned by the events that it has looked at.
        """
        if not replay.scheduled:
            return 0.0
        sent = 1 - self.progress(replay).waiting / replay.scheduled
        first = self._read(
            lambda connection: feed.position_of(connection, replay.since_at, replay.until_id)
        )
        events = replay.until_id - first
        looked_at = (replay.position - first) / events if events > 0 else 1.0
        return max(0.0, sent) * min(1.0, max(0.0, looked_at))

    def search(self, subscription_id: str, *, limit: int, cursor: str | None) -> Page[Replay]:
        """A page of those of a subscription, the newest first. Raises InvalidValueError."""
        return self._read(
            lambda connection: replays.search(
                connection, subscription_id, limit=limit, cursor=cursor
            )
        )

    def cancel(self, replay: Replay, now: dt.datetime) -> bool:
        """Send nothing more of it than is being sent; False where it has ended already."""
        with self._store.sharing() as connection:
            is_new = replays.cancel(connection, replay.id, now)
        if not is_new:
            return False
        with self._store.sharing() as connection:
            replays.cancel_waiting(connection, replay, now)
        return is_new

    def running(self) -> Sequence[Replay]:
        """Those of which deliveries are to be made."""
        return self._read(replays.running)

    def feed(self, replay: Replay, now: dt.datetime) -> bool:
        """Make some deliveries of it, as far as there is room; whether anything was done.

        It goes on from where the replay is, whoever brought it there, and makes each delivery once.
        """
        with self._store.reading() as connection:
            step = next_step(connection, replay)
        if step is None:
            return False
        # Announcements are stored by those who write, one after the other.
        open_transaction = self._store.writing if step.announced else self._store.sharing
        with open_transaction() as connection:
            return take(connection, replay, step, now)

    def cancel_returned(self, now: dt.datetime) -> None:
        """Cancel what was being sent when its replay was cancelled, and failed."""
        for each in self._read(lambda connection: replays.cancelled_lately(connection, now)):
            with self._store.sharing() as connection:
                replays.cancel_waiting(connection, each, now)

    def _read(self, read: Callable[[sa.Connection], T]) -> T:
        with self._store.reading() as connection:
            return read(connection)
