"""``Replays``: what is sent once more, as far as the policy lets a caller have it."""

import datetime as dt
import logging
from collections.abc import Sequence
from typing import Any

from vifcast import times
from vifcast.errors import InvalidValueError, NotFoundError
from vifcast.identity.caller import Caller
from vifcast.identity.policy import Policy
from vifcast.representation import replay_json
from vifcast.store import Page, Replaying, Store, Subscribing
from vifcast.subscribing.visible import sees
from vifcast.subscription.delivery import Replay
from vifcast.subscription.subscription import Subscription

LOG = logging.getLogger(__name__)

_REDELIVER = "vifcast:delivery:redeliver"
_LIST = "vifcast:replay:list"
_CREATE = "vifcast:replay:create"


class Replays:
    """Those of one database, as JSON, for any caller; from any thread.

    Methods raise ForbiddenError, NotFoundError, InvalidValueError, ConflictError and StoreError.
    """

    def __init__(self, store: Store, policy: Policy) -> None:
        self._replaying = Replaying(store)
        self._subscriptions = Subscribing(store)
        self._policy = policy

    def redeliver(self, caller: Caller, ids: Sequence[int]) -> list[int]:
        """Have these deliveries sent once more; those of them that are."""
        owners = self._replaying.subscriptions_of(ids)
        view = self._policy.view(caller, _REDELIVER)
        seen = {
            each
            for each in set(owners.values())
            if (of := self._subscriptions.get(each)) is not None and sees(self._policy, view, of)
        }
        for each in ids:
            if owners.get(each) not in seen:
                raise NotFoundError(f"there is no delivery {each}")
        done = self._replaying.redeliver(ids, times.now())
        LOG.info("%d deliveries sent once more for %s", len(done), caller.name)
        return done

    def recover(self, caller: Caller, subscription_id: str, since: dt.datetime) -> int:
        """Have all that was given up since then sent once more; how many."""
        found = self._subscription(caller, subscription_id, _REDELIVER)
        count = self._replaying.recover(found.id, since, times.now())
        LOG.info("%d deliveries of subscription %s recovered by %s", count, found.id, caller.name)
        return count

    def start(
        self, caller: Caller, subscription_id: str, since: dt.datetime, until: dt.datetime | None
    ) -> dict[str, Any]:
        """Have what occurred in that time sent to a subscription."""
        found = self._subscription(caller, subscription_id, _CREATE)
        now = times.now()
        end = min(until or now, now)
        if since >= end:
            raise InvalidValueError(
                f"since: {times.to_text(since)} is not before the end of the time, "
                f"{times.to_text(end)}; nothing of the future can be replayed"
            )
        made = self._replaying.start(found.id, since, end, caller.name, now)
        if made is None:
            raise _no_subscription(subscription_id)
        LOG.info("replay %d of subscription %s begun by %s", made.id, found.id, caller.name)
        return self._json(made)

    def page(
        self, caller: Caller, subscription_id: str, *, limit: int, cursor: str | None
    ) -> Page[dict[str, Any]]:
        """A page of those of a subscription, the newest first."""
        found = self._subscription(caller, subscription_id, _LIST)
        page = self._replaying.search(found.id, limit=limit, cursor=cursor)
        return Page([self._json(each) for each in page.items], page.next_cursor)

    def get(self, caller: Caller, replay_id: int) -> dict[str, Any]:
        """One."""
        return self._json(self._replay(caller, replay_id, _LIST))

    def share(self, caller: Caller, replay_id: int) -> float:
        """How much of what one sends is delivered, given up or cancelled, from 0 to 1."""
        return self._replaying.share(self._replay(caller, replay_id, _LIST))

    def cancel(self, caller: Caller, replay_id: int) -> dict[str, Any]:
        """Send nothing more of one."""
        found = self._replay(caller, replay_id, _CREATE)
        if self._replaying.cancel(found, times.now()):
            LOG.info("replay %d cancelled by %s", found.id, caller.name)
        return self._json(self._replaying.get(replay_id) or found)

    def _replay(self, caller: Caller, replay_id: int, rule: str) -> Replay:
        view = self._policy.view(caller, rule)
        found = self._replaying.get(replay_id)
        if found is not None:
            of = self._subscriptions.get(found.subscription_id)
            if of is not None and sees(self._policy, view, of):
                return found
        raise NotFoundError(f"there is no replay {replay_id}")

    def _subscription(self, caller: Caller, subscription_id: str, rule: str) -> Subscription:
        view = self._policy.view(caller, rule)
        found = self._subscriptions.get(subscription_id)
        if found is None or not sees(self._policy, view, found):
            raise _no_subscription(subscription_id)
        return found

    def _json(self, replay: Replay) -> dict[str, Any]:
        return replay_json(replay, self._replaying.progress(replay))


def _no_subscription(subscription_id: str) -> NotFoundError:
    return NotFoundError(f"there is no subscription {subscription_id[:60]!r}")
