"""Who made a subscription, and who else sees it."""

from vifcast.identity.caller import Caller, of_owner
from vifcast.identity.policy import Policy, View
from vifcast.subscription.subscription import Owner, Subscription


def owner_of(caller: Caller) -> Owner:
    """The caller, as it is kept with what it makes."""
    return Owner(
        name=caller.name,
        user_id=caller.user_id,
        project_id=caller.project_id,
        is_system=caller.is_system,
        roles=tuple(caller.roles),
    )


def sees(policy: Policy, view: View, subscription: Subscription) -> bool:
    """Whether somebody with this view sees a subscription.

    One that shows more than the view does is another's, though it is for the same project: who
    could change where it is sent could read what only its owner may.
    """
    if view.project_id is None:
        return True
    if subscription.project_id != view.project_id:
        return False
    shown = policy.reach(of_owner(subscription.owner))
    return shown is None or (shown.project_id is not None and shown.has_details <= view.has_details)
