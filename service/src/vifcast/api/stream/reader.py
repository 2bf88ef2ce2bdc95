"""``StreamReader``: one client of the stream, and what waits to be sent to it."""

import asyncio
import datetime as dt
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from vifcast.api.stream.conditions import conditions_of
from vifcast.api.stream.messages import Chunk, heartbeat
from vifcast.identity.policy import View
from vifcast.store import EventQuery


@dataclass(frozen=True, slots=True)
class Interest:
    """What readers want and may see; those with the same are sent the same."""

    query: EventQuery
    view: View


@dataclass(frozen=True, slots=True)
class End:
    """Why a stream ends: a word for programs and a sentence."""

    reason: str
    detail: str


class StreamReader:
    """Used in the thread of the event loop alone.

    ``position``: all until there was given to it. ``name`` is for the log. ``abort`` cuts its
    connection, for one who takes nothing of what is written to it. ``overdue_until``: the same
    as ``position`` of operations that became overdue, which no event has.
    """

    def __init__(
        self,
        name: str,
        interest: Interest,
        position: int,
        overdue_until: dt.datetime,
        abort: Callable[[], None],
    ) -> None:
        self.name = name
        self.interest = interest
        self.matches = conditions_of(interest.query)
        self.position = position
        self.overdue_until = overdue_until
        self.end: End | None = None
        self.ended_at = 0.0
        self.sending_since: float | None = None
        # Offered more than it may have waiting: it has to read the rest from the store.
        self.is_behind = False
        self.offered_at = time.monotonic()
        self.abort = abort
        self._waiting: deque[Chunk] = deque()
        self._waiting_bytes = 0
        self._changed = asyncio.Event()

    def offer(self, chunk: Chunk | None, position: int, limit_bytes: int) -> bool:
        """Give it what there was until a position; False where it cannot take that."""
        if chunk is not None:
            if self._waiting_bytes + len(chunk.data) > limit_bytes:
                self.is_behind = True
                self._changed.set()
                return False
            self._put(chunk)
        self.position = position
        return True

    def has_room(self, limit_bytes: int) -> bool:
        """Whether it may be given what has no position: it could not read that from the store."""
        return self.end is None and self._waiting_bytes <= limit_bytes // 2

    def offer_overdue(self, chunk: Chunk | None, until: dt.datetime) -> None:
        """Give it the operations that became overdue until then; for one that has room."""
        if chunk is not None:
            self._put(chunk)
        self.overdue_until = until

    def keep_open(self) -> None:
        """Send a heartbeat; for one that is given what comes, and nothing came."""
        self._put(Chunk(heartbeat(self.position)))

    def stop(self, end: End) -> None:
        """Have its stream end, if it does not yet."""
        if self.end is None:
            self.end, self.ended_at = end, time.monotonic()
            self._waiting.clear()
            self._waiting_bytes = 0
            self._changed.set()

    async def next(self) -> Chunk | None:
        """What to send next; None when the stream ends, or goes on from the store."""
        while not self._waiting:
            if self.end is not None or self.is_behind:
                self.is_behind = False
                return None
            self._changed.clear()
            await self._changed.wait()
        chunk = self._waiting.popleft()
        self._waiting_bytes -= len(chunk.data)
        return chunk

    def sends(self) -> None:
        """A chunk is about to be sent."""
        self.offered_at = self.sending_since = time.monotonic()

    def has_sent(self) -> None:
        """The connection has taken it."""
        self.sending_since = None

    def _put(self, chunk: Chunk) -> None:
        self.offered_at = time.monotonic()
        self._waiting.append(chunk)
        self._waiting_bytes += len(chunk.data)
        self._changed.set()
