"""``/healthz``, ``/readyz`` and ``/metrics``."""

import math
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response

from vifcast import times
from vifcast.api.authentication import AsCaller, MaybeCaller
from vifcast.api.health_resources import HealthResource
from vifcast.errors import StoreError
from vifcast.identity.caller import Caller
from vifcast.identity.policy import Policy
from vifcast.ingest.state import IngestState
from vifcast.metrics import CONTENT_TYPE, Metrics
from vifcast.store import Store
from vifcast.version import __version__


def health_router(store: Store, state: IngestState, metrics: Metrics, policy: Policy) -> APIRouter:
    """The routes, over one running service."""
    router = APIRouter(tags=["health"])

    def shown(found: dict[str, Any], caller: Caller | None) -> dict[str, Any]:
        # Whoever may not see the system learns no address of broker or database.
        sees_all = caller is not None and policy.allows(caller, "vifcast:health:get")
        return found if sees_all else {name: found[name] for name in ("status", "version")}

    @router.get("/healthz", response_model=HealthResource)
    def healthz(caller: MaybeCaller) -> JSONResponse:
        """Always 200 while the process answers; `status` and `problem` say how it is.

        Without authentication it answers with `status` and `version` alone.
        """
        return JSONResponse(shown(health(store, state), caller))

    @router.get(
        "/readyz", response_model=HealthResource, responses={503: {"model": HealthResource}}
    )
    def readyz(caller: MaybeCaller) -> JSONResponse:
        """200 while notifications are read and stored, else 503; as `/healthz` otherwise."""
        found = health(store, state)
        return JSONResponse(shown(found, caller), 200 if found["status"] == "ok" else 503)

    @router.get("/metrics", response_class=Response)
    def show_metrics(caller: AsCaller) -> Response:
        """Prometheus' text format; docs/metrics.md explains each."""
        policy.require(caller, "vifcast:metrics:get")
        _count(store, metrics)
        return Response(metrics.render(), media_type=CONTENT_TYPE)

    return router


def _count(store: Store, metrics: Metrics) -> None:
    # Counted when asked: a host falls silent without anything that arrives, and dead letters go
    # by another process, too.
    metrics.dead_letters.clear()
    metrics.hosts_lane.clear()
    metrics.gaps.clear()
    now = times.now()
    try:
        hosts = store.hosts_by_state(now=now)
        lanes = store.hosts_by_lane(now=now)
        depth = store.outbox_depth(now=now)
        gaps = store.gaps_by_reason(now=now)
        letters = store.dead_letters_by_reason()
    except StoreError:
        metrics.hosts.clear()
        metrics.outbox_depth.set(math.nan)
        return
    for connections, number in store.connections().items():
        metrics.database_connections.labels(connections).set(number)
    metrics.outbox_depth.set(depth)
    for state, count in hosts.items():
        metrics.hosts.labels(state).set(count)
    for lane, count in lanes.items():
        metrics.hosts_lane.labels(lane or "unreported").set(count)
    for (gap_reason, gap_state), count in gaps.items():
        metrics.gaps.labels(gap_reason, gap_state).set(count)
    for reason, count in letters.items():
        metrics.dead_letters.labels(reason).set(count)


def health(store: Store, state: IngestState) -> dict[str, Any]:
    """How the service is doing, as JSON."""
    last_event_id: int | None = None
    store_problem: str | None = None
    try:
        last_event_id = store.last_event_id()
    except StoreError as error:
        store_problem = str(error)
    is_ok = state.is_healthy() and store_problem is None
    return {
        "status": "ok" if is_ok else "degraded",
        "version": __version__,
        "ingest": {
            "broker": state.broker,
            "connected": state.connected,
            "problem": state.problem,
            "warning": state.warning,
            "changed_at": times.to_text(state.changed_at),
            "last_received_at": times.to_text(state.last_received_at),
            "recent": state.recent.counts(),
        },
        "store": {
            "database": str(store.location),
            "problem": store_problem,
            "last_event_id": last_event_id,
        },
    }
