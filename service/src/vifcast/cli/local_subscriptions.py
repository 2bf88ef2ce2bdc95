"""Subscriptions in the database of this machine, whose user may do everything with them."""

import datetime as dt
from collections.abc import Iterator, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from msgspec import ValidationError, convert

from vifcast.cli.all_pages import all_pages
from vifcast.cli.source import Filter
from vifcast.config import Settings
from vifcast.errors import InvalidValueError
from vifcast.identity.caller import LOCAL
from vifcast.store import DeliveryQuery, Store
from vifcast.subscription.secrets import SignatureKind

if TYPE_CHECKING:
    from vifcast.identity.policy import Policy
    from vifcast.subscribing.deliveries import Deliveries
    from vifcast.subscribing.replays import Replays
    from vifcast.subscribing.subscriptions import Subscriptions

_DAY_S = 86400


class LocalSubscriptions:
    """One store; ``SubscriptionSource`` describes the methods.

    What they need is imported when it is: the other commands need not wait for it.
    """

    def __init__(self, store: Store, settings: Settings) -> None:
        self._database = store
        self._settings = settings

    def create_subscription(self, **fields: Any) -> dict[str, Any]:
        """A new one."""
        from vifcast.subscribing.draft import Draft  # noqa: PLC0415

        made = self._subscriptions.create(LOCAL, _converted(fields, Draft))
        return self._subscriptions.shown.of(made.subscription) | {"secret": made.secret}

    def subscriptions(self, **filters: Filter) -> Iterator[dict[str, Any]]:
        """All of them."""
        kept, shown = self._subscriptions, self._subscriptions.shown
        asked: dict[str, Any] = filters
        return map(shown.of, all_pages(partial(kept.page, LOCAL, **asked)))

    def subscription(self, subscription_id: str) -> dict[str, Any]:
        """One of them."""
        return self._subscriptions.shown.of(self._subscriptions.get(LOCAL, subscription_id))

    def update_subscription(self, subscription_id: str, **changes: Any) -> dict[str, Any]:
        """Replace fields."""
        from vifcast.subscribing.draft import Draft  # noqa: PLC0415

        revision = changes.pop("revision", None)
        given = {name: value for name, value in changes.items() if value is not None}
        # Of a draft that lacks nothing, only what is given is taken.
        draft = _converted({"url": ""} | given, Draft)
        read = {name: getattr(draft, name) for name in given}
        changed = self._subscriptions.update(LOCAL, subscription_id, changes | read, revision)
        return self._subscriptions.shown.of(changed)

    def delete_subscription(self, subscription_id: str) -> None:
        """Remove it."""
        self._subscriptions.remove(LOCAL, subscription_id)

    def pause_subscription(self, subscription_id: str) -> dict[str, Any]:
        """What is for it waits."""
        return self._subscriptions.shown.of(self._subscriptions.pause(LOCAL, subscription_id))

    def resume_subscription(self, subscription_id: str) -> dict[str, Any]:
        """What waits is sent."""
        return self._subscriptions.shown.of(self._subscriptions.resume(LOCAL, subscription_id))

    def test_subscription(self, subscription_id: str) -> dict[str, Any]:
        """Send a test message."""
        from vifcast.subscribing.shown import probe_json  # noqa: PLC0415

        return probe_json(self._subscriptions.test(LOCAL, subscription_id))

    def rotate_secret(self, subscription_id: str, **how: Any) -> dict[str, Any]:
        """A new one."""
        kind = how.get("signing")
        made = self._subscriptions.rotate_secret(
            LOCAL,
            subscription_id,
            dt.timedelta(seconds=how.get("overlap_s", _DAY_S)),
            None if kind is None else SignatureKind(kind),
        )
        return self._subscriptions.shown.of(made.subscription) | {"secret": made.secret}

    def deliveries(self, **filters: Filter) -> Iterator[dict[str, Any]]:
        """Deliveries, newest first."""
        named: dict[str, Any] = {**filters}
        subscription = named.pop("subscription", None)
        query = DeliveryQuery(
            subscriptions=None if subscription is None else (subscription,), **named
        )
        return all_pages(partial(self._deliveries.page, LOCAL, query))

    def delivery(self, delivery_id: int) -> dict[str, Any]:
        """One of them."""
        return self._deliveries.get(LOCAL, delivery_id)

    def attempts(self, delivery_id: int) -> list[dict[str, Any]]:
        """Every try of one."""
        return self._deliveries.attempts(LOCAL, delivery_id)

    def redeliver(self, ids: Sequence[int]) -> list[int]:
        """Have deliveries sent once more."""
        return self._replays.redeliver(LOCAL, ids)

    def recover(self, subscription_id: str, since: dt.datetime) -> int:
        """Have what was given up sent once more."""
        return self._replays.recover(LOCAL, subscription_id, since)

    def start_replay(
        self, subscription_id: str, since: dt.datetime, until: dt.datetime | None = None
    ) -> dict[str, Any]:
        """Have a time of the past sent."""
        return self._replays.start(LOCAL, subscription_id, since, until)

    def replays(self, subscription_id: str) -> Iterator[dict[str, Any]]:
        """Those of a subscription."""
        return all_pages(partial(self._replays.page, LOCAL, subscription_id))

    def replay(self, replay_id: int) -> dict[str, Any]:
        """One of them."""
        return self._replays.get(LOCAL, replay_id)

    def cancel_replay(self, replay_id: int) -> dict[str, Any]:
        """Have nothing more of one sent."""
        return self._replays.cancel(LOCAL, replay_id)

    @cached_property
    def _replays(self) -> "Replays":
        from vifcast.subscribing.replays import Replays  # noqa: PLC0415

        return Replays(self._database, self._policy)

    @cached_property
    def _policy(self) -> "Policy":
        from vifcast.identity.policy import Policy  # noqa: PLC0415

        return Policy(self._settings.config_file)

    @cached_property
    def _subscriptions(self) -> "Subscriptions":
        from vifcast.subscribing.of_settings import subscriptions_of  # noqa: PLC0415

        return subscriptions_of(self._settings, self._database, self._policy)

    @cached_property
    def _deliveries(self) -> "Deliveries":
        from vifcast.subscribing.deliveries import Deliveries  # noqa: PLC0415

        return Deliveries(self._database, self._policy)


def _converted(fields: dict[str, Any], kind: Any) -> Any:
    """As the API would read it. Raises InvalidValueError."""
    try:
        return convert(fields, kind)
    except ValidationError as error:
        raise InvalidValueError(str(error)) from None
