"""The backlog as two sides have it: the service's threads put, the sender takes."""

import logging
import threading

from oslo_utils import timeutils

from vifcast_nova.outbox.backlog import Backlog, Entry
from vifcast_nova.outbox.operations import Operations
from vifcast_nova.outbox.quiet import Quiet
from vifcast_nova.outbox.spool import now_ns

LOG = logging.getLogger(__name__)


class LockedBacklog(object):
    """Keeps letters until they are done with, within the limits; for any thread.

    :param own: OwnSpool, where letters are kept
    :param limits: Limits
    """

    def __init__(self, own, limits):
        self.own = own
        self.limits = limits
        self.stopping = threading.Event()  # the sender is to end
        self.wake = threading.Event()  # there is something to send
        self.idle = threading.Event()  # the sender has nothing to send, or has ended
        self.quiet = Quiet()
        self.operations = Operations(own)
        self._entries = Backlog()
        self._adopted = []  # Spools of processes that are gone
        self._sent = 0
        # Never held while something is sent.
        self._lock = threading.Lock()

    # For the service's threads.

    def open(self):
        """Make our spool before the first letter."""
        with self._lock:
            self.own.open()

    def put(self, data):
        """Take one letter; returns what had to go for it, for ``say``."""
        with self._lock:
            gone = self._append(self.own.keep(data))
        self.wake.set()
        return gone

    def put_start(self, operation_id, data):
        """The same of the start of an operation."""
        # The sender sleeps on: it would wait for the end anyway (``quiet``), and to wake it takes
        # Python's lock from the operation, which doubled what a start costs.
        with self._lock:
            return self._append(self.operations.start(operation_id, data))

    def put_end(self, operation_id, data):
        """The same of the end or error of an operation."""
        with self._lock:
            gone = self._append(self.operations.end(operation_id, data))
        self.wake.set()
        return gone

    def say(self, lost, over):
        """Report what had to go, and whether the directory can be used."""
        self.own.say()
        self.limits.gave_up(lost, "the directory cannot be used, and memory is full")
        self.limits.gave_up(over, "too many, or too old")

    def forget_will(self, operation_id):
        """The operation's end went to another outbox."""
        with self._lock:
            self.operations.forget(operation_id)
            self.quiet.operations(len(self.operations))

    def depth(self):
        """How many wait."""
        return len(self._entries)

    def status(self):
        """What of ``Outbox.status`` is known here, as a dict."""
        with self._lock:
            oldest = self._entries.oldest()
            return {
                "depth": len(self._entries),
                "bytes": self._entries.bytes,
                "oldest_age_s": oldest and self._age_s(oldest),
                "sent": self._sent,
                "dropped": self.limits.dropped,
                "trouble": self.own.trouble,
            }

    def close(self):
        """Have the sender end; what is left stays on the disk."""
        self.stopping.set()
        self.quiet.hurry(True)
        self.wake.set()
        with self._lock:
            # The spool stays ours while an operation may still end in it.
            if not len(self.operations):
                self.own.close()

    # For the sender, in its thread.

    def make_spare(self):
        """Make a file for a letter to come; False when no more are wanted."""
        with self._lock:
            return not self.stopping.is_set() and self.own.make_spare()

    def take(self):
        """The Entry to send next, in hand until ``done``; None when nothing waits."""
        with self._lock:
            over = self._give_up_what_is_over()
            entry = self._entries.take()
            if entry is None:
                self.idle.set()
            elif self.limits.is_too_old(entry.since_s):
                self._forget(entry)
                self._entries.finish(entry)
                self.wake.set()
                entry, over = None, over + 1
        self.limits.gave_up(over, "too many, or too old")
        return entry

    def behind(self, depth):
        """An Entry that so many others, and the one in hand, are before; None without any."""
        with self._lock:
            return self._entries.behind(depth)

    def done(self, entry, was_sent):
        """The Entry, in hand or not, need not be kept any longer."""
        with self._lock:
            self.operations.sent(entry)
            self._sent += was_sent
            if not self._entries.has(entry):
                return  # dropped meanwhile
            try:
                self._forget(entry)
            finally:
                self._entries.finish(entry)

    def set_aside(self, entry, why, is_news=True):
        """The Entry can never be sent; ``is_news``: whether the log is to say why."""
        with self._lock:
            if not self._entries.has(entry):
                return
            self._entries.finish(entry)
            if entry.spool is not None:
                entry.spool.set_aside(entry.at_ns, entry.size, why, is_news)
                self._retire_if_empty(entry.spool)

    def refused(self, entry, why, is_news):
        """The bus takes others but not the Entry in hand."""
        self.set_aside(entry, why, is_news)
        if entry.spool is None:
            self.limits.gave_up(1, why)
        else:
            self.limits.set_aside()

    # For the adoption, in the same thread.

    def adopt(self, spool, letters):
        """Add what a process that is gone has left, before all else.

        :param spool: Spool, whose lock is held
        :param letters: ``[(ns, bytes)]``, in order
        """
        since_s = timeutils.now()
        entries = [Entry(at_ns, size, spool, None, since_s) for at_ns, size in letters]
        with self._lock:
            self.idle.clear()
            self._adopted.append(spool)
            self._entries.adopt(entries)

    def paths(self):
        """Of the spools that these letters are in, a list of str."""
        return [spool.path for spool in self._spools()]

    def note_bytes(self):
        """Let other processes see how much is kept here."""
        with self._lock:
            for spool in self._spools():
                spool.note_bytes()

    # With the lock held.

    def _append(self, entry):
        """Returns how many others had to go: from memory, and over the limits."""
        self.idle.clear()
        lost = self._entries.append(entry)
        over = self._give_up_what_is_over()
        self.quiet.operations(len(self.operations))
        return lost, over

    def _give_up_what_is_over(self):
        allowed, count = self.limits.allowance() - self.operations.bytes, 0
        while True:
            entry = self._entries.oldest_file()
            if entry is None or not (
                self._entries.bytes > allowed or self.limits.is_too_old(entry.since_s)
            ):
                return count
            self._forget(self._entries.give_up_oldest_file())
            count += 1

    def _age_s(self, entry):
        """For people: an entry of another process is at least as old as the clock says."""
        age_s = timeutils.now() - entry.since_s
        if entry.spool in self._adopted:
            age_s = max(age_s, (now_ns() - entry.at_ns) / 1e9)
        return age_s

    def _forget(self, entry):
        if entry.spool is None:
            return
        try:
            entry.spool.remove(entry.at_ns, entry.size)
        except EnvironmentError as exc:
            LOG.warning(
                "vifcast-nova: a notification that is done with stays in %s and will be "
                "sent again by the next process: %s",
                entry.spool.path,
                exc,
            )
        self._retire_if_empty(entry.spool)

    def _retire_if_empty(self, spool):
        if spool in self._adopted and not spool.count:
            self._adopted.remove(spool)
            spool.retire()

    def _spools(self):
        return self._adopted + ([self.own.spool] if self.own.spool is not None else [])
