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
            LOG.info("%s are looked for again in %g s: %s", self.name, self.every_s, error)


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
    upkeep = Upkeep(store)

    def announce_overdue() -> None:
        if upkeep.announce_overdue(times.now()):
            wake()

    def wake_stuck() -> None:
        if woken := upkeep.wake_stuck(times.now()):
            LOG.warning("%d deliveries had been left without a turn; they are sent now", woken)
            wake()

    def give_up() -> None:
        if not undelivered_days:
            return
        if given_up := upkeep.give_up(undelivered_days, times.now(), stopping.wait):
            metrics.deliveries.labels("dead").inc(given_up)
            LOG.warning(
                "%d deliveries had waited for %d days and were given up; vifcast subscription "
                "recover sends them again",
                given_up,
                undelivered_days,
            )

    def delete_removed() -> None:
        if deleted := upkeep.delete_removed(stopping.wait):
            LOG.info("deleted %d deliveries of subscriptions that were removed", deleted)

    tasks = (
        _Task("overdue operations", _OVERDUE_S, announce_overdue),
        _Task("deliveries without a turn", _STUCK_S, wake_stuck),
        _Task("deliveries that wait for too long", _OLD_S, give_up),
        _Task("deliveries of removed subscriptions", _REMOVED_S, delete_removed),
    )
    while not stopping.wait(_LOOK_S):
        for task in tasks:
            if time.monotonic() >= task.next_at and not stopping.is_set():
                task.run()
