"""Reports what RabbitMQ drops from our queue: in the log, /readyz and metrics."""

import logging
import math
import time

from vifcast import times
from vifcast.bus.declare import Standing
from vifcast.ingest.state import IngestState
from vifcast.metrics import BrokerMetrics

LOG = logging.getLogger(__name__)

_AT_MOST_EVERY_S = 60.0


class Watch:
    """The ingest thread reports how the queues are, and what came from where.

    That notifications were lost stays in the state's warning until the service is started
    again: what is lost is missing from the ledger however well things go now.
    """

    def __init__(self, queue: str, metrics: BrokerMetrics, state: IngestState) -> None:
        self._queue = queue
        self._metrics = metrics
        self._state = state
        self._problems: tuple[str | None, ...] = ()
        self._lost: str | None = None
        self._rescued = 0
        self._unlogged = 0
        self._warned_at = -math.inf

    def looked(self, standing: Standing) -> None:
        """Record the standing of the queues."""
        for queue, depth in standing.depths.items():
            self._metrics.queue_depth(queue).set(depth)
        self._state.queued = sum(standing.depths.values())
        self._metrics.unbound.set(len(standing.unbound))
        found = (standing.missing, standing.no_lane, standing.unseen)
        for each in found:
            if each and each not in self._problems:
                LOG.warning("%s%s", self._state.of_broker, each)
        self._problems = found
        if standing.full:
            self._metrics.queue_full.inc()
            if self._lost is None or not self._is_soon():
                self._lost = (
                    f"{standing.full} was full at {times.to_text(times.now())}: RabbitMQ drops "
                    "the oldest notifications, and what they reported is missing; see "
                    "docs/service.md, queue limits"
                )
                self._warned_at = time.monotonic()
                LOG.warning("%s%s", self._state.of_broker, self._lost)
        self._log_rescued()
        self._show()

    def took(self, dropped: int) -> None:
        """Record how many notifications of a batch RabbitMQ had dropped."""
        if dropped:
            self._metrics.dropped.inc(dropped)
            self._rescued += dropped
            self._unlogged += dropped
            self._show()
        self._log_rescued()

    def _log_rescued(self) -> None:
        if self._unlogged and not self._is_soon():
            LOG.warning(
                "%sRabbitMQ dropped %d notifications from queue %s because it was full or they had "
                "waited longer than queue_ttl_s. vifcast stored them all the same, from "
                "%s.dropped. vifcast was away for too long, or does not keep up",
                self._state.of_broker,
                self._unlogged,
                self._queue,
                self._queue,
            )
            self._unlogged = 0
            self._warned_at = time.monotonic()

    def _is_soon(self) -> bool:
        return time.monotonic() - self._warned_at < _AT_MOST_EVERY_S

    def _show(self) -> None:
        rescued = None
        if self._rescued:
            rescued = (
                f"since its start vifcast has taken {self._rescued} notifications that RabbitMQ "
                f"had dropped from queue {self._queue}: it was full, or they were too old"
            )
        found = [each for each in (self._lost, rescued, *self._problems) if each]
        self._state.warning = "; ".join(found) or None
