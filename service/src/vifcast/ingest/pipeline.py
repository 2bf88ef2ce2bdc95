"""Moves batches from one link into the store, one after the other.

While a batch waits for the disk in its commit, the next one is received and decoded, but no
further one. A batch is acknowledged once it is committed.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event as Flag

from vifcast import times
from vifcast.bus.link import Link, ReceivedMessage
from vifcast.errors import StoreRefusedError
from vifcast.ingest.batch import Batch, sort_batch
from vifcast.ingest.isolate_refused import isolate_refused
from vifcast.ingest_settings import IngestSettings
from vifcast.store import Prepared, Store, Stored

# How long an idle pipeline waits before it looks whether it should stop, and how long one waits
# for more that has a batch to finish.
_IDLE_S = 0.2
_BUSY_S = 0.001

# Bodies in memory at once, whatever their number.
_BATCH_BYTES = 16 * 1024 * 1024

# What became of a batch: the new events, and how long the commit took if there was one.
OnStored = Callable[[Batch, Sequence[Stored], float | None], None]


@dataclass(frozen=True, slots=True)
class _Committing:
    deliveries: list[ReceivedMessage]
    batch: Batch
    # What is stored and how long that took, or will be known then; None where nothing was to be.
    result: "Future[tuple[list[Stored], float]] | list[Stored] | None"


class Pipeline:
    """``on_stored`` is called for every batch in the caller's thread, before it is acknowledged.

    ``on_idle`` is called now and then while no batch comes.
    """

    def __init__(
        self,
        link: Link,
        settings: IngestSettings,
        store: Store,
        on_stored: OnStored,
        on_acknowledged: Callable[[], None],
        on_idle: Callable[[], None],
    ) -> None:
        self._link = link
        self._settings = settings
        self._store = store
        self._on_stored = on_stored
        self._on_acknowledged = on_acknowledged
        self._on_idle = on_idle
        # Received, and more than one batch can hold once it is opened.
        self._left: list[ReceivedMessage] = []

    def run(self, stopping: Flag) -> None:
        """Run until ``stopping`` is set, or link or store raises."""
        committing: _Committing | None = None
        with ThreadPoolExecutor(1, "vifcast-commit") as thread:
            try:
                while not stopping.is_set():
                    deliveries = self._receive(_BUSY_S if committing else _IDLE_S)
                    batch = sort_batch(deliveries, times.now(), self._settings)
                    deliveries, self._left = (
                        deliveries[: batch.received],
                        deliveries[batch.received :],
                    )
                    if committing is None and not deliveries:
                        self._on_idle()
                    if committing is not None:
                        # Taken away first: it is reported once, even where reporting raises.
                        done, committing = committing, None
                        self._report(done)
                        self._acknowledge(done)
                    if deliveries:
                        committing = self._commit(thread, deliveries, batch)
            finally:
                if committing is not None:
                    self._report(committing)
            if committing is not None:
                self._acknowledge(committing)

    def _receive(self, wait_s: float) -> list[ReceivedMessage]:
        if self._left:
            return self._left
        return self._link.receive(
            max_count=max(1, min(self._settings.batch_size, self._settings.prefetch // 2)),
            max_bytes=_BATCH_BYTES,
            wait_s=wait_s,
            batch_s=self._settings.batch_wait_ms / 1000,
        )

    def _commit(
        self, thread: ThreadPoolExecutor, deliveries: list[ReceivedMessage], batch: Batch
    ) -> _Committing:
        if batch.is_empty:
            return _Committing(deliveries, batch, None)
        try:
            prepared = self._store.prepare(
                batch.events, batch.dead_letters, batch.reports, batch.probes
            )
        except StoreRefusedError:
            return _Committing(
                deliveries,
                *isolate_refused(self._store, deliveries, batch.received_at, self._settings),
            )
        return _Committing(deliveries, batch, thread.submit(_timed_commit, prepared))

    def _report(self, done: _Committing) -> None:
        if isinstance(done.result, Future):
            self._on_stored(done.batch, *done.result.result())
        else:
            self._on_stored(done.batch, done.result or [], None)

    def _acknowledge(self, done: _Committing) -> None:
        self._link.acknowledge(done.deliveries)
        self._on_acknowledged()


def _timed_commit(prepared: Prepared) -> tuple[list[Stored], float]:
    started = time.perf_counter()
    stored = prepared.commit()
    return stored, time.perf_counter() - started
