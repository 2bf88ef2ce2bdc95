"""Subscriptions of one database, as the settings say."""

from functools import partial

from vifcast.config import Settings
from vifcast.delivery.destinations import refuse_forbidden
from vifcast.identity.policy import Policy
from vifcast.store import Store
from vifcast.subscribing.secret_boxes import secret_box_of
from vifcast.subscribing.subscriptions import Subscriptions


def subscriptions_of(settings: Settings, store: Store, policy: Policy) -> Subscriptions:
    """For the API, and for the commands on the database of this machine."""
    delivery = settings.delivery
    refuse = partial(refuse_forbidden, allowed=delivery.allowed_networks)
    return Subscriptions(store, policy, secret_box_of(settings), refuse, delivery)
