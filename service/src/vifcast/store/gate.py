"""Lets threads of this process in, until one wants to be alone."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Gate:
    """``with gate:`` is inside, beside others; ``alone`` waits until nobody is.

    Whoever comes meanwhile waits until that is over.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._inside = 0
        self._is_closed = False

    def __enter__(self) -> None:
        with self._changed:
            while self._is_closed:
                self._changed.wait()
            self._inside += 1

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._inside -= 1
            if self._is_closed:
                self._changed.notify_all()

    @contextmanager
    def alone(self, limit_s: float) -> Iterator[bool]:
        """Nobody else is inside; False where somebody still is after ``limit_s``.

        One thread at a time may call it.
        """
        with self._changed:
            self._is_closed = True
        try:
            with self._changed:
                is_alone = self._changed.wait_for(lambda: not self._inside, limit_s)
            yield is_alone
        finally:
            with self._changed:
                self._is_closed = False
                self._changed.notify_all()
