"""Looks after what the sending leaves: overdue operations, stuck lines."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from vifcast import times
from vifcast.errors import StoreError
from vifcast.store import Store, Upkeep

LOG = logging.getLogger(__name__)

_LOOK_S = 1.0
_OVERDUE_S = 5.0
_STUCK_S = 60.0


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


def keep_up(store: Store, wake: Callable[[], None], stopping: threading.Event) -> None:
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

    tasks = (
        _Task("overdue operations", _OVERDUE_S, announce_overdue),
        _Task("deliveries without a turn", _STUCK_S, wake_stuck),
    )
    while not stopping.wait(_LOOK_S):
        for task in tasks:
            if time.monotonic() >= task.next_at and not stopping.is_set():
                task.run()
