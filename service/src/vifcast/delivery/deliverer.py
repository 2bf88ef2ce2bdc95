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
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial

from msgspec.structs import replace

from vifcast import times
from vifcast.delivery import disabled, measured
from vifcast.delivery.attempts import Attempts
from vifcast.delivery.batches import batches
from vifcast.delivery.brokers import Brokers
from vifcast.delivery.finished import Finished
from vifcast.delivery.formats import BATCHED
from vifcast.delivery.outcomes import not_tried
from vifcast.delivery.pace import Pace, Room
from vifcast.delivery.receiver import Receivers
from vifcast.delivery.recent import Recent
from vifcast.delivery.sending import Sending
from vifcast.delivery.taken import Run, Taken
from vifcast.delivery.visible import Visibility
from vifcast.delivery.webhooks import Webhooks
from vifcast.delivery_settings import DeliverySettings
from vifcast.errors import StoreError
from vifcast.identity.policy import Policy
from vifcast.ingest.backoff import Backoff
from vifcast.listening import keep_listening
from vifcast.metrics import Metrics
from vifcast.repeats import Repeats
from vifcast.secret_box import SecretBox
from vifcast.store import Claim, Dispatch, Outcome, Store, Subscribing
from vifcast.subscription.delivery import Delivery, DeliveryState
from vifcast.subscription.message import Message
from vifcast.subscription.subscription import (
    Destination,
    Subscription,
    SubscriptionState,
)

LOG = logging.getLogger(__name__)

# How long a change of a subscription takes to be seen, and what nobody notified us of.
_REFRESH_S = 1.0
_LOOK_S = 0.2
_RETRY_MAX_S = 10.0
# What is under way when the process is to stop may end; the rest another one takes.
_END_S = 5.0


