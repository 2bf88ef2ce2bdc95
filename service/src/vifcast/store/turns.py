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

    Whoever has waited for ``limit_s`` goes on without a turn: then the database decides.
    """

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self._guard = threading.Lock()
        self._is_taken = False
        self._waiting: deque[threading.Lock] = deque()

    def take(self) -> bool:
        """Wait for the turn; whether it came, and is to be given back."""
        with self._guard:
            if not self._is_taken:
                self._is_taken = True
                return True
            mine = threading.Lock()
            mine.acquire()
            self._waiting.append(mine)
        if mine.acquire(timeout=self._limit_s):
            return True
        with self._guard:
            if mine not in self._waiting:
                # It came just now.
                return True
            self._waiting.remove(mine)
            return False

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
        has_turn = self.take()
        try:
            yield
        finally:
            if has_turn:
                self.give_back()
