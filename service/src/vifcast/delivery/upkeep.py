"""Looks after what the sending leaves: overdue operations, stuck lines, what is too old."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from vifcast import times
from vifcast.errors import StoreError
from vifcast.metrics import Metrics
from vifcast.store import Store, Upkeep

LOG = logging.getLogger(__name__)

_LOOK_S = 1.0
_OVERDUE_S = 5.0
_STUCK_S = 60.0
_REMOVED_S = 60.0
_OLD_S = 3600.0


@dataclass(slots=True)
class _Task:
    name: str
    every_s: float
    work: Callable[[], None]
    next_at: float = field(default_factory=time.monotonic)

    def run(self) -> None:
        self.next_at = time.monotonic() + self.every_s
        try:
            self.work()
        except StoreError as error:
            # Who takes deliveries says the same of the database, louder.
            LOG.debug("%s are looked for again in %g s: %s", self.name, self.every_s, error)


def keep_up(
    store: Store,
    undelivered_days: int,
    metrics: Metrics,
    wake: Callable[[], None],
    stopping: threading.Event,
) -> None:
    """Runs in a thread of its own until ``stopping`` is set; a failure is tried again.

    ``wake`` is called when there is something new to send.
    """
    of = _Work(Upkeep(store), undelivered_days, metrics, wake, stopping)
    tasks = (
        _Task("overdue operations", _OVERDUE_S, of.announce_overdue),
        _Task("deliveries without a turn", _STUCK_S, of.wake_stuck),
        _Task("deliveries that wait for too long", _OLD_S, of.give_up),
        _Task("deliveries of removed subscriptions", _REMOVED_S, of.delete_removed),
    )
    while not stopping.wait(_LOOK_S):
        for task in tasks:
            if time.monotonic() >= task.next_at and not stopping.is_set():
                task.run()


@dataclass(frozen=True, slots=True)
class _Work:
    upkeep: Upkeep
    undelivered_days: int
    metrics: Metrics
    wake: Callable[[], None]
    stopping: threading.Event

    def announce_overdue(self) -> None:
        if self.upkeep.announce_overdue(times.now()):
            self.wake()

    def wake_stuck(self) -> None:
        if woken := self.upkeep.wake_stuck(times.now()):
            LOG.warning("%d deliveries had been left without a turn; they are sent now", woken)
            self.wake()

    def give_up(self) -> None:
        days = self.undelivered_days
        if not days:
            return
        if given_up := self.upkeep.give_up(days, times.now(), self.stopping.wait):
            self.metrics.deliveries.labels("dead").inc(given_up)
            LOG.warning(
                "%d deliveries had waited for %d days and were given up; vifcast subscription "
                "recover sends them again",
                given_up,
                days,
            )

    def delete_removed(self) -> None:
        if deleted := self.upkeep.delete_removed(self.stopping.wait):
            LOG.info("deleted %d deliveries of subscriptions that were removed", deleted)
