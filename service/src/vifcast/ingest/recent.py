"""Counts how many of the latest notifications became dead letters."""

import time
from collections import deque
from collections.abc import Callable, Iterable

MINUTES = 15

_MINUTE_S = 60


class Recent:
    """Written by the ingest thread, read by others; ``clock`` is monotonic, in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        # Minute, received in it, dead letters of these.
        self._minutes: deque[tuple[int, int, int]] = deque(maxlen=MINUTES)

    def took(self, received: int, dead_letters: int) -> None:
        """Count a batch."""
        minute = self._minute()
        if self._minutes and self._minutes[-1][0] == minute:
            _, more, more_letters = self._minutes.pop()
            received += more
            dead_letters += more_letters
        self._minutes.append((minute, received, dead_letters))

    def counts(self) -> dict[str, int]:
        """The counts of the last minutes, as JSON."""
        return counts_of([self])

    def in_time(self) -> list[tuple[int, int, int]]:
        """Minute, received in it, dead letters of these, for each of the last minutes."""
        since = self._minute() - MINUTES
        return [each for each in self._minutes.copy() if each[0] > since]

    def _minute(self) -> int:
        return int(self._clock() // _MINUTE_S)


def counts_of(several: Iterable[Recent]) -> dict[str, int]:
    """The counts of several together, as JSON."""
    found = [minute for each in several for minute in each.in_time()]
    return {
        "minutes": MINUTES,
        "received": sum(received for _, received, _ in found),
        "dead_letters": sum(letters for _, _, letters in found),
    }
