"""``Streams``: all streams of one process, from the first message of each to its last."""

import asyncio
import logging
import random
import threading
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing, contextmanager, suppress
from dataclasses import replace

import anyio.to_thread
from anyio import CapacityLimiter

from vifcast import times
from vifcast.api.problems import STORE_UNAVAILABLE, log_store_error
from vifcast.api.stream.conditions import of_the_store
from vifcast.api.stream.feed import Feed
from vifcast.api.stream.limits import Limits
from vifcast.api.stream.messages import Chunk, Encoder, dropped, opening
from vifcast.api.stream.permit import Permit, Permits
from vifcast.api.stream.reader import End, StreamReader
from vifcast.api.stream.watch import keep_checking, keep_watching
from vifcast.errors import StoreError
from vifcast.identity.refusal import Refusal
from vifcast.listening import keep_listening
from vifcast.metrics import Metrics
from vifcast.store import FeedGap, Store

LOG = logging.getLogger(__name__)

_STOPPING = End("stopping", "vifcast stops; reconnect, and nothing is lost")


class Streams:
    """``wake`` and ``close`` are called from any thread, all else in that of the event loop."""

    def __init__(self, store: Store, metrics: Metrics, permits: Permits, limits: Limits) -> None:
        self._store = store
        self._metrics = metrics
        # To look them up takes longer than to count.
        self._sent_events = metrics.stream_sent.labels("event")
        self._sent_operations = metrics.stream_sent.labels("operation")
        self._permits = permits
        self._limits = limits
        self._open: dict[StreamReader, Permit] = {}
        self._open_by_caller: Counter[str] = Counter()
        self._feed = Feed(store, limits)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._closing = threading.Event()
        self._listening: threading.Thread | None = None
        # So many connections to the database do readers take that catch up.
        self._threads = CapacityLimiter(2)

    def wake(self) -> None:
        """New events were stored: look at once."""
        if self._open:
            self._soon(self._feed.wake)

    def close(self) -> None:
        """End all streams, in a second or so, and take no more readers."""
        self._closing.set()
        self._soon(self._end_all)

    def refusal(self, caller: str) -> Refusal | None:
        """Why there can be no other reader of this caller; None: there can."""
        if self._closing.is_set():
            return Refusal(503, "stream_refused", "vifcast stops; try again in some seconds")
        if len(self._open) >= self._limits.readers:
            return Refusal(
                503,
                "stream_refused",
                f"{len(self._open)} streams are open, as many as [api] stream_readers allows; try "
                "again later, or raise it",
            )
        limit = self._limits.readers_per_caller
        if limit and self._open_by_caller[caller] >= limit:
            return Refusal(
                429,
                "too_many_streams",
                f"{caller} has {limit} streams open, as many as [api] stream_readers_per_caller "
                "allows one caller; close one, read one stream for several purposes, or raise it",
            )
        return None

    @contextmanager
    def opened(self, reader: StreamReader, permit: Permit) -> Iterator[None]:
        """Count the reader among the open ones, and watch over it."""
        self._start()
        self._open[reader] = permit
        self._open_by_caller[reader.name] += 1
        self._metrics.stream_readers.set(len(self._open))
        if self._closing.is_set():
            self._drop(reader, _STOPPING)
        try:
            yield
        finally:
            del self._open[reader]
            self._open_by_caller -= Counter((reader.name,))
            self._metrics.stream_readers.set(len(self._open))
            self._feed.leave(reader)

    async def messages(
        self, reader: StreamReader, gap: FeedGap | None
    ) -> AsyncGenerator[bytes, None]:
        """All that it is sent, until its stream ends."""
        retry_ms = round(self._limits.retry_ms * random.uniform(0.5, 1.5))  # noqa: S311 - no secret
        yield opening(reader.position, retry_ms, gap)
        async with aclosing(self._chunks(reader)) as chunks:
            async for chunk in chunks:
                reader.sends()
                yield chunk.data
                reader.has_sent()
                self._count(chunk)
        if reader.end is not None:
            reader.sends()
            yield dropped(reader.end.reason, reader.end.detail)
            reader.has_sent()

    async def _chunks(self, reader: StreamReader) -> AsyncGenerator[Chunk, None]:
        """From the store, until it has read all; then what comes; and again, if it falls behind."""
        has_all = False
        while reader.end is None:
            if has_all and self._feed.join(reader):
                while (chunk := await reader.next()) is not None:
                    yield chunk
                has_all = False
                continue
            try:
                chunk, end, is_full = await anyio.to_thread.run_sync(
                    self._read, reader, limiter=self._threads
                )
            except StoreError as error:
                log_store_error(error)
                sees_it = reader.interest.view.has_details
                detail = str(error) if sees_it else STORE_UNAVAILABLE
                self._drop(reader, End(StoreError.code, detail))
                break
            if chunk is not None:
                yield chunk
            reader.position, has_all = end, not is_full

    def _read(self, reader: StreamReader) -> tuple[Chunk | None, int, bool]:
        page = self._store.feed_page(
            reader.position, limit=self._limits.page, query=of_the_store(reader.interest.query)
        )
        chunk = Encoder().chunk(page.entries, reader.interest.view, reader.matches)
        if chunk is not None:
            # It is late because the reader is.
            chunk = replace(chunk, received_at=None)
        return chunk, page.end, page.is_full

    def _count(self, chunk: Chunk) -> None:
        if chunk.events:
            self._sent_events.inc(chunk.events)
        if chunk.operations:
            self._sent_operations.inc(chunk.operations)
        if chunk.received_at is not None:
            delay = times.now() - chunk.received_at
            self._metrics.stream_delay.observe(max(0.0, delay.total_seconds()))

    def _drop(self, reader: StreamReader, end: End) -> None:
        if reader.end is not None or reader not in self._open:
            return
        reader.stop(end)
        self._feed.leave(reader)
        self._metrics.stream_dropped.labels(end.reason).inc()
        if end is not _STOPPING:
            LOG.warning("stream of %s dropped (%s): %s", reader.name, end.reason, end.detail)

    def _start(self) -> None:
        if self._loop is not None:
            return
        loop = self._loop = asyncio.get_running_loop()
        feed, opened, drop, limits = self._feed, self._open, self._drop, self._limits
        self._tasks = [
            loop.create_task(feed.run()),
            loop.create_task(keep_watching(feed.readers, opened, drop, limits)),
            loop.create_task(keep_checking(opened, self._permits, drop, limits)),
        ]
        for task in self._tasks:
            task.add_done_callback(self._failed)
        if self._listening is None:
            self._listening = threading.Thread(
                target=keep_listening,
                args=(self._store, "the stream", self._heard, self._feed.is_silent, self._closing),
                name="vifcast-listen",
                daemon=True,
            )
            self._listening.start()

    def _failed(self, task: "asyncio.Task[None]") -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            LOG.error("the stream failed; this is a mistake in vifcast", exc_info=error)
            self._end_all()
            # The next reader starts all anew.
            self._loop = None

    def _heard(self) -> None:
        self._feed.is_listening = True
        self._soon(self._feed.wake)

    def _end_all(self) -> None:
        for reader in list(self._open):
            self._drop(reader, _STOPPING)
        for task in self._tasks:
            task.cancel()
        if self._loop is not None and self._open:
            self._loop.call_later(self._limits.last_send_s, self._abort_all)

    def _abort_all(self) -> None:
        for reader in self._open:
            reader.abort()

    def _soon(self, call: Callable[[], None]) -> None:
        if self._loop is not None:
            # RuntimeError: the server has ended, and with it all streams.
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(call)
