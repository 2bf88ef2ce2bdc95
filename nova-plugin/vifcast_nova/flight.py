"""Which operations are under way in this process, and which just ended.

Nova answers for the same NIC on two paths at once: it deletes the ports that it
made itself, and Neutron then reports that deletion back (``network-vif-deleted``)
while the detach is still running, in another greenlet or thread.
"""

import collections
import threading

from oslo_utils import timeutils

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

    def __init__(self, clock=timeutils.now):
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
            if operation.action == op.ATTACH:
                # Whatever is reported of this port from now on is about this attach.
                self._gone.pop(operation.key, None)

    def leave(self, operation, failed):
        """That call is over.

        :returns: the (port deletion, its failure) that it had kept back and that
            nothing else tells: those of a detach that failed, and of an attach
            unless it has given the port back itself
        """
        stack = self._local.stack
        while stack and stack.pop() is not operation:
            pass
        with self._lock:
            self._open.remove(operation)
            operation.finished = True
            operation.failed = failed
            self._remember(operation)
            covers, operation.covers = operation.covers, []
            return covers if _leaves_to_tell(operation) else []

    def is_echo(self, deletion):
        """Is this report only what Nova itself has just done with the port?

        True while a failed attach gives its port back or the same report is
        being handled already, and for ``ECHO_S`` after such a call, or a detach,
        has ended.
        """
        with self._lock:
            return self._is_gone(deletion.key) or any(
                (other.undoing or other.cause == op.BY_PORT_DELETION)
                and other.key == deletion.key
                for other in self._open
            )

    def is_gone(self, operation):
        """Has another call of Nova's just taken this NIC away?"""
        with self._lock:
            return self._is_gone(operation.key)

    def cover(self, deletion):
        """Put ``deletion`` under the API call about the same NIC, if one runs.

        A detach tells it. After an attach it must be told later: who reads the end
        of the attach last believes that the NIC is there.
        """
        with self._lock:
            for other in self._open:
                if (
                    other.cause == op.BY_API
                    and other.started
                    and other.key == deletion.key
                ):
                    deletion.covered_by = other

    def hand_over(self, deletion, failure):
        """Nova has handled a covered ``deletion``; must it be told now?

        False while the covering call still runs, which then answers for it, and
        when that has ended in a way that tells it.
        """
        with self._lock:
            owner = deletion.covered_by
            if not owner.finished:
                owner.covers.append((deletion, failure))
                return False
            return _leaves_to_tell(owner)

    def _is_gone(self, key):
        gone_at = self._gone.get(key)
        return gone_at is not None and self._clock() - gone_at <= ECHO_S

    def _remember(self, operation):
        if operation.action == op.ATTACH:
            gone = operation.undoing
        else:
            gone = operation.started and not operation.failed
        if gone:
            self._gone.pop(operation.key, None)
            self._gone[operation.key] = self._clock()
            while len(self._gone) > _ECHOES_KEPT:
                self._gone.popitem(last=False)


def _leaves_to_tell(api_call):
    """Does a port deletion during this call have to be told by itself?"""
    if api_call.action == op.DETACH:
        return api_call.failed
    return not api_call.undoing
