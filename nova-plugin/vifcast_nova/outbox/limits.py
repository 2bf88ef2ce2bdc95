"""How much may wait, for how long, and what was dropped because of it."""

import logging
import threading

from oslo_utils import timeutils

LOG = logging.getLogger(__name__)

_LOG_EVERY_S = 60


class Limits(object):
    """The bounds of one outbox directory, seen from one process.

    :param max_bytes: int, of all processes' files together
    :param max_age_s: int
    """

    def __init__(self, max_bytes, max_age_s):
        self.max_bytes = max_bytes
        self.max_age_s = max_age_s
        self.dropped = 0  # since this process began
        self._others_bytes = 0
        self._others = 0
        self._unlogged = 0
        self._logged_at = None
        self._lock = threading.Lock()

    def others_hold(self, size, processes):
        """What the others were seen to hold: bytes, and how many they are."""
        self._others_bytes, self._others = size, processes

    def allowance(self):
        """Bytes that this process may hold.

        What the others leave; a fair share in any case, so that one service that
        has filled the directory does not silence the rest.
        """
        share = self.max_bytes // (self._others + 1)
        return max(self.max_bytes - self._others_bytes, share)

    def is_too_old(self, since_s):
        """Whether a letter that this process has had ``since_s`` is dropped.

        By a monotonic clock, ``oslo_utils.timeutils.now``. Not by the time in its
        name: that may come from before the clock was set right, or be compared with one
        that is wrong. What is adopted gets its whole time anew, rather than none.
        """
        return timeutils.now() - since_s > self.max_age_s

    def set_aside(self):
        """Count a notification that was not sent, and is kept."""
        with self._lock:
            self.dropped += 1

    def gave_up(self, count, why):
        """Count notifications that are lost, and log them once a minute at most."""
        with self._lock:
            self.dropped += count
            self._unlogged += count
            now_s = timeutils.now()
            is_time = self._logged_at is None or now_s - self._logged_at >= _LOG_EVERY_S
            if not self._unlogged or not is_time:
                return
            unlogged, self._unlogged, self._logged_at = self._unlogged, 0, now_s
        LOG.warning(
            "vifcast-nova: %d notifications waiting in the outbox were dropped (%s) and are "
            "lost, %d since this process began. Find out why the notification bus is away "
            "for so long; [vifcast] outbox_max_bytes and outbox_max_age_s in the service's "
            "configuration limit how much may wait.",
            unlogged,
            why,
            self.dropped,
        )
