"""What a subscription may see, by the policy as it is now: asked every second."""

from functools import lru_cache

from vifcast.delivery.unsendable import UnsendableError
from vifcast.identity.caller import of_owner
from vifcast.identity.policy import ForbiddenError, Policy, View
from vifcast.model import Event
from vifcast.subscription.expression import parse
from vifcast.subscription.message import Message, MessageType
from vifcast.subscription.subscription import Subscription

_EVENTS = "vifcast:event:list"
_RULES = {
    MessageType.OPENED: "vifcast:attachment:list",
    MessageType.CLOSED: "vifcast:attachment:list",
    MessageType.CORRECTED: "vifcast:attachment:list",
    MessageType.WITHDRAWN: "vifcast:attachment:list",
    MessageType.OVERDUE: "vifcast:operation:list",
}


class Visibility:
    """The owner of a subscription sees by it what it would see by the API."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._views: dict[tuple[str, str], View] = {}

    def refresh(self) -> None:
        """Ask the policy anew, about subscriptions as they are from now on."""
        self._views.clear()

    def view(self, subscription: Subscription, message: Message) -> View:
        """What of this message the subscription gets. Raises UnsendableError: nothing."""
        rule = _EVENTS if isinstance(message, Event) else _RULES.get(message.type, _EVENTS)
        view = self._views.get((subscription.id, rule))
        if view is None:
            view = self._views[subscription.id, rule] = self._view(subscription, rule)
        for project_id in (subscription.project_id, view.project_id):
            if project_id is not None and message.project_id != project_id:
                raise UnsendableError(
                    f"it is of project {message.project_id or '(none)'}, and "
                    f"{subscription.owner.name}, who owns the subscription, may see project "
                    f"{project_id} only"
                )
        return view

    def _view(self, subscription: Subscription, rule: str) -> View:
        owner = subscription.owner
        try:
            view = self._policy.view(of_owner(owner), rule)
        except ForbiddenError as error:
            raise UnsendableError(
                f"the subscription's owner may not see it any more: {error}"
            ) from (None)
        if not view.has_details and _asks_for_hosts(subscription.filter):
            raise UnsendableError(
                f"the filter has the field host, and {owner.name}, who owns the subscription, may "
                "not see compute hosts any more (policy vifcast:host_details)"
            )
        return view


@lru_cache(maxsize=1000)
def _asks_for_hosts(filter_: str) -> bool:
    """Who is sent what happens on one host learns what is on it."""
    return any(each.field == "host" for each in parse(filter_, is_kept=True).conditions)
