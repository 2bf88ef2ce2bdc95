"""``/healthz``, ``/readyz`` and ``/metrics``."""

from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.responses import JSONResponse, Response

from vifcast.api.authentication import AsCaller, MaybeCaller
from vifcast.api.head import HeadAsGet
from vifcast.api.health_resources import HealthResource
from vifcast.health import Health
from vifcast.identity.caller import Caller
from vifcast.identity.policy import Policy
from vifcast.metrics import CONTENT_TYPE
from vifcast.version import __version__

_NOT_READY = 503


def sees_system(policy: Policy, caller: Caller | None) -> bool:
    """Whether the caller may know how broker and database are, and where."""
    return caller is not None and policy.allows(caller, "vifcast:health:get")


def health_router(health: Health, policy: Policy) -> APIRouter:
    """The routes, for whoever the policy allows to see it all; others see the status."""
    router = APIRouter(tags=["health"])

    def shown(found: dict[str, Any], caller: Caller | None) -> dict[str, Any]:
        # Whoever may not see the system learns no address of broker or database.
        return (
            found
            if sees_system(policy, caller)
            else {name: found[name] for name in ("status", "version")}
        )

    @router.get("/healthz", response_model=HealthResource)
    def healthz(caller: MaybeCaller) -> JSONResponse:
        """Always 200 while the process answers; `status` and `problem` say how it is.

        Without authentication it answers with `status` and `version` alone.
        """
        return JSONResponse(shown(health.found(), caller))

    @router.get(
        "/readyz", response_model=HealthResource, responses={503: {"model": HealthResource}}
    )
    def readyz(caller: MaybeCaller) -> JSONResponse:
        """200 while notifications are read and stored, else 503; as `/healthz` otherwise.

        If there are several brokers, 200 while at least one of them is read; `away` has the others.
        In a process that reads none, 200 while the database answers.
        """
        found = health.found()
        return JSONResponse(shown(found, caller), 200 if health.is_ready(found) else _NOT_READY)

    @router.get("/metrics", response_class=Response)
    def show_metrics(caller: AsCaller) -> Response:
        """Prometheus' text format; docs/metrics.md explains each."""
        policy.require(caller, "vifcast:metrics:get")
        return Response(health.metrics(), media_type=CONTENT_TYPE)

    return router


def create_health_app(health: Health) -> FastAPI:
    """The same of a process without API, without authentication: [health] listen."""
    app = FastAPI(title="vifcast", version=__version__, openapi_url=None)

    @app.get("/healthz")
    def healthz() -> JSONResponse:
        return JSONResponse(health.found())

    @app.get("/readyz")
    def readyz() -> JSONResponse:
        found = health.found()
        return JSONResponse(found, 200 if health.is_ready(found) else _NOT_READY)

    @app.get("/metrics")
    def show_metrics() -> Response:
        return Response(health.metrics(), media_type=CONTENT_TYPE)

    app.add_middleware(HeadAsGet)
    return app
