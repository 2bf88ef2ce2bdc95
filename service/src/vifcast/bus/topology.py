"""Queues and bindings: what vifcast reads from.

An own queue by default. ``notifications.info`` belongs to whoever listens there
already, and two listeners on one queue steal from each other.

RabbitMQ drops from a bounded queue without a word: the oldest when it is full, and what has
waited for longer than its TTL. The own queue therefore has a dead-letter exchange
(https://www.rabbitmq.com/docs/dlx) that leads to a second, smaller queue, which is read too:
what comes from there was dropped, is known to have been, and is not lost after all.
"""

from dataclasses import dataclass
from typing import Any

from vifcast.ingest_settings import IngestSettings
from vifcast.names import default_queues, dropped_queue, marker_exchange

# So many of those that were dropped are kept; then they are lost.
DROPPED_MAX_LENGTH = 10_000


@dataclass(frozen=True, slots=True)
class Topology:
    """What to declare and to read.

    ``exchanges`` are others', Nova's first: they are bound to, and never declared. ``lane`` is
    vifcast's own exchange for notifications, and ``marker`` that of its bindings.
    """

    exchanges: tuple[str, ...]
    routing_keys: tuple[str, ...]
    own_queue: str | None
    max_length: int
    ttl_s: int
    is_quorum: bool
    lane: str | None
    marker: str

    @property
    def queues(self) -> tuple[str, ...]:
        """The queues that vifcast reads."""
        return (self.own_queue,) if self.own_queue else self.routing_keys

    @property
    def own_arguments(self) -> dict[str, Any]:
        """Arguments of the own queue without a place for what it drops."""
        return self._type() | {
            "x-max-length": self.max_length,
            "x-message-ttl": self.ttl_s * 1000,
        }

    @property
    def own_arguments_with_drops(self) -> dict[str, Any]:
        """Arguments of the own queue with a place for what it drops."""
        name = dropped_queue(self.own_queue or "")
        return self.own_arguments | {
            "x-dead-letter-exchange": name,
            # By it a delivery is known to come from there.
            "x-dead-letter-routing-key": name,
        }

    @property
    def dropped_arguments(self) -> dict[str, Any]:
        """Arguments of the queue for dropped notifications; it has no time limit."""
        return self._type() | {"x-max-length": DROPPED_MAX_LENGTH}

    def _type(self) -> dict[str, Any]:
        return {"x-queue-type": "quorum"} if self.is_quorum else {}


def topology_from(settings: IngestSettings) -> Topology:
    """The topology that the options ask for."""
    exchanges = [settings.exchange]
    if settings.neutron_exchange:
        exchanges.append(settings.neutron_exchange)
    own_queue = None if settings.consume_default_queue else settings.queue
    return Topology(
        exchanges=tuple(exchanges),
        routing_keys=default_queues(settings.topics),
        own_queue=own_queue,
        max_length=settings.queue_max_length,
        ttl_s=settings.queue_ttl_s,
        is_quorum=settings.queue_type == "quorum",
        # The default queues are fed by Nova's exchange; there is nothing to bind to another.
        lane=settings.lane_exchange if own_queue else None,
        # Another name: that the default queues are read proves no binding of the own one.
        marker=marker_exchange(settings.queue if own_queue else f"{settings.queue}.default"),
    )
