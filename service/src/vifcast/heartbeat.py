"""Each process reports itself to the database, so that ``vifcast status`` can list it."""

import logging
import os
import socket
import threading
import time
import uuid
from collections.abc import Callable

from msgspec.structs import replace

from vifcast import times
from vifcast.errors import StoreError
from vifcast.process import Process, ReadBroker, Role
from vifcast.store import Store
from vifcast.version import __version__

LOG = logging.getLogger(__name__)

_EVERY_S = 10.0
_LOOK_EVERY_S = 0.5


class Heartbeat:
    """Reports one process; ``brokers`` says how it reads at present."""

    def __init__(
        self,
        store: Store,
        role: Role,
        url: str | None,
        brokers: Callable[[], tuple[ReadBroker, ...]],
    ) -> None:
        self._store = store
        self._brokers = brokers
        self._is_failing = False
        now = times.now()
        self._process = Process(
            id=uuid.uuid4().hex,
            role=role,
            host=socket.gethostname(),
            pid=os.getpid(),
            version=__version__,
            started_at=now,
            seen_at=now,
            interval_s=_EVERY_S,
            url=url,
            brokers=(),
        )

    def keep_reporting(self, stopping: threading.Event) -> None:
        """Runs in a thread of its own until ``stopping`` is set; then takes the report back.

        A broker that is lost or found is reported at once.
        """
        reported: object = None
        next_at = 0.0
        while True:
            brokers = self._brokers()
            state = [(each.connected, each.problem) for each in brokers]
            if state != reported or time.monotonic() >= next_at:
                self._report(brokers)
                reported, next_at = state, time.monotonic() + _EVERY_S
            if stopping.wait(_LOOK_EVERY_S):
                break
        try:
            self._store.remove_process(self._process.id)
        except StoreError as error:
            LOG.debug("this process stays listed by vifcast status for a day: %s", error)

    def _report(self, brokers: tuple[ReadBroker, ...]) -> None:
        try:
            self._store.keep_process(replace(self._process, seen_at=times.now(), brokers=brokers))
            self._is_failing = False
        except StoreError as error:
            # Whoever reads or answers says the same of the database, louder.
            if not self._is_failing:
                LOG.debug("this process is not listed by vifcast status: %s", error)
            self._is_failing = True
