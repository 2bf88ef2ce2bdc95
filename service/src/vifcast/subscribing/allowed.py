"""``Allowed``: what the policy lets a caller have in a subscription, and where it may be sent."""

from collections.abc import Callable
from typing import Any

from vifcast.identity.caller import Caller
from vifcast.identity.policy import ForbiddenError, Policy, View
from vifcast.subscribing.draft import Draft
from vifcast.subscription import expression
from vifcast.subscription.subscription import Format, Target

RefuseUrl = Callable[[str], None]


class Allowed:
    """``refuse`` raises InvalidValueError for a URL that must not be sent to."""

    def __init__(self, policy: Policy, refuse: RefuseUrl) -> None:
        self._policy = policy
        self._refuse = refuse

    def draft(
        self, caller: Caller, owner: Caller, draft: Draft, changes: dict[str, Any] | None = None
    ) -> Draft:
        """The draft, as far as its owner sees what it asks for. Raises ForbiddenError."""
        if draft.target is Target.AMQP:
            self._policy.require(caller, "vifcast:subscription:create_amqp")
        elif changes is None or "url" in changes:
            self._refuse(draft.url)
        if draft.oauth2 is not None and (changes is None or "oauth2" in changes):
            self._refuse(draft.oauth2.token_url)
        shown = self._policy.reach(owner)
        if shown is None or not shown.has_details:
            refuse_details(draft)
        return draft

    @staticmethod
    def project_of(view: View, wanted: str | None) -> str | None:
        """Whose messages it is for: of whom sees one project alone, that one's."""
        if view.project_id is None:
            return wanted
        if wanted not in (None, view.project_id):
            raise ForbiddenError(
                f"project_id: the token is for project {view.project_id}; leave it out, or ask "
                "with a token for that project or for the whole system"
            )
        return view.project_id


def refuse_details(draft: Draft) -> None:
    """Raise ForbiddenError where a draft asks for what Nova shows to admins only."""
    if draft.format is Format.NOVA:
        raise ForbiddenError(
            "format nova: Nova shows its notifications to admins only, and so does vifcast "
            "(policy vifcast:host_details); choose another format"
        )
    if any(each.field == "host" for each in expression.parse(draft.filter).conditions):
        raise ForbiddenError(
            "filter: Nova shows compute hosts to admins only, and so does vifcast (policy "
            "vifcast:host_details); leave the field host out"
        )
