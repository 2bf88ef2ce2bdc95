"""The keys for secrets of subscriptions, where something needs them."""

from collections.abc import Callable
from functools import cache

from vifcast.config import Settings
from vifcast.secret_box import SecretBox
from vifcast.store import Location

_KEY_FILE = "delivery.key"


def secret_box_of(settings: Settings) -> Callable[[], SecretBox]:
    """Opens them when it is called first: who has no subscriptions needs no keys.

    It raises ConfigError where there are none.
    """

    @cache
    def opened() -> SecretBox:
        path = Location.from_settings(settings).path
        key_file = None if path is None else settings.data_dir / _KEY_FILE
        return SecretBox.of(settings.delivery.encryption_keys, key_file)

    return opened