class Deliverer:
    """One process's; ``run`` is called once, in a thread of its own."""

    def __init__(
        self,
        store: Store,
        settings: DeliverySettings,
        policy: Policy,
        box: Callable[[], SecretBox],
        stopping: threading.Event,
        metrics: Metrics | None = None,
    ) -> None:
        self._store = store
        self._metrics = metrics or Metrics()
        self._visibility = Visibility(policy)
        self._receivers = Receivers(box)
        self._dispatch = Dispatch(store)
        self._settings = settings
        self._stopping = stopping
        self._worker = f"{socket.gethostname()} {os.getpid()} {uuid.uuid4().hex[:8]}"
        self._pace = Pace(settings)
        self._taken = Taken()
        self._repeats = Repeats()
        self._recent = Recent(self._dispatch.messages)
        self._subscribing = Subscribing(store)
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
            args=(self._store, "delivery", self.wake, self.wake, self._stopping),
            name="vifcast-deliver-listen",
            daemon=True,
        ).start()
        asyncio.run(self._run())

    async def _run(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._finished = Finished(
            self._dispatch, self._worker, self._settings.circuit_failures, self._written
        )
        pauses = Backoff(_RETRY_MAX_S)
        async with Webhooks(self._settings) as webhooks:
            self._brokers = Brokers(self._settings.timeout_s)
            self._attempts = Attempts(
                self._visibility,
                self._receivers,
                Sending(webhooks),
                self._brokers,
                self._settings.schedule_s,
            )
            writing = asyncio.create_task(self._finished.keep_writing())
            while not self._stopping.is_set():
                if writing.done():
                    # By a mistake of ours: raised here, where the process learns of it.
                    writing.result()
                try:
                    is_busy = await self._look()
                    pauses.reset()
                    self._repeats.over()
                except StoreError as error:
                    pause_s = pauses.next_s()
                    if self._repeats.is_new(str(error)):
                        LOG.warning("no deliveries can be taken from the database: %s", error)
                    await asyncio.sleep(pause_s)
                    continue
                if not is_busy:
                    await self._wait()
            await self._end()
            self._brokers.close()
            writing.cancel()

    async def _wait(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._is_woken.wait(), _LOOK_S)
        self._is_woken.clear()

    async def _end(self) -> None:
        self._give_back()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_END_S)
        await self._finished.wait_until_written(_END_S)

    async def _look(self) -> bool:
        """Have sent what is due; whether there was any."""
        if time.monotonic() - self._read_at > _REFRESH_S:
            await asyncio.to_thread(self._refresh)
            self._visibility.refresh()
            self._brokers.forget([each.id for each in self._subscriptions])
            self._read_at = time.monotonic()
        self._give_back()
        for each in self._subscriptions:
            # Whatever ended those before: nothing stays taken and unsent.
            if self._taken.has(each.id):
                self._begin(each, self._room(each).requests)
        ready = {each.id: each for each in self._subscriptions if self._wanted(each)}
        if not ready:
            return False
        due = await asyncio.to_thread(self._dispatch.due, ready, times.now())
        taken = False
        for subscription_id in due:
            taken |= await self._take(ready[subscription_id])
        return taken

    def _wanted(self, of: Subscription) -> int:
        """How many runs to claim."""
        room = self._room(of).requests
        if not room or not self._pace.is_well(of):
            return room
        return self._taken.wanted(of.id) or (0 if self._taken.has(of.id) else room)

    def _give_back(self) -> None:
        """Give back what cannot be sent soon."""
        active = {each.id: each for each in self._subscriptions}
        for subscription_id in self._taken.subscriptions():
            of = active.get(subscription_id)
            if (
                of is None
                or of.state is not SubscriptionState.ACTIVE
                or not self._pace.is_well(of)
                or self._stopping.is_set()
            ):
                for run in self._taken.all_of(subscription_id):
                    self._return(subscription_id, run)

    def _return(self, subscription_id: str, run: Run) -> None:
        outcomes = [not_tried(each) for each in run.deliveries]
        self._finished.add(subscription_id, outcomes, run.line)

    def _refresh(self) -> None:
        self._subscriptions = self._dispatch.subscriptions()
        self._pace.refresh(self._dispatch.destinations(), self._dispatch.deliverers(times.now()))
        known = frozenset(each.id for each in self._subscriptions)
        self._pace.forget_others(known)
        self._receivers.forget(known)

    def _room(self, of: Subscription) -> Room:
        """How many runs may begin now."""
        return self._pace.room(of, times.now(), time.monotonic())

    async def _take(self, subscription: Subscription) -> bool:
        room = self._room(subscription)
        wanted = self._wanted(subscription)
        if not wanted:
            return False
        # Where a run is one request, it counts as one.
        is_batched = subscription.format in BATCHED
        is_single = not is_batched and not self._pace.is_well(subscription)
        now = times.now()
        until_s = time.monotonic() + self._settings.lease_s - self._settings.timeout_s
        claim = Claim(
            subscription_id=subscription.id,
            worker=self._worker,
            now=now,
            until=now + dt.timedelta(seconds=self._settings.lease_s),
            limit=max(wanted, room.requests * self._settings.run) if is_batched else wanted,
            run=1 if is_single else self._settings.run,
            lines=wanted,
        )
        runs, messages = await asyncio.to_thread(
            partial(self._claimed, in_batches=is_batched), claim, room.probe_of
        )
        if room.probe_of is not None:
            # If it is not ours, it is another's; what is in the database counts a second later.
            self._pace.note_probed(subscription.id, claim.until)
        is_probe = room.probe_of is not None
        for each in runs:
            self._taken.add(subscription.id, Run(each, messages, until_s, is_probe))
        self._begin(subscription, room.requests)
        return bool(runs)

    def _begin(self, subscription: Subscription, requests: int) -> None:
        """Begin to send so many of the runs that were taken."""
        while requests and (run := self._taken.next(subscription.id)) is not None:
            if run.is_late:
                self._return(subscription.id, run)
                continue
            requests -= 1
            self._pace.begin(subscription.id)
            task = asyncio.create_task(self._send(subscription, run))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _claimed(
        self, by: Claim, probe_of: dt.datetime | None, *, in_batches: bool
    ) -> tuple[list[list[Delivery]], dict[int, Message]]:
        runs = self._dispatch.claim(by, probe_of)
        messages = self._recent.of([each for run in runs for each in run])
        return batches(runs, by.run) if in_batches else runs, messages

    async def _send(self, subscription: Subscription, run: Run) -> None:
        """Send a run in its order, as far as it goes, and begin the next."""
        outcomes: list[Outcome] = []
        try:
            await self._attempts.send(subscription, run, outcomes)
        finally:
            self._pace.end(subscription.id)
            if run.is_probe:
                outcomes = [replace(each, is_probe=True) for each in outcomes]
            measured.count(
                self._metrics,
                outcomes,
                {each.id: each.ordered_at for each in run.deliveries if each.replay_id is None},
            )
            self._finished.add(subscription.id, outcomes, run.line)
        if not self._stopping.is_set() and self._is_going(subscription, outcomes):
            self._begin(subscription, self._room(subscription).requests)

    def _is_going(self, of: Subscription, outcomes: Sequence[Outcome]) -> bool:
        return self._pace.is_well(of) and all(
            each.state is not DeliveryState.WAITING for each in outcomes
        )

    async def _written(
        self, subscription_id: str, destination: Destination | None, outcomes: Sequence[Outcome]
    ) -> None:
        """Go on, now that these are in the database."""
        self._is_woken.set()
        if destination is None:
            return
        self._pace.note(destination)
        now = times.now()
        reason = disabled.reason(destination, outcomes, self._settings.disable_after_s, now)
        if reason is None:
            return
        # Nothing more is sent to it while that is written.
        self._subscriptions = [each for each in self._subscriptions if each.id != subscription_id]
        disable = self._subscribing.disable
        is_new = (
            await asyncio.to_thread(disable, subscription_id, reason.text, reason.since, now)
            is not None
        )
        self._read_at = 0.0
        if is_new:
            self._metrics.subscriptions_disabled.labels(reason.kind).inc()
            LOG.warning(
                "subscription %s is disabled: %s; what is to be sent to it waits; put it right and "
                "run: vifcast subscription resume %s",
                subscription_id,
                reason.text,
                subscription_id,
            )
