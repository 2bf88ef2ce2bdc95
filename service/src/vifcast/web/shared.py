"""``Shared``: what many pages show, computed once for all of them.

Two hundred pages that are left open ask for the same figures every few seconds. A figure is kept
for some seconds, and for longer where it takes long: all of them together cost a part of a core,
however much is stored.
"""

import threading
import time
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")

# What took a second is kept for twenty.
_TIMES_ITS_COST = 20
_THREADS = 2
# More than there are kinds of figures and projects whose pages are open; then all are forgotten.
_MOST = 2000


@dataclass(slots=True)
class _Kept:
    """``value`` is the last that was computed, ``running`` the next that will be."""

    running: Future[Any] | None = None
    value: Any = None
    is_known: bool = False
    fresh_until: float = 0.0


class Shared:
    """Used from any thread."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(_THREADS, "vifcast-figures")
        self._lock = threading.Lock()
        self._kept: dict[Hashable, _Kept] = {}

    def get(
        self, key: Hashable, compute: Callable[[], T], *, keep_s: float, wait_s: float | None = None
    ) -> T | None:
        """What ``compute`` returned at most some time ago; raises what it raises.

        Where it does not return within ``wait_s`` (None: however long it takes), what it returned
        before, or None where it never did.
        """
        with self._lock:
            if len(self._kept) > _MOST:
                self._kept.clear()
            kept = self._kept.setdefault(key, _Kept())
            if kept.is_known and time.monotonic() < kept.fresh_until:
                value: T = kept.value
                return value
            if kept.running is None:
                kept.running = self._pool.submit(self._compute, kept, compute, keep_s)
            running: Future[T] = kept.running
        done, _ = wait([running], wait_s)
        if done:
            return running.result()
        return kept.value if kept.is_known else None

    def _compute(self, kept: _Kept, compute: Callable[[], T], keep_s: float) -> T:
        started = time.monotonic()
        try:
            value = compute()
        except BaseException:
            with self._lock:
                kept.running = None
            raise
        ended = time.monotonic()
        with self._lock:
            kept.value, kept.is_known, kept.running = value, True, None
            kept.fresh_until = ended + max(keep_s, (ended - started) * _TIMES_ITS_COST)
        return value
