"""Watches over open streams: sends heartbeats, ends streams of lost permits, cuts off the stuck."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

import anyio.to_thread
from anyio import CapacityLimiter

from vifcast.api.stream.limits import Limits
from vifcast.api.stream.permit import Permit, Permits
from vifcast.api.stream.reader import End, StreamReader

Drop = Callable[[StreamReader, End], None]


async def keep_watching(
    live: Callable[[], Iterable[StreamReader]],
    opened: Mapping[StreamReader, Permit],
    drop: Drop,
    limits: Limits,
) -> None:
    """Until it is cancelled. ``live`` are those of the open ones that have read all there is."""
    while True:
        await asyncio.sleep(limits.look_s)
        now = time.monotonic()
        for reader in list(opened):
            _cut_off_stuck(reader, now, drop, limits)
        for reader in live():
            if now - reader.offered_at >= limits.heartbeat_s and reader.sending_since is None:
                reader.keep_open()


def _cut_off_stuck(reader: StreamReader, now: float, drop: Drop, limits: Limits) -> None:
    if reader.sending_since is None:
        return
    if reader.end is not None and now - reader.ended_at > limits.last_send_s:
        reader.abort()
    elif reader.end is None and now - reader.sending_since > limits.send_s:
        detail = f"took nothing for {limits.send_s:g} s"
        drop(reader, End("not_reading", detail))
        reader.abort()


async def keep_checking(
    opened: Mapping[StreamReader, Permit], permits: Permits, drop: Drop, limits: Limits
) -> None:
    """Until it is cancelled: end the streams of tokens that were revoked or have expired."""
    threads = CapacityLimiter(2)

    async def check(readers: list[StreamReader], permit: Permit) -> None:
        end = await anyio.to_thread.run_sync(permits.lost, permit, limiter=threads)
        if end is not None:
            for reader in readers:
                drop(reader, end)

    while True:
        await asyncio.sleep(limits.recheck_s)
        # One look for each token: a page of a busy CMP may hold hundreds of streams.
        readers_of: dict[object, list[StreamReader]] = defaultdict(list)
        for reader, permit in opened.items():
            readers_of[permit.key].append(reader)
        checks = [check(readers, opened[readers[0]]) for readers in readers_of.values()]
        await asyncio.gather(*checks)
