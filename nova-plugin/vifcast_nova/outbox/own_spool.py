"""Where this process keeps letters: its spool, or memory while that cannot be used."""

import logging
import os
import threading

from oslo_utils import timeutils

from vifcast_nova.outbox.backlog import Entry
from vifcast_nova.outbox.spool import Spool, now_ns

LOG = logging.getLogger(__name__)

# How long an unusable directory is left alone before it is tried again.
TRY_AGAIN_S = 10
# How long it must do before that is reported: on a disk that is just full some letters find
# room, and the next ones do not.
AGAIN_AFTER_S = 60


class OwnSpool(object):
    """Makes entries of letters, each later than all before.

    Not locked: LockedBacklog does that.

    :param directory: str, where the spool is made
    :param fingerprint: str, of the bus that the letters are for
    :param place: str, the same for people
    """

    def __init__(self, directory, fingerprint, place):
        self.spool = None
        self.trouble = None  # str: why the directory cannot be used
        self._logged = False  # of trouble, and not yet of its end
        self._logging = threading.Lock()
        self._well_since_s = None  # when a letter was written after the last trouble
        self.directory = directory
        self.fingerprint, self.place = fingerprint, place
        self._last_ns = 0
        self._tried_at = None

    def open(self):
        """Make the spool before the first letter."""
        if self.spool is None:
            self._attempt(None, None)

    def keep(self, data, store=None):
        """An Entry: in a file, or in memory.

        :param store: (Spool, at_ns) -> None, which writes it; None: ``Spool.store`` does
        """
        self._last_ns = at_ns = max(self._last_ns + 1, now_ns())  # clocks step back
        if self.trouble is None or is_past(self._tried_at, TRY_AGAIN_S):
            self._attempt(at_ns, store or (lambda spool, at_ns: spool.store(at_ns, data)))
        in_file = self.trouble is None
        spool, kept = (self.spool, None) if in_file else (None, data)
        return Entry(at_ns, len(data), spool, kept, timeutils.now())

    def make_spare(self):
        """Make an empty file for a letter to come; False when no more are wanted."""
        return self.spool is not None and self.spool.spares.make()

    def close(self):
        """Leave no empty directory, and no empty file, behind."""
        if self.spool is None:
            return
        self.spool.spares.remove()
        if not self.spool.count:
            self.spool.retire()
            self.spool = None

    def say(self):
        """Report trouble once, and its end once that has lasted."""
        with self._logging:
            trouble, well_since_s = self.trouble, self._well_since_s
            is_new = trouble is not None and not self._logged
            is_over = (
                self._logged and well_since_s is not None and is_past(well_since_s, AGAIN_AFTER_S)
            )
            self._logged = is_new or (self._logged and not is_over)
        if is_new:
            LOG.warning(
                "vifcast-nova: the outbox %s cannot be used (%s). Notifications are kept "
                "in memory and sent from there; what the bus has not taken is lost when "
                "this process ends. Make it a directory that this service may write to, "
                "with free space, or set [vifcast] outbox_dir; vifcast-nova tries it again.",
                self.directory,
                trouble,
            )
        elif is_over:
            LOG.info("vifcast-nova: the outbox %s can be used again", self.directory)

    def _attempt(self, at_ns, store):
        self._tried_at = timeutils.now()
        for _ in range(2):
            try:
                if self.spool is None:
                    self.spool = Spool.create(
                        self.directory, self.fingerprint, self.place
                    )
                if store is not None:
                    store(self.spool, at_ns)
                    if self._well_since_s is None:
                        self._well_since_s = timeutils.now()
                self.trouble = None
                return
            except EnvironmentError as exc:
                self.trouble, self._well_since_s = str(exc), None
                if self.spool is None or os.path.isdir(self.spool.path):
                    return
                # Somebody has deleted it under us: a new one will do.
                self.spool.let_go()
                self.spool = None


def is_past(then_s, duration_s):
    """Whether so long has gone by since ``then_s``, of timeutils.now; None: long ago."""
    return then_s is None or timeutils.now() - then_s >= duration_s
