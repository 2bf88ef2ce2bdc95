"""Counts what a consumer has done with, from its first batch to its last."""

import threading
import time


class Meter:
    """``done(n)`` after each batch; ``rate`` once ``count`` are done.

    The first batch starts the watch and does not count: connecting and starting
    up is not what is compared.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._seen = self._first = 0
        self._started = self._ended = 0.0
        self.finished = threading.Event()

    def done(self, number: int) -> None:
        """So many more have been dealt with."""
        self._seen += number
        self._ended = time.perf_counter()
        if not self._first:
            self._first, self._started = self._seen, self._ended
        if self._seen >= self._count:
            self.finished.set()

    @property
    def rate(self) -> float:
        """Notifications a second."""
        return (self._count - self._first) / (self._ended - self._started)
