"""``Deliveries``: what was or is to be sent, as far as the policy lets a caller see it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from vifcast.errors import NotFoundError
from vifcast.identity.caller import Caller
from vifcast.identity.policy import Policy, View
from vifcast.representation import attempt_json, delivery_json
from vifcast.store import MAX_LIMIT, DeliveryQuery, DeliveryReader, Page, Store, Subscribing
from vifcast.subscribing.preview import Preview, preview
from vifcast.subscribing.visible import sees
from vifcast.subscription.delivery import Delivery

_RULE = "vifcast:delivery:list"


class Deliveries:
    """Those of one database, as JSON; from any thread.

    Methods raise ForbiddenError, NotFoundError, InvalidValueError and StoreError.
    """

    def __init__(self, store: Store, policy: Policy) -> None:
        self._deliveries = DeliveryReader(store)
        self._subscriptions = Subscribing(store)
        self._policy = policy

    def page(
        self, caller: Caller, query: DeliveryQuery, *, limit: int, cursor: str | None
    ) -> Page[dict[str, Any]]:
        """A page of those that the caller may see, newest first."""
        view = self._policy.view(caller, _RULE)
        query = self._narrowed(view, query)
        found = self._deliveries.search(query, limit=limit, cursor=cursor)
        messages = self._deliveries.messages(found.items)
        items = [delivery_json(each, messages.get(each.id)) for each in found.items]
        return Page(items, found.next_cursor)

    def get(self, caller: Caller, delivery_id: int) -> dict[str, Any]:
        """One."""
        found = self._visible(caller, delivery_id)
        return delivery_json(found, self._deliveries.messages([found]).get(found.id))

    def attempts(self, caller: Caller, delivery_id: int) -> list[dict[str, Any]]:
        """Those of one, the first one first."""
        found = self._visible(caller, delivery_id)
        return [attempt_json(each) for each in self._deliveries.attempts(found.id)]

    def preview(self, caller: Caller, delivery_id: int, header_names: Sequence[str]) -> Preview:
        """What is sent of one, as its subscription is now, which has these headers of its own."""
        found = self._visible(caller, delivery_id)
        return preview(
            self._subscriptions.get(found.subscription_id),
            self._deliveries.messages([found]).get(found.id),
            found.replay_id,
            header_names,
            self._policy,
        )

    def _visible(self, caller: Caller, delivery_id: int) -> Delivery:
        view = self._policy.view(caller, _RULE)
        found = self._deliveries.get(delivery_id)
        if found is not None:
            of = self._subscriptions.get(found.subscription_id)
            if of is not None and sees(self._policy, view, of):
                return found
        raise NotFoundError(f"there is no delivery {delivery_id}")

    def _narrowed(self, view: View, query: DeliveryQuery) -> DeliveryQuery:
        """The query, over what the caller sees."""
        if view.project_id is None:
            return query
        visible: list[str] = []
        cursor = None
        while True:
            page = self._subscriptions.search(view.project_id, limit=MAX_LIMIT, cursor=cursor)
            visible += [each.id for each in page.items if sees(self._policy, view, each)]
            cursor = page.next_cursor
            if cursor is None:
                break
        wanted = query.subscriptions
        of = visible if wanted is None else [each for each in wanted if each in visible]
        return replace(query, subscriptions=tuple(of))
