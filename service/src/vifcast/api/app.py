"""The application: routes, errors, headers."""

from fastapi import FastAPI

from vifcast.api.guard import Guard
from vifcast.api.head import HeadAsGet
from vifcast.api.health import health_router
from vifcast.api.page import mount_page
from vifcast.api.problems import Problem, install_problem_handlers
from vifcast.api.records import records_router
from vifcast.ingest.state import IngestStates
from vifcast.metrics import Metrics
from vifcast.store import Store
from vifcast.version import __version__

_DESCRIPTION = "What happened to the NICs of Nova's instances, and when."


def create_app(store: Store, states: IngestStates, metrics: Metrics) -> FastAPI:
    """The application over one store and the brokers that are read."""
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
    app.include_router(records_router(store))
    app.include_router(health_router(store, states, metrics))
    mount_page(app, store, states)
    app.add_middleware(HeadAsGet)
    app.add_middleware(Guard)
    return app
