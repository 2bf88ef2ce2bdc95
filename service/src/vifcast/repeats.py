"""``Repeats``: whether a problem is to be logged, or has been and goes on."""

import re
import threading
import time
from collections.abc import Callable

# A problem that was not met for so long is over, and logged when it comes back.
_OVER_AFTER_S = 60.0
_KEEP = 1000
# What differs from one attempt to the next, and says nothing.
_VARYING = re.compile(r"0x[0-9a-f]+|req-[0-9a-f-]+")


class Repeats:
    """Called from several threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._met_at: dict[str, float] = {}

    def is_new(self, text: str) -> bool:
        """Whether this problem has begun just now; to be asked each time that it is met."""
        key = _VARYING.sub("", text)
        now = self._clock()
        with self._lock:
            met_at = self._met_at.get(key)
            if met_at is None and len(self._met_at) >= _KEEP:
                self._met_at.clear()
            self._met_at[key] = now
        return met_at is None or now - met_at > _OVER_AFTER_S

    def over(self) -> None:
        """All works."""
        with self._lock:
            self._met_at.clear()
