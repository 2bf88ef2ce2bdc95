"""Counts what is no HTTP request, and logs it at most once a minute: a stranger can send it."""

import logging
import time
from collections.abc import Callable

from vifcast.metrics import Metrics

LOG = logging.getLogger(__name__)

_EVERY_S = 60.0


class MalformedRequests:
    """Used in the thread of the event loop alone."""

    def __init__(self, metrics: Metrics, clock: Callable[[], float] = time.monotonic) -> None:
        self._count = metrics.malformed_requests
        self._clock = clock
        self._last_at: float | None = None
        self._since_then = 0
        self._last = ("", "")

    def note(self, client: str, why: str) -> None:
        """One from this address."""
        self._count.inc()
        if self._last_at is None or self._clock() - self._last_at >= _EVERY_S:
            LOG.warning("a request from %s cannot be understood: %s", client, why)
            self._last_at = self._clock()
            return
        self._since_then += 1
        self._last = client, why

    def report(self) -> None:
        """Log those that were not; call it again and again."""
        if not self._since_then or self._last_at is None:
            return
        if self._clock() - self._last_at < _EVERY_S:
            return
        client, why = self._last
        LOG.warning(
            "%d more requests cannot be understood, the last from %s: %s",
            self._since_then,
            client,
            why,
        )
        self._last_at = self._clock()
        self._since_then = 0
