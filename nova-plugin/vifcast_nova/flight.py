"""Which operations are under way in this process, and which just ended.

Nova answers for the same NIC on two paths at once: it deletes the ports that it
made itself, and Neutron then reports that deletion back (``network-vif-deleted``)
while the detach is still running, in another greenlet or thread.
"""

import collections
import threading
import time

from vifcast_nova import operation as op

# How long a report of Neutron's may trail behind the detach that caused it. The
# API reads the instance, and with it the list of its NICs, before it casts the
# event to us, so a late one still shows a NIC that is gone.
ECHO_S = 60.0
_ECHOES_KEPT = 4096


class Flight(object):
    """The operations of one process.

    :param clock: returns seconds that only grow
    """

    def __init__(self, clock=getattr(time, "monotonic", time.time)):
        self._clock = clock
        self._local = threading.local()
        self._lock = threading.Lock()
        self._open = []
        self._gone = collections.OrderedDict()  # Operation.key -> clock()

    def current(self):
        """The innermost operation of this thread or greenlet, or None."""
        stack = getattr(self._local, "stack", None)
        return stack[-1] if stack else None

    def enter(self, operation):
        """The Nova call behind ``operation`` begins in this thread."""
        if not hasattr(self._local, "stack"):
            self._local.stack = []
        self._local.stack.append(operation)
        with self._lock:
            self._open.append(operation)

    def leave(self, operation, failure):
        """That call is over; returns the port deletions it had stood for.

        They are told now if the detach that covered them has failed: the NIC is
        gone all the same, and nothing else would say so.
        """
        stack = self._local.stack
        while stack and stack.pop() is not operation:
            pass
        with self._lock:
            self._open.remove(operation)
            operation.finished = True
            operation.failure = failure
            self._remember(operation)
            return operation.covers if failure is not None else []

    def is_echo(self, deletion):
        """Is this report only what Nova itself has just done with the port?

        True while a failed attach gives its port back, and for ``ECHO_S`` after
        a detach, or such an attach, has ended.
        """
        with self._lock:
            gone_at = self._gone.get(deletion.key)
            if gone_at is not None and self._clock() - gone_at <= ECHO_S:
                return True
            return any(
                other.undoing and other.key == deletion.key for other in self._open
            )

    def cover(self, deletion):
        """Put ``deletion`` under the API detach of the same NIC, if one runs."""
        with self._lock:
            for other in self._open:
                if (
                    other.action == op.DETACH
                    and other.cause == op.BY_API
                    and other.started
                    and other.key == deletion.key
                ):
                    deletion.covered_by = other

    def hand_over(self, deletion):
        """Nova has handled a covered ``deletion``; must it be told now?

        False while the covering detach still runs, which then answers for it,
        and when that has succeeded. True when it has failed.
        """
        with self._lock:
            if not deletion.covered_by.finished:
                deletion.covered_by.covers.append(deletion)
                return False
            return deletion.covered_by.failure is not None

    def _remember(self, operation):
        if operation.cause != op.BY_API or not operation.started:
            return
        if operation.action == op.ATTACH and operation.failure is None:
            self._gone.pop(operation.key, None)
        elif operation.undoing or operation.failure is None:
            self._gone[operation.key] = self._clock()
            while len(self._gone) > _ECHOES_KEPT:
                self._gone.popitem(last=False)
