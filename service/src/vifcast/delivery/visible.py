"""What a subscription may see, by the policy as it is now: asked at each delivery."""

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

    def view(self, subscription: Subscription, message: Message) -> View:
        """What of this message the subscription gets. Raises UnsendableError: nothing."""
        rule = _EVENTS if isinstance(message, Event) else _RULES.get(message.type, _EVENTS)
        owner = of_owner(subscription.owner)
        try:
            view = self._policy.view(owner, rule)
        except ForbiddenError as error:
            raise UnsendableError(
                f"the subscription's owner may not see it any more: {error}"
            ) from (None)
        for project_id in {subscription.project_id, view.project_id} - {None}:
            if message.project_id != project_id:
                raise UnsendableError(
                    f"it is of project {message.project_id or '(none)'}, and {owner.name}, who "
                    f"owns the subscription, may see project {project_id} only"
                )
        if not view.has_details and _asks_for_hosts(subscription.filter):
            raise UnsendableError(
                f"the filter has the field host, and {owner.name}, who owns the subscription, may "
                "not see compute hosts any more (policy vifcast:host_details)"
            )
        return view


@lru_cache(maxsize=1000)
def _asks_for_hosts(filter_: str) -> bool:
    """Who is sent what happens on one host learns what is on it."""
    return any(each.field == "host" for each in parse(filter_).conditions)
