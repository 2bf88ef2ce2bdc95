"""The pages of one process, as its configuration says."""

from vifcast.api.stream.streams import Streams
from vifcast.api_settings import Auth
from vifcast.config import Settings
from vifcast.identity.asked import Authenticator
from vifcast.identity.policy import Policy
from vifcast.ingest.state import IngestStates
from vifcast.store import Store
from vifcast.subscribing.deliveries import Deliveries
from vifcast.subscribing.replays import Replays
from vifcast.subscribing.subscriptions import Subscriptions
from vifcast.web.application import Web
from vifcast.web.rendering import Renderer
from vifcast.web.site import Site


def web_of(
    settings: Settings,
    store: Store,
    states: IngestStates | None,
    policy: Policy,
    streams: Streams,
    authenticator: Authenticator,
    subscriptions: Subscriptions,
) -> Web:
    """``states``: of the brokers that this process reads, if any. Raises ConfigError."""
    keystone = None
    if settings.api.auth is Auth.KEYSTONE:
        # Imported here: it brings keystoneauth, which nobody else waits for.
        from vifcast.identity.signing_in import KeystoneSignIn  # noqa: PLC0415

        keystone = KeystoneSignIn(settings.config_file)
    site = Site(
        store=store,
        states=states,
        policy=policy,
        settings=settings,
        subscriptions=subscriptions,
        deliveries=Deliveries(store, policy),
        replays=Replays(store, policy),
        renderer=Renderer(policy, settings.api.auth),
    )
    return Web(site, streams, authenticator, keystone)
