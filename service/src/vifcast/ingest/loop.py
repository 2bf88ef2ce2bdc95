"""The loop that moves notifications from the bus into the store.

Receive a batch, commit it, acknowledge it: in that order, so that whatever stops
us in between is delivered again, and message ids make the second time harmless.
When the broker or the store fails, the connection is closed (what was not
acknowledged goes back to the queue), and after a pause everything is tried again,
for ever.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence

from vifcast.bus.declare import Standing
from vifcast.bus.link import Link
from vifcast.bus.topology import topology_from
from vifcast.bus.transport_url import Broker
from vifcast.errors import BrokerRefusedError, BrokerUnreachableError, StoreError
from vifcast.ingest.backoff import Backoff
from vifcast.ingest.batch import Batch
from vifcast.ingest.condition import Condition
from vifcast.ingest.count import count
from vifcast.ingest.gap_writer import GapWriter
from vifcast.ingest.gaps import GapWatch
from vifcast.ingest.pipeline import Pipeline
from vifcast.ingest.queue_watch import Watch
from vifcast.ingest.state import IngestState
from vifcast.ingest_settings import IngestSettings
from vifcast.metrics import Metrics
from vifcast.model import Event
from vifcast.store import Store, Stored

LOG = logging.getLogger(__name__)

# What could not be stored comes back at once; after so long another process has taken it.
_PROVE_AFTER_S = 3.0

OnEvents = Callable[[Sequence[Event]], None]


class IngestLoop:
    """Runs in one thread, from ``run`` until ``stopping`` is set.

    ``on_events`` is called in that thread with the new events of each batch, in
    order, after they are stored and before they are acknowledged.
    """

    def __init__(
        self,
        broker: Broker,
        settings: IngestSettings,
        store: Store,
        *,
        metrics: Metrics,
        state: IngestState,
        stopping: threading.Event,
        on_events: OnEvents | None = None,
        is_alone: bool = True,
    ) -> None:
        self._broker = broker
        self._settings = settings
        self._topology = topology_from(settings)
        self._store = store
        self._metrics = metrics.of_broker(settings.label)
        self._state = state
        self._stopping = stopping
        self._on_events = on_events
        self._is_alone = is_alone
        self._watch = Watch(settings.queue, self._metrics, state)
        self._gap_writer = GapWriter(store, settings.queue_key)
        # Of a broker inside the process nobody else is a client.
        self._gaps = None if broker.in_process else GapWatch(settings, self._gap_writer)
        state.name, state.region, state.broker = settings.name, settings.region, str(broker)
        self._connected_at = 0.0
        self._condition = Condition(state, " and ".join(self._topology.queues))

    def run(self) -> None:
        """Ingest until asked to stop.

        Raises BrokerRefusedError where the broker refuses us before it ever let
        us in: that is a mistake in the configuration. A refusal later on is
        retried, because a broker that restarts can refuse for a while; and so is one
        from the beginning where other brokers are read as well (not ``is_alone``).
        """
        with self._gap_writer:
            self._run_until_stopped(Backoff(self._settings.retry_max_s))

    def _run_until_stopped(self, backoff: Backoff) -> None:
        while not self._stopping.is_set():
            try:
                self._run_once(backoff)
            except BrokerRefusedError as error:
                if self._condition.is_starting and self._is_alone:
                    raise
                self._broker_failed(error, backoff.next_s())
            except BrokerUnreachableError as error:
                self._metrics.failures.inc()
                self._broker_failed(error, backoff.next_s())
            except StoreError as error:
                self._metrics.store_failures.inc()
                pause_s = backoff.next_s()
                self._condition.store_failed(error, pause_s)
                self._stopping.wait(pause_s)

    def _broker_failed(
        self, error: BrokerRefusedError | BrokerUnreachableError, pause_s: float
    ) -> None:
        if self._gaps is not None:
            self._gaps.lost()
        self._condition.broker_failed(error, pause_s)
        self._stopping.wait(pause_s)

    def _run_once(self, backoff: Backoff) -> None:
        self._store.check()
        if self._gaps is not None:
            self._gaps.connecting()
        link = Link.connect(
            self._broker,
            self._topology,
            prefetch=self._settings.prefetch,
            heartbeat_s=self._settings.heartbeat_s,
            timeout_s=self._settings.connect_timeout_s,
            on_look=self._looked,
        )
        connected_at = self._connected_at = time.monotonic()
        try:
            self._metrics.connects.inc()
            self._metrics.connected.set(1)
            self._condition.connected(link.at)
            Pipeline(link, self._settings, self._store, self._took, backoff.reset, self._prove).run(
                self._stopping
            )
        finally:
            self._metrics.connected.set(0)
            self._metrics.forget_queues()
            self._state.queued = None
            link.close()
            if time.monotonic() - connected_at > self._settings.retry_max_s:
                # It worked for long, though maybe nothing came: not the next of many failures.
                backoff.reset()

    def _looked(self, standing: Standing) -> None:
        self._watch.looked(standing)
        if self._gaps is not None:
            self._gaps.looked(standing)

    def _prove(self) -> None:
        """While there is nothing to store: that it could be, if that is in doubt."""
        waited_s = time.monotonic() - self._connected_at
        if self._condition.is_unproven and waited_s > _PROVE_AFTER_S:
            self._store.check()
            self._condition.committed()

    def _took(self, batch: Batch, stored: Sequence[Stored], commit_s: float | None) -> None:
        """Report to everybody what became of a batch, once it is stored."""
        for letter in batch.dead_letters:
            LOG.warning(
                "%sdead letter from %s: %s",
                self._state.of_broker,
                letter.routing_key,
                letter.reason,
            )
        if commit_s is not None:
            self._condition.committed()
        else:
            self._prove()
        if stored and self._on_events is not None:
            self._on_events([each.read_back() for each in stored])
        self._state.last_received_at = batch.received_at
        self._state.recent.took(batch.received, len(batch.dead_letters))
        self._watch.took(batch.dropped)
        if self._gaps is not None and batch.events:
            self._gaps.took(max(event.occurred_at for event in batch.events))
        count(self._metrics, batch, stored, commit_s, self._store.horizon)
