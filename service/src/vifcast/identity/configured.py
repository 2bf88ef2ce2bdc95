"""The ways to find who asks, as the configuration chooses."""

from vifcast.api_settings import Auth
from vifcast.config import Settings
from vifcast.identity.asked import Authenticator, NoAuthentication
from vifcast.identity.static_tokens import StaticTokens
from vifcast.store import Store


def authenticator_of(settings: Settings, store: Store) -> Authenticator:
    """That of [api] auth. Raises ConfigError."""
    if settings.api.auth is Auth.NONE:
        return NoAuthentication()
    if settings.api.auth is Auth.TOKEN:
        return StaticTokens(store)
    # Imported here: it brings keystoneauth, which nobody else waits for.
    from vifcast.identity.keystone import Keystone  # noqa: PLC0415

    return Keystone(settings.config_file)
