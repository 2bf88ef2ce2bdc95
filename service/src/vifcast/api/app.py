"""The application: routes, errors, headers."""

from fastapi import FastAPI

from vifcast.api.authentication import Authentication
from vifcast.api.guard import Guard
from vifcast.api.head import HeadAsGet
from vifcast.api.health import health_router
from vifcast.api.page import mount_page
from vifcast.api.path_prefix import PathPrefix
from vifcast.api.problems import Problem, install_problem_handlers
from vifcast.api.records import records_router
from vifcast.api.timelines import timelines_router
from vifcast.api.versions import versions_router
from vifcast.api_settings import ApiSettings, Auth
from vifcast.identity.asked import Authenticator
from vifcast.identity.policy import Policy
from vifcast.ingest.state import IngestState
from vifcast.metrics import Metrics
from vifcast.store import Store
from vifcast.version import __version__

_DESCRIPTION = "What happened to the NICs of Nova's instances, and when."


def create_app(
    store: Store,
    state: IngestState,
    metrics: Metrics,
    settings: ApiSettings,
    authenticator: Authenticator,
    policy: Policy,
) -> FastAPI:
    """The application over one store and one ingest loop."""
    # FastAPI's documentation pages load their scripts from elsewhere.
    app = FastAPI(
        title="vifcast",
        description=_DESCRIPTION,
        version=__version__,
        docs_url=None,
        redoc_url=None,
        responses={"default": {"model": Problem, "description": "Any other error"}},
    )
    install_problem_handlers(app)
    app.include_router(versions_router())
    app.include_router(records_router(store, policy))
    app.include_router(timelines_router(store, policy))
    app.include_router(health_router(store, state, metrics, policy))
    mount_page(app, store, state, policy)
    # The last added is the first to see a request.
    app.add_middleware(Authentication, authenticator=authenticator)
    app.add_middleware(HeadAsGet)
    app.add_middleware(Guard, loopback_only=settings.auth is Auth.NONE)
    app.add_middleware(PathPrefix, prefix=settings.path_prefix)
    return app
