"""``TimeLimits``: ends what takes too long, as ``asyncio.timeout`` does, with one timer for all.

All have the same limit, so the first to begin is the first to end. A timer and two coroutines
for each took 11 % of all that a delivery takes.
"""

import asyncio
from types import TracebackType
from typing import Self


class TimeLimits:
    """Those of one event loop; each lasts ``limit_s``, or has no end if that is None."""

    def __init__(self, limit_s: float | None) -> None:
        self._limit_s = float("inf") if limit_s is None else limit_s
        self._loop = asyncio.get_running_loop()
        self._running: dict[TimeLimit, None] = {}
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> "TimeLimit":
        """One that begins now; ``with`` ends it. TimeoutError is raised there when it is over."""
        return TimeLimit(self, self._loop.time() + self._limit_s)

    def add(self, limit: "TimeLimit") -> None:
        """Watch it."""
        self._running[limit] = None
        if self._timer is None and limit.until_s != float("inf"):
            self._timer = self._loop.call_at(limit.until_s, self._look)

    def remove(self, limit: "TimeLimit") -> None:
        """Watch it no longer."""
        self._running.pop(limit, None)

    def _look(self) -> None:
        self._timer = None
        now_s = self._loop.time()
        over = []
        for limit in self._running:
            if limit.until_s > now_s:
                self._timer = self._loop.call_at(limit.until_s, self._look)
                break
            over.append(limit)
        for limit in over:
            del self._running[limit]
            limit.end()


class TimeLimit:
    """For the task that enters it; ``until_s`` is by the clock of the event loop."""

    __slots__ = ("_cancelling", "_is_over", "_limits", "_task", "until_s")

    def __init__(self, limits: TimeLimits, until_s: float) -> None:
        self._limits = limits
        self._is_over = False
        self.until_s = until_s

    def __enter__(self) -> Self:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a time limit is for a task")
        self._task = task
        self._cancelling = task.cancelling()
        self._limits.add(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._limits.remove(self)
        # Where somebody else has cancelled the task meanwhile, that goes on.
        if (
            self._is_over
            and self._task.uncancel() <= self._cancelling
            and kind is asyncio.CancelledError
        ):
            raise TimeoutError from error

    def end(self) -> None:
        """It is over: its task goes on with a TimeoutError."""
        self._is_over = True
        self._task.cancel()
