"""vifcast's HTTP application without the rest of ``vifcast serve``."""

import threading

from starlette.types import ASGIApp

from vifcast.api.app import create_app
from vifcast.api.stream.limits import Limits
from vifcast.api.stream.permit import Permits
from vifcast.api.stream.streams import Streams
from vifcast.config import load_settings
from vifcast.identity.asked import Authenticator, NoAuthentication
from vifcast.identity.policy import Policy
from vifcast.metrics import Metrics
from vifcast.reconcile.on_request import ReconcileOnRequest
from vifcast.store import Store
from vifcast.subscribing.of_settings import subscriptions_of


def over(store: Store, authenticator: Authenticator | None = None) -> tuple[ASGIApp, Streams]:
    """The application over a store, and its streams; by default for everybody."""
    policy, metrics = Policy(None), Metrics()
    authenticator = authenticator or NoAuthentication()
    streams = Streams(store, metrics, Permits(authenticator, policy), Limits())
    settings = load_settings()
    app = create_app(
        store,
        None,
        metrics,
        settings.api,
        authenticator,
        policy,
        streams,
        max_body_bytes=settings.ingest.max_body_bytes,
        reconcile=ReconcileOnRequest(store, settings.reconcile, threading.Event().wait),
        subscriptions=subscriptions_of(settings, store, policy),
        wall=_without_pages,
    )
    return app, streams


def _without_pages(app: ASGIApp) -> ASGIApp:
    return app
