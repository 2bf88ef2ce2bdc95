"""``Feed``: gives all readers what is stored, as it is stored.

One task reads behind its position, one query for all readers, and gives each group of them that
wants and sees the same the same bytes. A reader joins once it has read, by itself, what there
is until the feed's position; so it misses nothing and gets nothing twice.
"""

import asyncio
import datetime as dt
import logging
import time
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

import anyio.to_thread
from anyio import CapacityLimiter

from vifcast.api.stream.limits import Limits
from vifcast.api.stream.messages import Chunk, Encoder
from vifcast.api.stream.reader import Interest, StreamReader
from vifcast.errors import StoreError
from vifcast.ingest.backoff import Backoff
from vifcast.repeats import Repeats
from vifcast.store import FeedPage, OverduePage, Store

LOG = logging.getLogger(__name__)


@dataclass(slots=True)
class _Batch:
    """Entries behind ``start``, and what readers of each interest get of them.

    ``overdue`` are the operations that became overdue since ``overdue_since``, where it was time
    to look.
    """

    start: int
    page: FeedPage
    overdue_since: dt.datetime | None
    overdue: OverduePage | None
    encoder: Encoder
    chunks: dict[Interest, Chunk | None]

    def chunk_of(self, reader: StreamReader) -> Chunk | None:
        """What it gets, and all others with the same interest."""
        interest = reader.interest
        if interest not in self.chunks:
            self.chunks[interest] = self.chunk_behind(reader, self.start)
        return self.chunks[interest]

    def overdue_chunk_of(self, reader: StreamReader) -> Chunk | None:
        """What it has not had of those that became overdue."""
        entries = [] if self.overdue is None else self.overdue.entries
        fresh = [each for each in entries if each.became_at >= reader.overdue_until]
        return self.encoder.overdue(fresh, reader.interest.view, reader.matches)

    @property
    def is_last(self) -> bool:
        """Whether it is time to wait."""
        return not self.page.entries and (self.overdue is None or not self.overdue.is_full)

    def chunk_behind(self, reader: StreamReader, after: int) -> Chunk | None:
        """What it gets if it has all until a position."""
        entries = [entry for entry in self.page.entries if entry.id > after]
        return self.encoder.chunk(entries, reader.interest.view, reader.matches)


class Feed:
    """Used in the thread of the event loop alone, but for ``wake``."""

    def __init__(self, store: Store, limits: Limits) -> None:
        self._store = store
        self._limits = limits
        self._position = 0
        self._look_for_overdue_at = 0.0
        self._groups: dict[Interest, list[StreamReader]] = defaultdict(list)
        self._has_readers = asyncio.Event()
        self._woken = asyncio.Event()
        self._own_thread = CapacityLimiter(1)
        # Set by whoever listens to the database.
        self.is_listening = False

    def join(self, reader: StreamReader) -> bool:
        """Give it all that comes from now on; False where it is behind and has to read on."""
        if not self._groups:
            self._position = reader.position
        elif reader.position < self._position:
            return False
        self._groups[reader.interest].append(reader)
        self._has_readers.set()
        return True

    def leave(self, reader: StreamReader) -> None:
        """Give it nothing more, if it got anything."""
        group = self._groups.get(reader.interest)
        if group is not None and reader in group:
            group.remove(reader)
            if not group:
                del self._groups[reader.interest]
        if not self._groups:
            self._has_readers.clear()

    def wake(self) -> None:
        """There may be new events."""
        self._woken.set()

    def is_silent(self) -> None:
        """The database notifies of nothing any more."""
        self.is_listening = False

    def readers(self) -> list[StreamReader]:
        """Those that have joined."""
        return [reader for group in self._groups.values() for reader in group]

    async def run(self) -> None:
        """Read and give out, until it is cancelled."""
        pauses, repeats = Backoff(30.0), Repeats()
        while True:
            await self._has_readers.wait()
            self._woken.clear()
            start = self._position
            try:
                batch = await anyio.to_thread.run_sync(
                    self._read, start, [group[0] for group in self._groups.values()],
                    self._overdue_since(), limiter=self._own_thread,
                )  # fmt: skip
            except StoreError as error:
                pause_s = pauses.next_s()
                if repeats.is_new(str(error)):
                    LOG.warning("the stream waits for the database: %s", error)
                await asyncio.sleep(pause_s)
                continue
            pauses.reset()
            repeats.over()
            # Otherwise all have left meanwhile, and somebody began anew elsewhere.
            if self._position == start:
                self._give_out(batch)
                self._give_out_overdue(batch)
            if batch.is_last:
                await self._pause()

    def _read(
        self,
        start: int,
        first_of_each: Collection[StreamReader],
        overdue_since: dt.datetime | None,
    ) -> _Batch:
        page = self._store.feed_page(start, limit=self._limits.page)
        # After the events: what has ended meanwhile is not overdue, and its end comes next.
        overdue = None
        if overdue_since is not None:
            overdue = self._store.overdue_page(overdue_since, limit=self._limits.page)
        batch = _Batch(start, page, overdue_since, overdue, Encoder(), {})
        if page.entries:
            for reader in first_of_each:
                batch.chunk_of(reader)
        return batch

    def _give_out(self, batch: _Batch) -> None:
        self._position = end = batch.page.end
        if not batch.page.entries:
            return
        for group in list(self._groups.values()):
            chunk = batch.chunk_of(group[0])
            for reader in list(group):
                own = chunk
                if reader.position >= end:
                    continue
                if reader.position > batch.start:
                    own = batch.chunk_behind(reader, reader.position)
                if not reader.offer(own, end, self._limits.waiting_bytes):
                    self.leave(reader)

    def _overdue_since(self) -> dt.datetime | None:
        """From when on to look for operations that became overdue; None: not yet."""
        if time.monotonic() < self._look_for_overdue_at:
            return None
        self._look_for_overdue_at = time.monotonic() + self._limits.overdue_s
        return min((reader.overdue_until for reader in self._with_room()), default=None)

    def _with_room(self) -> list[StreamReader]:
        limit = self._limits.waiting_bytes
        return [reader for reader in self.readers() if reader.has_room(limit)]

    def _give_out_overdue(self, batch: _Batch) -> None:
        since, page = batch.overdue_since, batch.overdue
        if since is None or page is None:
            return
        for reader in self._with_room():
            # Else it joined or got room meanwhile, and this is not all that it lacks.
            if since <= reader.overdue_until < page.until:
                reader.offer_overdue(batch.overdue_chunk_of(reader), page.until)
        if page.is_full:
            self._look_for_overdue_at = 0.0

    async def _pause(self) -> None:
        limits = self._limits
        pause_s = limits.poll_listening_s if self.is_listening else limits.poll_s
        try:
            async with asyncio.timeout(pause_s):
                await self._woken.wait()
        except TimeoutError:
            pass
