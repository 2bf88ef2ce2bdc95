"""Subscriptions of one database, as the settings say."""

from collections.abc import Callable
from functools import cache

from vifcast.config import Settings
from vifcast.identity.policy import Policy
from vifcast.secret_box import SecretBox
from vifcast.store import Location, Store
from vifcast.subscribing.subscriptions import Subscriptions

_KEY_FILE = "delivery.key"


def subscriptions_of(settings: Settings, store: Store, policy: Policy) -> Subscriptions:
    """For the API, and for the commands on the database of this machine."""
    return Subscriptions(store, policy, secret_box_of(settings), _refuse, settings.delivery)


def secret_box_of(settings: Settings) -> Callable[[], SecretBox]:
    """Opens the keys when it is called first: who has no subscriptions needs none.

    It raises ConfigError where there are none.
    """

    @cache
    def opened() -> SecretBox:
        path = Location.from_settings(settings).path
        key_file = None if path is None else settings.data_dir / _KEY_FILE
        return SecretBox.of(settings.delivery.encryption_keys, key_file)

    return opened


def _refuse(url: str) -> None:
    """Raise InvalidValueError where nothing may be sent there."""
