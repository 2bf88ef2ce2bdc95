"""``SubscriptionCalls``: what of ``Client`` is about subscriptions and deliveries."""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

from vifcast import decoding, times
from vifcast.client.paged import Filter, Paged
from vifcast.errors import InvalidValueError


class SubscriptionCalls(Paged):
    """Answers are as the API gives them."""

    def create_subscription(self, **fields: Any) -> dict[str, Any]:
        """Have messages sent to ``url``; fields are those of docs/subscriptions.md.

        The ``secret`` of the answer is shown this once.
        """
        return self._connection.change("subscriptions", decoding.as_it_is, fields)

    def subscriptions(self, **filters: Filter) -> Iterator[dict[str, Any]]:
        """Subscriptions, the oldest first."""
        return self._all("subscriptions", decoding.as_it_is, filters)

    def subscription(self, subscription_id: str) -> dict[str, Any]:
        """One of them, and how sending to it goes. Raises NotFoundError."""
        return self._connection.read(_path(subscription_id), decoding.as_it_is)

    def update_subscription(self, subscription_id: str, **changes: Any) -> dict[str, Any]:
        """Replace fields; with ``revision`` only if it still has that. Raises ConflictError."""
        return self._connection.change(
            _path(subscription_id), decoding.as_it_is, changes, method="PATCH"
        )

    def delete_subscription(self, subscription_id: str) -> None:
        """Remove it, and what was to be sent to it."""
        self._connection.remove(_path(subscription_id))

    def pause_subscription(self, subscription_id: str) -> dict[str, Any]:
        """Have what is for it wait."""
        return self._done_with(subscription_id, "pause")

    def resume_subscription(self, subscription_id: str) -> dict[str, Any]:
        """Have what waits sent, also of one that was disabled."""
        return self._done_with(subscription_id, "resume")

    def test_subscription(self, subscription_id: str) -> dict[str, Any]:
        """Have a test message sent now; what was sent, and what came of it."""
        return self._done_with(subscription_id, "test")

    def rotate_secret(self, subscription_id: str, **how: Any) -> dict[str, Any]:
        """A new ``secret``; the present ones go on signing for ``overlap_s``."""
        return self._done_with(subscription_id, "rotate-secret", how)

    def deliveries(self, **filters: Filter) -> Iterator[dict[str, Any]]:
        """Deliveries, newest first: each is one message for one subscription."""
        return self._all("deliveries", decoding.as_it_is, filters)

    def delivery(self, delivery_id: int) -> dict[str, Any]:
        """One of them. Raises NotFoundError."""
        return self._connection.read(f"deliveries/{delivery_id:d}", decoding.as_it_is)

    def attempts(self, delivery_id: int) -> list[dict[str, Any]]:
        """Every try of a delivery, the first one first. Raises NotFoundError."""
        found: list[dict[str, Any]] = self._connection.read(
            f"deliveries/{delivery_id:d}/attempts", lambda answer: answer["items"]
        )
        return found

    def redeliver(self, ids: Sequence[int]) -> list[int]:
        """Have deliveries that are final sent once more; those that are. Raises NotFoundError."""
        found: list[int] = self._connection.change(
            "deliveries/redeliver", lambda answer: answer["ids"], {"ids": list(ids)}
        )
        return found

    def recover(self, subscription_id: str, since: dt.datetime | str) -> int:
        """Have all that was given up since then sent once more; how many."""
        return int(self._done_with(subscription_id, "recover", {"since": _time(since)})["count"])

    def start_replay(
        self,
        subscription_id: str,
        since: dt.datetime | str,
        until: dt.datetime | str | None = None,
    ) -> dict[str, Any]:
        """Have a time of the past sent to a subscription. Raises ConflictError where one runs."""
        body = {"since": _time(since), "until": None if until is None else _time(until)}
        return self._done_with(subscription_id, "replays", body)

    def replays(self, subscription_id: str) -> Iterator[dict[str, Any]]:
        """Those of a subscription, newest first."""
        return self._all(f"{_path(subscription_id)}/replays", decoding.as_it_is, {})

    def replay(self, replay_id: int) -> dict[str, Any]:
        """One, and how far it is. Raises NotFoundError."""
        return self._connection.read(f"replays/{replay_id:d}", decoding.as_it_is)

    def cancel_replay(self, replay_id: int) -> dict[str, Any]:
        """Have nothing more of one sent. Raises NotFoundError."""
        return self._connection.change(f"replays/{replay_id:d}", decoding.as_it_is, method="DELETE")

    def _done_with(
        self, subscription_id: str, what: str, body: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        path = f"{_path(subscription_id)}/{what}"
        return self._connection.change(path, decoding.as_it_is, body)


def _time(moment: dt.datetime | str) -> str:
    if isinstance(moment, str):
        return moment
    return times.to_text(moment) or ""


def _path(subscription_id: str) -> str:
    if not subscription_id:
        raise InvalidValueError("the id of the subscription is empty")
    return f"subscriptions/{quote(subscription_id, safe='')}"
