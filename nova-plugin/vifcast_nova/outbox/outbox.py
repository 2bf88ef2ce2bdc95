"""The outbox of one process for one bus: what is put in is sent, now or later."""

import errno
import logging
import os
import threading

from oslo_utils import timeutils

from vifcast_nova.outbox import other_spools
from vifcast_nova.outbox.backlog import Backlog, Entry
from vifcast_nova.outbox.cleanup import Cleanup
from vifcast_nova.outbox.operations import Operations
from vifcast_nova.outbox.own_spool import OwnSpool
from vifcast_nova.outbox.quiet import Quiet
from vifcast_nova.outbox.sender import Sender
from vifcast_nova.outbox.spool import now_ns

LOG = logging.getLogger(__name__)

_PASSING = (errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EINTR)


class Outbox(object):
    """``put`` writes a file and returns; a thread sends and removes it.

    Only for the process that made it: a forked child makes its own.

    :param directory: str, shared by all processes on the host
    :param bus: Bus, where everything goes
    :param fingerprint: str, of that bus: whose leftovers are adopted
    :param limits: Limits
    :param lane: Lane, where everything goes as well
    """

    def __init__(self, directory, bus, fingerprint, limits, lane):
        self.directory = directory
        self.bus = bus
        self.lane = lane
        self.limits = limits
        self.stopping = threading.Event()
        self.wake = threading.Event()  # there is something to send
        self.idle = threading.Event()  # the sender has nothing to send, or has ended
        self.quiet = Quiet()
        self._fingerprint = fingerprint
        self._backlog = Backlog()
        self._own = OwnSpool(directory, fingerprint, bus.place())
        self._operations = Operations(self._own)
        self._cleanup = Cleanup(directory, limits)
        self._adopted = []
        self._sent = 0
        self._sender = Sender(self)
        self._threads = {}
        # Never held while something is sent.
        self._lock = threading.Lock()

    def start(self):
        """Adopt and send what processes that are gone have left, before the first put."""
        with self._lock:
            self._own.open()
            self._run()
        self._own.say()

    def put(self, data):
        """Take one letter, ``letter.to_bytes``. Waits for nothing but the disk."""
        self._put(lambda: self._own.keep(data))

    def put_start(self, operation_id, data):
        """The same of a start; its will is sent if this process dies before ``put_end``."""
        # The sender sleeps on: it would wait for the end anyway (``quiet``), and to wake it takes
        # Python's lock from the operation, which doubled what a start costs.
        self._put(lambda: self._operations.start(operation_id, data), is_urgent=False)

    def put_end(self, operation_id, data):
        """The same of the end or error of an operation."""
        self._put(lambda: self._operations.end(operation_id, data))

    def forget_will(self, operation_id):
        """The operation's end went to another outbox."""
        with self._lock:
            self._operations.forget(operation_id)
            self.quiet.operations(len(self._operations))

    def _put(self, keep, is_urgent=True):
        with self._lock:
            self.idle.clear()
            lost = self._backlog.append(keep())
            over = self._give_up_what_is_over()
            self.quiet.operations(len(self._operations))
            self._run()
        if is_urgent:
            self.wake.set()
        self._own.say()
        self.limits.gave_up(lost, "the directory cannot be used, and memory is full")
        self.limits.gave_up(over, "too many, or too old")

    def status(self):
        """What an operator wants to know, as a dict.

        depth: int, notifications that wait; bytes: int, of their files; oldest_age_s:
        float or None; sent, dropped: int, since the process began; directory: str;
        trouble: str, why the directory cannot be used, or None; wants_another: bool, one
        waits alone, and another would show whether it is that one or the bus; lane: dict,
        ``Lane.status``.
        """
        with self._lock:
            oldest = self._backlog.oldest()
            return {
                "depth": len(self._backlog),
                "bytes": self._backlog.bytes,
                "oldest_age_s": oldest and self._age_s(oldest),
                "sent": self._sent,
                "dropped": self.limits.dropped,
                "directory": self.directory,
                "trouble": self._own.trouble,
                "wants_another": len(self._backlog) == 1 and self._sender.is_in_doubt,
                "lane": self.lane.status(),
            }

    def depth(self):
        """How many wait."""
        return len(self._backlog)

    def flush(self, timeout_s):
        """Wait until nothing waits any more; True when that came about in time."""
        until_s = timeutils.now() + timeout_s
        while self.depth():
            rest_s = until_s - timeutils.now()
            if rest_s <= 0 or self.stopping.is_set():
                return False
            self.quiet.hurry(True)
            self.wake.set()
            # Another may have come by the time that this thread has its turn again.
            self.idle.wait(rest_s)
            self.quiet.hurry(False)
        return True

    def close(self, timeout_s):
        """Send for so long, unless the bus is away; what is left stays on the disk."""
        if not self._sender.is_failing:
            self.flush(timeout_s)
        self.stopping.set()
        self.quiet.hurry(True)
        self.wake.set()
        with self._lock:
            # The spool stays ours while an operation may still end in it.
            if not len(self._operations):
                self._own.close()

    # For the sender, in its thread.

    def make_spare(self):
        """Make a file for a letter to come; False when no more are wanted."""
        with self._lock:
            return not self.stopping.is_set() and self._own.make_spare()

    def take(self):
        """The Entry to send next, in hand until ``done``; None when nothing waits."""
        with self._lock:
            over = self._give_up_what_is_over()
            entry = self._backlog.take()
            if entry is None:
                self.idle.set()
            elif self.limits.is_too_old(entry.since_s):
                self._forget(entry)
                self._backlog.finish(entry)
                self.wake.set()
                entry, over = None, over + 1
        self.limits.gave_up(over, "too many, or too old")
        return entry

    def behind(self, depth):
        """An Entry that so many others, and the one in hand, are before; None without any."""
        with self._lock:
            return self._backlog.behind(depth)

    def read(self, entry):
        """The bytes of an Entry; None when its file is gone or cannot be read.

        It is then done with. Raises EnvironmentError when another try may do.
        """
        if entry.spool is None:
            return entry.data
        try:
            return entry.spool.read(entry.at_ns)
        except EnvironmentError as exc:
            if exc.errno in _PASSING:
                raise
            if exc.errno == errno.ENOENT:
                self.done(entry, was_sent=False)
            else:
                self.set_aside(entry, exc)
            return None

    def done(self, entry, was_sent):
        """The Entry, in hand or not, need not be kept any longer."""
        with self._lock:
            self._operations.sent(entry)
            self._sent += was_sent
            if not self._backlog.has(entry):
                return  # given up meanwhile
            try:
                self._forget(entry)
            finally:
                self._backlog.finish(entry)

    def set_aside(self, entry, why, is_news=True):
        """The Entry can never be sent; ``is_news``: whether the log is to say why."""
        with self._lock:
            if not self._backlog.has(entry):
                return
            self._backlog.finish(entry)
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

    def look_around(self):
        """Adopt what processes that are gone have left; see how much the others hold."""
        self._own.say()
        if not os.path.isdir(self.directory):
            return
        found = other_spools.survey(self.directory, [spool.path for spool in self._spools()])
        aside = self._cleanup.aside_bytes()
        self.limits.others_hold(aside + sum(other.bytes for other in found), len(found))
        kin = [other for other in found if other.bus == self._fingerprint]
        # Newest first: each goes before what waits already.
        for spool in other_spools.adopt(self.directory, reversed(kin)):
            letters = other_spools.letters(spool)
            if not letters:
                continue
            LOG.info(
                "vifcast-nova: a process that is gone has left %d notifications in %s",
                len(letters),
                spool.path,
            )
            since_s = timeutils.now()
            with self._lock:
                self.idle.clear()
                self._adopted.append(spool)
                self._backlog.adopt(
                    [Entry(ns, size, spool, None, since_s) for ns, size in letters]
                )
        with self._lock:
            for spool in self._spools():
                spool.note_bytes()
        strangers = [other for other in found if other.bus != self._fingerprint]
        self._cleanup.look(strangers, self.bus.place())

    # With the lock held.

    def _give_up_what_is_over(self):
        allowed, count = self.limits.allowance() - self._operations.bytes, 0
        while True:
            entry = self._backlog.oldest_file()
            if entry is None or not (
                self._backlog.bytes > allowed or self.limits.is_too_old(entry.since_s)
            ):
                return count
            self._forget(self._backlog.give_up_oldest_file())
            count += 1

    def _age_s(self, entry):
        """For people: another process's is as old as the clock says, if it says so."""
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
        return self._adopted + ([self._own.spool] if self._own.spool is not None else [])

    def _run(self):
        for target in (self._sender.run, self._sender.watch):
            name = "vifcast-outbox-%s" % target.__name__
            if name in self._threads and self._threads[name].is_alive():
                continue
            thread = threading.Thread(target=target, name=name)
            thread.daemon = True
            try:
                thread.start()
            except RuntimeError:
                return  # no thread to be had now: the next put, or process, sends it
            self._threads[name] = thread
