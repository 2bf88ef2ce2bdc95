"""The application: routes, errors, headers."""

from collections.abc import Callable

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp

from vifcast.api.authentication import CALLER, Authentication
from vifcast.api.body_limit import BodyLimit
from vifcast.api.control_characters import RefuseControlCharacters
from vifcast.api.deliveries import deliveries_router
from vifcast.api.document import install_document
from vifcast.api.guard import Guard
from vifcast.api.head import HeadAsGet
from vifcast.api.health import health_router, sees_system
from vifcast.api.keystone_errors import KeystoneErrors
from vifcast.api.measured import Measured
from vifcast.api.mistakes import Mistakes
from vifcast.api.path_prefix import PathPrefix
from vifcast.api.problems import ANY_OTHER, install_problem_handlers
from vifcast.api.rate_limit import RateLimits
from vifcast.api.reconciliations import reconciliations_router
from vifcast.api.records import records_router
from vifcast.api.replays import replays_router
from vifcast.api.request_ids import RequestIds
from vifcast.api.schemas import schemas_router
from vifcast.api.statistics import statistics_router
from vifcast.api.stream.route import stream_router
from vifcast.api.stream.streams import Streams
from vifcast.api.subscription_actions import subscription_actions_router
from vifcast.api.subscription_writes import subscription_writes_router
from vifcast.api.subscriptions import subscriptions_router
from vifcast.api.timelines import timelines_router
from vifcast.api.trusted_proxies import TrustedProxies
from vifcast.api.unchanged import Unchanged
from vifcast.api.versions import versions_router
from vifcast.api.writes import dead_letter_writes_router
from vifcast.api_settings import ApiSettings, Auth
from vifcast.health import Health
from vifcast.identity.asked import Authenticator
from vifcast.identity.policy import Policy
from vifcast.ingest.state import IngestStates
from vifcast.metrics import Metrics
from vifcast.reconcile.on_request import ReconcileOnRequest
from vifcast.store import Store
from vifcast.subscribing.deliveries import Deliveries
from vifcast.subscribing.replays import Replays
from vifcast.subscribing.subscriptions import Subscriptions
from vifcast.version import __version__

# Fewer bytes fit into one packet anyway.
_COMPRESS_FROM = 1400
# Of a page of events the highest saves three percent more, in five times the time.
_COMPRESS_LEVEL = 4
_DESCRIPTION = "What happened to the NICs of Nova's instances, and when."


def create_app(
    store: Store,
    states: IngestStates | None,
    metrics: Metrics,
    settings: ApiSettings,
    authenticator: Authenticator,
    policy: Policy,
    streams: Streams,
    *,
    max_body_bytes: int,
    reconcile: ReconcileOnRequest,
    subscriptions: Subscriptions,
    wall: Callable[[ASGIApp], ASGIApp],
) -> FastAPI:
    """The application over one store; ``states`` of the brokers that this process reads, if any.

    ``wall`` goes around the authentication: it lets browsers in by other means than a token.
    """
    # FastAPI's documentation pages load their scripts from elsewhere.
    app = FastAPI(
        title="vifcast",
        description=_DESCRIPTION,
        version=__version__,
        docs_url=None,
        redoc_url=None,
        responses=ANY_OTHER,
    )
    install_problem_handlers(app, lambda request: sees_system(policy, request.scope.get(CALLER)))
    app.include_router(versions_router())
    app.include_router(schemas_router())
    # Before the records: its paths with a name come first, then those with an id.
    app.include_router(dead_letter_writes_router(store, policy, max_body_bytes))
    # They are complete; in a router that is included FastAPI looks for the route twice.
    app.routes.extend(records_router(store, policy).routes)
    app.routes.extend(subscriptions_router(subscriptions).routes)
    app.include_router(subscription_writes_router(subscriptions, policy))
    app.include_router(subscription_actions_router(subscriptions, policy))
    # Before the deliveries: its paths with a name come first, then those with an id.
    app.include_router(replays_router(Replays(store, policy), policy))
    app.routes.extend(deliveries_router(Deliveries(store, policy)).routes)
    app.include_router(stream_router(streams, store, policy))
    app.include_router(reconciliations_router(store, policy, reconcile))
    app.include_router(statistics_router(store, policy))
    app.include_router(timelines_router(store, policy))
    app.include_router(health_router(Health(store, states, metrics, policy.problem), policy))
    install_document(app)
    # The last added is the first to see a request.
    app.add_middleware(Mistakes)
    app.add_middleware(Unchanged)
    app.add_middleware(RefuseControlCharacters)
    app.add_middleware(BodyLimit)
    if settings.rate_limit is not None:
        app.add_middleware(RateLimits, limit=settings.rate_limit)
    app.add_middleware(Authentication, authenticator=authenticator, metrics=metrics)
    app.add_middleware(wall)
    app.add_middleware(KeystoneErrors)
    app.add_middleware(GZipMiddleware, minimum_size=_COMPRESS_FROM, compresslevel=_COMPRESS_LEVEL)
    app.add_middleware(Measured, metrics=metrics)
    app.add_middleware(HeadAsGet)
    app.add_middleware(Guard, loopback_only=settings.auth is Auth.NONE)
    app.add_middleware(RequestIds)
    app.add_middleware(PathPrefix, prefix=settings.path_prefix)
    if settings.trusted_proxies:
        app.add_middleware(TrustedProxies, proxies=settings.trusted_proxies)
    return app
