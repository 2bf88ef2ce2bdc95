"""The outbox of one process for one bus: what is put in is sent, now or later."""

import threading

from oslo_utils import timeutils

from vifcast_nova.outbox.adoption import Adoption
from vifcast_nova.outbox.locked_backlog import LockedBacklog
from vifcast_nova.outbox.own_spool import OwnSpool
from vifcast_nova.outbox.sender import Sender


class Outbox(object):
    """``put`` writes a file and returns; a thread sends and removes it.

    Keeps the threads running that do so, and knows how all of it is. Only for the process
    that made it: a forked child makes its own.

    :param directory: str, shared by all processes on the host
    :param bus: Bus, where everything goes
    :param fingerprint: str, of that bus: whose leftovers are adopted
    :param limits: Limits
    :param lane: Lane, where everything goes as well
    """

    def __init__(self, directory, bus, fingerprint, limits, lane):
        self.lane = lane
        own = OwnSpool(directory, fingerprint, bus.place())
        self.backlog = LockedBacklog(own, limits)
        self.adoption = Adoption(self.backlog)
        self.sender = Sender(self.backlog, bus, lane, self.adoption)
        self._sending = self._watching = threading.Thread()  # not started, and so not alive
        self._starting = threading.Lock()

    @property
    def bus(self):
        """Where everything goes."""
        return self.sender.bus

    def use(self, bus):
        """Send to ``bus``, the same one: oslo.messaging was initialised anew."""
        self.sender.bus = bus

    def start(self):
        """Adopt and send what processes that are gone have left, before the first put."""
        self.backlog.open()
        self._keep_sending()
        self.backlog.own.say()

    def put(self, data):
        """Take one letter, ``letter.to_bytes``. Waits for nothing but the disk."""
        gone = self.backlog.put(data)
        self._keep_sending()
        self.backlog.say(*gone)

    def put_start(self, operation_id, data):
        """The same of a start; its will is sent if this process dies before ``put_end``."""
        gone = self.backlog.put_start(operation_id, data)
        self._keep_sending()
        self.backlog.say(*gone)

    def put_end(self, operation_id, data):
        """The same of the end or error of an operation."""
        gone = self.backlog.put_end(operation_id, data)
        self._keep_sending()
        self.backlog.say(*gone)

    def forget_will(self, operation_id):
        """The operation's end went to another outbox."""
        self.backlog.forget_will(operation_id)

    def status(self):
        """What an operator wants to know, as a dict.

        depth: int, notifications that wait; bytes: int, of their files; oldest_age_s:
        float or None; sent, dropped: int, since the process began; directory: str;
        trouble: str, why the directory cannot be used, or None; wants_another: bool, one
        waits alone, and another would show whether it is that one or the bus; lane: dict,
        ``Lane.status``.
        """
        status = self.backlog.status()
        return dict(
            status,
            directory=self.backlog.own.directory,
            wants_another=status["depth"] == 1 and self.sender.is_in_doubt,
            lane=self.lane.status(),
        )

    def depth(self):
        """How many wait."""
        return self.backlog.depth()

    def flush(self, timeout_s):
        """Wait until nothing waits any more; True when that came about in time."""
        backlog, until_s = self.backlog, timeutils.now() + timeout_s
        while backlog.depth():
            rest_s = until_s - timeutils.now()
            if rest_s <= 0 or backlog.stopping.is_set():
                return False
            backlog.quiet.hurry(True)
            backlog.wake.set()
            # Another may have come by the time that this thread has its turn again.
            backlog.idle.wait(rest_s)
            backlog.quiet.hurry(False)
        return True

    def close(self, timeout_s):
        """Send for so long, unless the bus is away; what is left stays on the disk."""
        if not self.sender.is_failing:
            self.flush(timeout_s)
        self.backlog.close()

    def _keep_sending(self):
        if self._sending.is_alive() and self._watching.is_alive():
            return
        with self._starting:
            self._sending = _running(self._sending, self.sender.run)
            self._watching = _running(self._watching, self.sender.watch)


def _running(thread, target):
    """The Thread if it is alive, or else a new one."""
    if thread.is_alive():
        return thread
    fresh = threading.Thread(target=target, name="vifcast-outbox-%s" % target.__name__)
    fresh.daemon = True
    try:
        fresh.start()
    except RuntimeError:
        return thread  # no thread to be had now: the next put, or process, sends it
    return fresh
