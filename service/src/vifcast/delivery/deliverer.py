"""``Deliverer``: takes what is due from the database, and has it sent.

It runs in an event loop of its own, in one thread. What it asks of the database it asks in others.
"""

import asyncio
import datetime as dt
import logging
import os
import socket
import threading
import time
import uuid
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress

from vifcast import times
from vifcast.delivery.answer import Answer
from vifcast.delivery.finished import Finished
from vifcast.delivery.formats import request_of
from vifcast.delivery.schedule import next_attempt_at
from vifcast.delivery.webhooks import Webhooks
from vifcast.delivery_settings import DeliverySettings
from vifcast.errors import StoreError
from vifcast.ingest.backoff import Backoff
from vifcast.listening import keep_listening
from vifcast.store import Claim, Dispatch, Outcome, Store
from vifcast.subscription.delivery import Attempt, Delivery, DeliveryState
from vifcast.subscription.message import Message
from vifcast.subscription.subscription import Subscription, SubscriptionState

LOG = logging.getLogger(__name__)

# How long a change of a subscription takes to be seen, and what nobody notified us of.
_REFRESH_S = 1.0
_LOOK_S = 0.2
_RETRY_MAX_S = 10.0
# What is under way when the process is to stop may end; the rest another one takes.
_END_S = 5.0


class Deliverer:
    """One process's; ``run`` is called once, in a thread of its own."""

    def __init__(self, store: Store, settings: DeliverySettings, stopping: threading.Event) -> None:
        self._store = store
        self._dispatch = Dispatch(store)
        self._settings = settings
        self._stopping = stopping
        self._worker = f"{socket.gethostname()} {os.getpid()} {uuid.uuid4().hex[:8]}"
        self._in_flight: Counter[str] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()
        self._subscriptions: list[Subscription] = []
        self._read_at = 0.0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_woken = asyncio.Event()

    def wake(self) -> None:
        """There may be something due now; from any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._is_woken.set)

    def run(self) -> None:
        """Until ``stopping`` is set; what is being sent then may end."""
        threading.Thread(
            target=keep_listening,
            args=(self._store, self.wake, self.wake, self._stopping),
            name="vifcast-deliver-listen",
            daemon=True,
        ).start()
        asyncio.run(self._run())

    async def _run(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._finished = Finished(self._dispatch, self._worker, self._is_woken.set)
        pauses = Backoff(_RETRY_MAX_S)
        async with Webhooks(self._settings) as self._webhooks:
            writing = asyncio.create_task(self._finished.keep_writing())
            while not self._stopping.is_set():
                try:
                    is_busy = await self._look()
                    pauses.reset()
                except StoreError as error:
                    pause_s = pauses.next_s()
                    LOG.warning(
                        "no deliveries can be taken from the database, trying again in %.1f s: %s",
                        pause_s,
                        error,
                    )
                    await asyncio.sleep(pause_s)
                    continue
                if not is_busy:
                    await self._wait()
            await self._end()
            writing.cancel()

    async def _wait(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._is_woken.wait(), _LOOK_S)
        self._is_woken.clear()

    async def _end(self) -> None:
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_END_S)
        await self._finished.wait_until_written(_END_S)

    async def _look(self) -> bool:
        """Have sent what is due; whether there was any."""
        if time.monotonic() - self._read_at > _REFRESH_S:
            self._subscriptions = await asyncio.to_thread(self._dispatch.subscriptions)
            self._read_at = time.monotonic()
        ready = {each.id: each for each in self._subscriptions if self._room(each) > 0}
        if not ready:
            return False
        due = await asyncio.to_thread(self._dispatch.due, ready, times.now())
        taken = False
        for subscription_id in due:
            taken |= await self._take(ready[subscription_id])
        return taken

    def _room(self, of: Subscription) -> int:
        """How many runs may begin now."""
        if of.state is not SubscriptionState.ACTIVE:
            return 0
        left = self._settings.in_flight_total - self._in_flight.total()
        return min(self._settings.in_flight - self._in_flight[of.id], left)

    async def _take(self, subscription: Subscription) -> bool:
        now = times.now()
        runs, messages = await asyncio.to_thread(
            self._claimed,
            Claim(
                subscription_id=subscription.id,
                worker=self._worker,
                now=now,
                until=now + dt.timedelta(seconds=self._settings.lease_s),
                limit=self._room(subscription),
                run=self._settings.run,
            ),
        )
        for run in runs:
            self._in_flight[subscription.id] += 1
            task = asyncio.create_task(self._send(subscription, run, messages))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return bool(runs)

    def _claimed(self, by: Claim) -> tuple[list[list[Delivery]], dict[int, Message]]:
        runs = self._dispatch.claim(by)
        return runs, self._dispatch.messages(each for run in runs for each in run)

    async def _send(
        self,
        subscription: Subscription,
        run: Sequence[Delivery],
        messages: dict[int, Message],
    ) -> None:
        """Send a run in its order, as far as it goes."""
        until = time.monotonic() + self._settings.lease_s - self._settings.timeout_s
        outcomes: list[Outcome] = []
        try:
            for delivery in run:
                if outcomes and (
                    outcomes[-1].state is DeliveryState.WAITING or time.monotonic() > until
                ):
                    outcomes.append(_not_tried(delivery))
                    continue
                outcomes.append(
                    await self._attempt(subscription, delivery, messages.get(delivery.id))
                )
        finally:
            self._in_flight[subscription.id] -= 1
            self._finished.add(subscription.id, outcomes, run[0].line)

    async def _attempt(
        self, subscription: Subscription, delivery: Delivery, message: Message | None
    ) -> Outcome:
        if message is None:
            return Outcome(
                delivery_id=delivery.id,
                state=DeliveryState.CANCELLED,
                attempts=delivery.attempts,
                finished_at=times.now(),
                error="its event was deleted, because it is older than [retention] keeps events",
            )
        started_at = times.now()
        started = time.monotonic()
        answer = await self._webhooks.send(subscription.url, request_of(subscription, [message]))
        duration_ms = round((time.monotonic() - started) * 1000)
        return self._outcome(delivery, answer, started_at, duration_ms)

    def _outcome(
        self, delivery: Delivery, answer: Answer, started_at: dt.datetime, duration_ms: int
    ) -> Outcome:
        attempts = delivery.attempts + 1
        now = times.now()
        due_at = None
        state = DeliveryState.DELIVERED
        if not answer.is_delivered:
            due_at = next_attempt_at(self._settings.schedule_s, attempts, now, answer.retry_after_s)
            state = DeliveryState.DEAD if due_at is None else DeliveryState.WAITING
        return Outcome(
            delivery_id=delivery.id,
            state=state,
            attempts=attempts,
            due_at=due_at,
            finished_at=None if state is DeliveryState.WAITING else now,
            status_code=answer.status_code,
            error=answer.error,
            attempt=Attempt(
                delivery_id=delivery.id,
                number=attempts,
                started_at=started_at,
                duration_ms=duration_ms,
                status_code=answer.status_code,
                error=answer.error,
                answer=answer.body,
                address=answer.address,
            ),
        )


def _not_tried(delivery: Delivery) -> Outcome:
    """Its turn comes when that of the one before it has."""
    return Outcome(delivery_id=delivery.id, state=DeliveryState.WAITING, attempts=delivery.attempts)
