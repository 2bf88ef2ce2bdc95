"""Writes gaps into the store in a thread of its own, so that no batch waits for it.

While the database is away, the gaps wait here.
"""

import datetime as dt
import logging
import threading
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from vifcast.errors import StoreError
from vifcast.gap import GapNote, GapWithdrawn
from vifcast.ingest.backoff import Backoff
from vifcast.store import Store

LOG = logging.getLogger(__name__)

# How often it is written until when the queue was bound. It is known every ten seconds.
_PROVEN_S = 30.0
_RETRY_MAX_S = 30.0
_STOP_S = 10.0


class GapWriter:
    """A context manager: writes while it is open, and the rest when it closes."""

    def __init__(self, store: Store, queue: str) -> None:
        self.store = store
        self._queue = queue
        self._wake = threading.Condition()
        self._writing = threading.Lock()
        self._notes: list[GapNote | GapWithdrawn] = []
        self._proven: Mapping[str, dt.datetime] = {}
        self._proven_due_at = time.monotonic()
        self._is_stopping = False
        self._thread = threading.Thread(target=self._run, name="vifcast-gaps", daemon=True)

    def note(self, *notes: GapNote | GapWithdrawn) -> None:
        """Queue these gaps for writing, in this order."""
        with self._wake:
            self._notes += notes
            self._wake.notify()

    def proven(self, at: Mapping[str, dt.datetime]) -> None:
        """Queue the time when the queue was last found bound; it is written now and then."""
        with self._wake:
            self._proven = at
            if time.monotonic() >= self._proven_due_at:
                self._wake.notify()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with self._wake:
            self._is_stopping = True
            self._wake.notify()
        self._thread.join(_STOP_S)

    def flush(self) -> None:
        """Write now, in this thread. Raises StoreError, and then keeps what it could not write."""
        with self._writing:
            with self._wake:
                notes, proven, self._notes = self._notes, self._proven, []
                self._proven_due_at = time.monotonic() + _PROVEN_S
            try:
                if notes or proven:
                    self.store.keep_gaps(self._queue, notes, proven)
            except BaseException:
                with self._wake:
                    self._notes = notes + self._notes
                raise

    def _run(self) -> None:
        backoff = Backoff(_RETRY_MAX_S)
        pause_s: float | None = None
        is_last = False
        while not is_last:
            with self._wake:
                self._wake.wait_for(self._is_due if pause_s is None else self._stops, pause_s)
                is_last = self._is_stopping
            try:
                self.flush()
            except StoreError as error:
                pause_s = backoff.next_s()
                LOG.info("could not store gaps yet, will try again: %s", error)
            else:
                backoff.reset()
                pause_s = None

    def _is_due(self) -> bool:
        return (
            bool(self._notes)
            or (bool(self._proven) and time.monotonic() >= self._proven_due_at)
            or self._is_stopping
        )

    def _stops(self) -> bool:
        return self._is_stopping
