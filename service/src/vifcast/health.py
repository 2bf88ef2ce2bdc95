"""``Health``: how one process is doing, for ``/healthz``, ``/readyz``, ``/metrics`` and systemd."""

import math
from collections.abc import Callable
from typing import Any

from vifcast import times
from vifcast.errors import StoreError
from vifcast.host import HostState
from vifcast.ingest.recent import counts_of
from vifcast.ingest.state import IngestState, IngestStates
from vifcast.metrics import Metrics
from vifcast.store import Dispatch, Store
from vifcast.subscription.standing import StandingState
from vifcast.version import __version__


class Health:
    """``states``: of the brokers that this process reads; None: it reads none.

    ``policy_problem`` says why the policy file does not hold as it is now.
    """

    def __init__(
        self,
        store: Store,
        states: IngestStates | None,
        metrics: Metrics,
        policy_problem: Callable[[], str | None] = lambda: None,
    ) -> None:
        self._store = store
        self._states = states
        self._metrics = metrics
        self._policy_problem = policy_problem

    def found(self) -> dict[str, Any]:
        """As JSON."""
        last_event_id: int | None = None
        store_problem: str | None = None
        try:
            last_event_id = self._store.last_event_id()
        except StoreError as error:
            store_problem = str(error)
        states = self._states
        away = [] if states is None else states.away
        return {
            "status": "ok" if not away and store_problem is None else "degraded",
            "version": __version__,
            "ingest": None if states is None else _together(states),
            "brokers": [
                {"name": each.name, "region": each.region} | _json(each)
                for each in (() if states is None else states.brokers)
            ],
            "away": [each.label for each in away],
            "store": {
                "database": str(self._store.location),
                "problem": store_problem,
                "last_event_id": last_event_id,
            },
        }

    def is_ready(self, found: dict[str, Any]) -> bool:
        """Whether the process does its work: reads one broker at least, and has the store."""
        is_reading = self._states is None or self._states.is_reading
        return is_reading and found["store"]["problem"] is None

    def metrics(self) -> bytes:
        """All metrics, in Prometheus' text format."""
        self._count()
        self._metrics.policy_problem.set(self._policy_problem() is not None)
        return self._metrics.render()

    def _count(self) -> None:
        # Counted when asked: a host falls silent without anything that arrives, and dead letters
        # go by another process, too.
        metrics, store = self._metrics, self._store
        metrics.dead_letters.clear()
        metrics.hosts_lane.clear()
        metrics.gaps.clear()
        self._count_deliveries()
        for connections, number in store.connections().items():
            metrics.database_connections.labels(connections).set(number)
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

    def _count_deliveries(self) -> None:
        metrics, now = self._metrics, times.now()
        try:
            standings = Dispatch(self._store).standings()
        except StoreError:
            for each in (metrics.subscriptions, metrics.deliveries_waiting):
                each.clear()
            metrics.deliveries_oldest.clear()
            metrics.circuits_open.set(math.nan)
            return
        for state in StandingState:
            of_state = [each for each in standings if each.state is state]
            oldest = [each.oldest_at for each in of_state if each.oldest_at is not None]
            waited_s = max(0.0, (now - min(oldest)).total_seconds()) if oldest else 0.0
            metrics.subscriptions.labels(state).set(len(of_state))
            metrics.deliveries_waiting.labels(state).set(sum(each.waiting for each in of_state))
            metrics.deliveries_oldest.labels(state).set(waited_s)
        metrics.circuits_open.set(
            sum(
                each.is_open(now)
                for each in standings
                if each.state in (StandingState.ACTIVE, StandingState.FAILING)
            )
        )


def _together(states: IngestStates) -> dict[str, Any]:
    recent = counts_of(each.recent for each in states.brokers)
    return _json(states.together()) | {"recent": recent}


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
