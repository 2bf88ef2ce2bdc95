"""Where this process keeps letters: its spool, or memory while that cannot be used."""

import logging
import os
import time

from vifcast_nova.outbox.backlog import Entry
from vifcast_nova.outbox.spool import Spool, now_ns

LOG = logging.getLogger(__name__)

# How long an unusable directory is left alone before it is tried again.
TRY_AGAIN_S = 10


class Own(object):
    """Makes entries of letters, each later than all before.

    Not locked: the Outbox does that.

    :param directory: str, where the spool is made
    :param fingerprint: str, of the bus that the letters are for
    """

    def __init__(self, directory, fingerprint):
        self.spool = None
        self.trouble = None  # str: why the directory cannot be used
        self._directory = directory
        self._fingerprint = fingerprint
        self._last_ns = 0
        self._tried_at = None

    def open(self):
        """Make the spool before the first letter."""
        if self.spool is None:
            self._attempt(None, None)

    def keep(self, data):
        """An Entry: in a file, or in memory."""
        self._last_ns = at_ns = max(self._last_ns + 1, now_ns())  # clocks step back
        if self.trouble is None or is_past(self._tried_at, TRY_AGAIN_S):
            self._attempt(at_ns, data)
        if self.trouble is None:
            return Entry(at_ns, len(data), self.spool, None)
        return Entry(at_ns, len(data), None, data)

    def close(self):
        """Leave no empty directory behind."""
        if self.spool is not None and not self.spool.count:
            self.spool.retire()
            self.spool = None

    def say(self, before):
        """Tell of the trouble, or its end, if it was another ``before``."""
        if self.trouble is not None and before is None:
            LOG.warning(
                "vifcast-nova: the outbox %s cannot be used (%s). Notifications are kept "
                "in memory and sent from there: what the bus has not taken is lost when "
                "this process ends. Make it a directory that this service may write to, "
                "with space left, or set [vifcast] outbox_dir; it is tried again.",
                self._directory,
                self.trouble,
            )
        elif self.trouble is None and before is not None:
            LOG.info("vifcast-nova: the outbox %s can be used again", self._directory)

    def _attempt(self, at_ns, data):
        self._tried_at = time.time()
        for _ in range(2):
            try:
                if self.spool is None:
                    self.spool = Spool.create(self._directory, self._fingerprint)
                if data is not None:
                    self.spool.store(at_ns, data)
                self.trouble = None
                return
            except EnvironmentError as exc:
                self.trouble = str(exc)
                if self.spool is None or os.path.isdir(self.spool.path):
                    return
                # Somebody has deleted it under us: a new one will do.
                self.spool.let_go()
                self.spool = None


def is_past(then_s, duration_s):
    """Whether so long has gone by since ``then_s``; also when the clock was set back."""
    return then_s is None or not 0 <= time.time() - then_s < duration_s
