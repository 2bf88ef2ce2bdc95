"""``/healthz``, ``/readyz`` and ``/metrics``."""

import math
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response

from vifcast import times
from vifcast.api.health_resources import HealthResource
from vifcast.errors import StoreError
from vifcast.host import HostState
from vifcast.ingest.recent import counts_of
from vifcast.ingest.state import IngestState, IngestStates
from vifcast.metrics import CONTENT_TYPE, Metrics
from vifcast.store import Store
from vifcast.version import __version__


def health_router(store: Store, states: IngestStates, metrics: Metrics) -> APIRouter:
    """The routes, over one running service."""
    router = APIRouter(tags=["health"])

    @router.get("/healthz", response_model=HealthResource)
    def healthz() -> JSONResponse:
        """Always 200 while the process answers; `status` and `problem` say how it is."""
        return JSONResponse(health(store, states))

    @router.get(
        "/readyz", response_model=HealthResource, responses={503: {"model": HealthResource}}
    )
    def readyz() -> JSONResponse:
        """200 while notifications are read and stored, else 503.

        If there are several brokers, 200 while at least one of them is read; `away` has the others.
        """
        found = health(store, states)
        is_ready = states.is_reading and found["store"]["problem"] is None
        return JSONResponse(found, 200 if is_ready else 503)

    @router.get("/metrics", response_class=Response)
    def show_metrics() -> Response:
        """Prometheus' text format; docs/metrics.md explains each."""
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
        hosts = store.hosts_by_region(now=now) or {None: dict.fromkeys(HostState, 0)}
        lanes = store.hosts_by_lane(now=now)
        depth = store.outbox_depth(now=now)
        gaps = store.gaps_by_reason(now=now)
        letters = store.dead_letters_by_reason()
    except StoreError:
        metrics.hosts.clear()
        metrics.outbox_depth.set(math.nan)
        return
    metrics.outbox_depth.set(depth)
    for region, of_region in hosts.items():
        for state, count in of_region.items():
            metrics.hosts.labels(state, region or "").set(count)
    for lane, count in lanes.items():
        metrics.hosts_lane.labels(lane or "unreported").set(count)
    for (region, gap_reason, gap_state), count in gaps.items():
        metrics.gaps.labels(gap_reason, gap_state, region or "").set(count)
    for reason, count in letters.items():
        metrics.dead_letters.labels(reason).set(count)


def health(store: Store, states: IngestStates) -> dict[str, Any]:
    """How the service is doing, as JSON."""
    last_event_id: int | None = None
    store_problem: str | None = None
    try:
        last_event_id = store.last_event_id()
    except StoreError as error:
        store_problem = str(error)
    is_ok = not states.away and store_problem is None
    together = _json(states.together())
    return {
        "status": "ok" if is_ok else "degraded",
        "version": __version__,
        "ingest": together | {"recent": counts_of(each.recent for each in states.brokers)},
        "brokers": [
            {"name": each.name, "region": each.region} | _json(each) for each in states.brokers
        ],
        "away": [each.label for each in states.away],
        "store": {
            "database": str(store.location),
            "problem": store_problem,
            "last_event_id": last_event_id,
        },
    }


def _json(state: IngestState) -> dict[str, Any]:
    return {
        "broker": state.broker,
        "connected": state.connected,
        "problem": state.problem,
        "warning": state.warning,
        "changed_at": times.to_text(state.changed_at),
        "last_received_at": times.to_text(state.last_received_at),
        "recent": state.recent.counts(),
    }
