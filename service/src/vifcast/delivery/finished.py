"""``Finished``: what became of deliveries, on its way to the database.

Many at once, because a transaction costs more than what is in it. Where the database is away they
wait here; a process that dies before has them sent again by another.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from vifcast import times
from vifcast.errors import StoreError, StoreRefusedError
from vifcast.ingest.backoff import Backoff
from vifcast.repeats import Repeats
from vifcast.store import Dispatch, Done, Outcome
from vifcast.subscription.subscription import Destination

LOG = logging.getLogger(__name__)

_AT_ONCE_S = 0.02
_RETRY_MAX_S = 5.0


# With the subscription, its destination if that was heard of, and what became of its deliveries.
OnWritten = Callable[[str, Destination | None, Sequence[Outcome]], Awaitable[None]]


@dataclass(slots=True)
class _OfSubscription:
    outcomes: list[Outcome] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)


class Finished:
    """Of one process, which the database knows as ``worker``."""

    def __init__(
        self, dispatch: Dispatch, worker: str, circuit_failures: int, on_written: OnWritten
    ) -> None:
        self._circuit_failures = circuit_failures
        self._dispatch = dispatch
        self._worker = worker
        self._on_written = on_written
        self._waiting: dict[str, _OfSubscription] = defaultdict(_OfSubscription)
        self._is_new = asyncio.Event()
        self._is_written = asyncio.Event()
        self._is_written.set()
        self._pauses = Backoff(_RETRY_MAX_S)
        self._repeats = Repeats()

    def add(self, subscription_id: str, outcomes: list[Outcome], line: str | None) -> None:
        """Have these noted, and their line given back."""
        waiting = self._waiting[subscription_id]
        waiting.outcomes += outcomes
        if line is not None:
            waiting.lines.append(line)
        self._is_written.clear()
        self._is_new.set()

    async def wait_until_written(self, timeout_s: float) -> None:
        """Wait until all is written, but no longer than that."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._is_written.wait(), timeout_s)

    async def keep_writing(self) -> None:
        """Until it is cancelled."""
        while True:
            await self._is_new.wait()
            await asyncio.sleep(_AT_ONCE_S)
            self._is_new.clear()
            waiting, self._waiting = self._waiting, defaultdict(_OfSubscription)
            await self._write(
                [
                    Done(subscription_id=subscription_id, outcomes=of.outcomes, lines=of.lines)
                    for subscription_id, of in waiting.items()
                ]
            )
            if not self._waiting:
                self._is_written.set()

    async def _write(self, done: Sequence[Done]) -> None:
        try:
            destinations = await asyncio.to_thread(
                self._dispatch.finish, self._worker, times.now(), done, self._circuit_failures
            )
            self._pauses.reset()
            self._repeats.over()
        except StoreRefusedError as error:
            if len(done) > 1:
                # What is wrong with one must not hold up the others.
                for each in done:
                    await self._write([each])
                return
            await self._keep(done, error)
            return
        except StoreError as error:
            await self._keep(done, error)
            return
        for each in done:
            await self._report(each, destinations.get(each.subscription_id))

    async def _keep(self, done: Sequence[Done], error: StoreError) -> None:
        """Have these written later."""
        for each in done:
            since = self._waiting[each.subscription_id]
            since.outcomes[:0] = each.outcomes
            since.lines[:0] = each.lines
        self._is_new.set()
        pause_s = self._pauses.next_s()
        if self._repeats.is_new(str(error)):
            LOG.warning("what became of deliveries cannot be noted yet: %s", error)
        await asyncio.sleep(pause_s)

    async def _report(self, done: Done, destination: Destination | None) -> None:
        try:
            await self._on_written(done.subscription_id, destination, done.outcomes)
        except StoreError as error:
            LOG.warning("subscription %s cannot be disabled yet: %s", done.subscription_id, error)
