"""The state machine of ingest: whether it works, and what it waits for.

======== ========================= =====================================================
state    meaning                   on
======== ========================= =====================================================
STARTING no broker let us in yet   connected: READING
READING  batches are stored        broker lost: AWAY; storing failed: UNPROVEN_AWAY
AWAY     not connected             connected: READING
UNPROVEN connected, but the last   committed, or checked while nothing came: READING;
         batch could not be stored broker lost, or storing failed: UNPROVEN_AWAY
======== ========================= =====================================================

In UNPROVEN_AWAY being connected leads to UNPROVEN: where storing a batch failed although the
database had just passed a check, a check proves nothing; a commit does. Where the batch does not
come back, because another process has stored it, a check has to do.
"""

import logging
from enum import Enum, auto

from vifcast.errors import VifcastError
from vifcast.ingest.state import IngestState

LOG = logging.getLogger(__name__)


class _Is(Enum):
    STARTING = auto()
    READING = auto()
    AWAY = auto()
    UNPROVEN = auto()
    UNPROVEN_AWAY = auto()


_CONNECTED = {
    _Is.STARTING: _Is.READING,
    _Is.AWAY: _Is.READING,
    _Is.UNPROVEN_AWAY: _Is.UNPROVEN,
}
_BROKER_FAILED = {_Is.READING: _Is.AWAY, _Is.UNPROVEN: _Is.UNPROVEN_AWAY}
_STORE_FAILED = {_Is.READING: _Is.UNPROVEN_AWAY, _Is.UNPROVEN: _Is.UNPROVEN_AWAY}


class Condition:
    """Keeps ``state`` up to date, and logs each change once.

    :param queues: the queues that are read, as text for the log
    """

    def __init__(self, state: IngestState, queues: str) -> None:
        self._state = state
        self._queues = queues
        self._is = _Is.STARTING
        self._at = ""
        self._logged: str | None = None  # the last error

    @property
    def is_starting(self) -> bool:
        """Whether no broker has let us in yet."""
        return self._is is _Is.STARTING

    @property
    def is_unproven(self) -> bool:
        """Whether a broker lets us in, and nothing was stored since storing failed."""
        return self._is is _Is.UNPROVEN

    def connected(self, at: str) -> None:
        """The broker at ``at`` lets us in, and the database has passed its check."""
        self._at = at
        self._is = _CONNECTED.get(self._is, self._is)
        if self._is is _Is.READING:
            self._works()
        else:
            self._state.set(connected=True, problem=self._state.problem)

    def committed(self) -> None:
        """A batch is stored; or there is none, and the database takes writes."""
        if self._is is _Is.UNPROVEN:
            self._is = _Is.READING
            self._works()

    def broker_failed(self, error: VifcastError, pause_s: float) -> None:
        """The broker refuses, or is gone; the next attempt is in ``pause_s``."""
        self._is = _BROKER_FAILED.get(self._is, self._is)
        self._failed(error, pause_s)

    def store_failed(self, error: VifcastError, pause_s: float) -> None:
        """The database could not be used; the next attempt is in ``pause_s``."""
        self._is = _STORE_FAILED.get(self._is, self._is)
        self._failed(error, pause_s)

    def _works(self) -> None:
        self._logged = None
        self._state.set(connected=True, problem=None)
        LOG.info("%sreading %s at %s", self._state.of_broker, self._queues, self._at)

    def _failed(self, error: VifcastError, pause_s: float) -> None:
        self._state.set(connected=False, problem=str(error))
        # The same sentence every few seconds would bury everything else.
        if str(error) == self._logged:
            LOG.debug("%s%s; retrying in %.1f s", self._state.of_broker, error, pause_s)
        else:
            LOG.error(
                "%s%s; retrying until it works, first in %.1f s",
                self._state.of_broker,
                error,
                pause_s,
            )
        self._logged = str(error)
