"""Whose turn it is to write, among the threads of this process."""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class Turns:
    """One thread after the other, in the order in which they came.

    The database lets one write at a time, too, but SQLite's lock goes to whoever tries at the right
    moment. A broker with a backlog takes it again within a millisecond, and another one's batch
    looks every 100 ms: beside batches of a thousand it waited up to 9.9 s, and its limit is 10; by
    turns 0.2 to 1 s.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._is_taken = False
        self._waiting: deque[threading.Lock] = deque()

    def take(self) -> None:
        """Wait for the turn."""
        with self._guard:
            if not self._is_taken:
                self._is_taken = True
                return
            mine = threading.Lock()
            mine.acquire()
            self._waiting.append(mine)
        mine.acquire()

    def give_back(self) -> None:
        """End the turn, in whichever thread; the one that has waited longest gets it."""
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._is_taken = False

    @contextmanager
    def one(self) -> Iterator[None]:
        """A turn."""
        self.take()
        try:
            yield
        finally:
            self.give_back()
