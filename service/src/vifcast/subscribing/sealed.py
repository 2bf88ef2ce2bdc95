"""``Sealed``: the secrets of subscriptions, opened and sealed."""

from collections.abc import Callable

from msgspec.structs import replace

from vifcast.errors import InvalidValueError
from vifcast.secret_box import SecretBox
from vifcast.subscribing.draft import OF_SECRETS, Draft
from vifcast.subscription.secrets import Secrets
from vifcast.subscription.subscription import Subscription


class Sealed:
    """``box`` is called where there are secrets; ConfigError: there is no key."""

    def __init__(self, box: Callable[[], SecretBox]) -> None:
        self._box = box

    def seal(self, secrets: Secrets) -> str:
        """As they are kept."""
        return self._box().seal(secrets)

    def open(self, of: Subscription) -> Secrets:
        """Those of a subscription. Raises InvalidValueError where no key opens them."""
        return Secrets() if of.secrets is None else self._box().open(of.secrets)

    def left(self, of: Subscription) -> Secrets:
        """Those that can be read: of a key that is gone none, and all have to be given again."""
        try:
            return self.open(of)
        except InvalidValueError:
            return Secrets()

    def of_draft(self, draft: Draft, known: Secrets) -> str | None:
        """Those of a draft, sealed, with what is ``known`` beside them; None: there are none."""
        secrets = replace(
            known,
            password=draft.password,
            **{name: getattr(draft, name) for name in OF_SECRETS},
        )
        return None if secrets == Secrets() else self._box().seal(secrets)
