"""How long to wait before trying again."""

import random


class Backoff:
    """Doubles from ``first_s`` to ``max_s``, with half of it random.

    The random part keeps many listeners of one broker from coming back at the
    same instant.
    """

    def __init__(self, max_s: float, first_s: float = 0.5) -> None:
        self._first_s = min(first_s, max_s)
        self._max_s = max_s
        self._next_s = self._first_s

    def next_s(self) -> float:
        """The pause before the next try, in seconds."""
        pause_s = self._next_s
        self._next_s = min(self._next_s * 2, self._max_s)
        return pause_s * random.uniform(0.5, 1.0)  # noqa: S311 - no secret

    def reset(self) -> None:
        """Start again from ``first_s``, after a success."""
        self._next_s = self._first_s
