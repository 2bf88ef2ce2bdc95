"""Which operations are under way in this process, and which just ended.

Nova answers for the same NIC on two paths at once: it deletes the ports that it
made itself, and Neutron then reports that deletion back (``network-vif-deleted``)
while the detach is still running, in another greenlet or thread.
"""

import threading

from oslo_utils import timeutils

from vifcast_nova.hooks.recent import Recent
from vifcast_nova.notify import operation as op

# How long a report of Neutron's may trail behind the detach that caused it. The
# API reads the instance, and with it the list of its NICs, before it casts the
# event to us, so a late one still shows a NIC that is gone.
ECHO_S = 60.0
_ECHOES_KEPT = 4096

# What becomes of a change of Nova's list of NICs (``InFlight.claim``).
TAKEN = "taken"  # it is to be reported
HELD = "held"  # until the operation ends that is under way
DROPPED = "dropped"  # it was reported
DOUBTFUL = "doubtful"  # the opposite was, just now: the list may be an old one


class InFlight(object):
    """The operations of one process.

    :param clock: returns seconds that only grow
    """

    def __init__(self, clock=timeutils.now):
        self._local = threading.local()
        self._lock = threading.RLock()
        self._open = []
        self._gone = Recent(clock, ECHO_S, _ECHOES_KEPT)  # Operation.key
        self._come = Recent(clock, ECHO_S, _ECHOES_KEPT)
        self._pending = []  # changes that are taken and not reported yet

    def current(self):
        """The innermost operation of this thread or greenlet, or None."""
        stack = getattr(self._local, "stack", None)
        return stack[-1] if stack else None

    def enter(self, operation):
        """The Nova call behind ``operation`` begins in this thread.

        :returns: whether it is one: False where a port deletion is an echo
        """
        with self._lock:
            if operation.cause == op.BY_PORT_DELETION:
                if self.is_echo(operation):
                    return False
                self.cover(operation)
            self._open.append(operation)
            if operation.action == op.ATTACH:
                # Whatever is reported of this port from now on is about this attach.
                self._gone.forget(operation.key)
        if not hasattr(self._local, "stack"):
            self._local.stack = []
        self._local.stack.append(operation)
        return True

    def leave(self, operation, failed):
        """That call is over.

        :returns: the (port deletion, its failure) that it had kept back and that
            nothing else reports: those of a detach that failed, and of an attach
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
            return covers if _leaves_to_report(operation) else []

    def is_echo(self, deletion):
        """Is this report only what Nova itself has just done with the port?

        True while a failed attach gives its port back or the same report is
        being handled already, and for ``ECHO_S`` after such a call, or a detach,
        has ended.
        """
        with self._lock:
            return deletion.key in self._gone or any(
                (other.undoing or other.cause == op.BY_PORT_DELETION)
                and other.key == deletion.key
                for other in self._open
            )

    def is_gone(self, operation):
        """Has another call of Nova's just taken this NIC away?"""
        with self._lock:
            return operation.key in self._gone

    def cover(self, deletion):
        """Put ``deletion`` under the API call about the same NIC, if one runs.

        A detach reports it. After an attach it must be reported later: who reads the end
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
        """Nova has handled a covered ``deletion``; must it be reported now?

        False while the covering call still runs, which then answers for it, and
        when that has ended in a way that reports it.
        """
        with self._lock:
            owner = deletion.covered_by
            if not owner.finished:
                owner.covers.append((deletion, failure))
                return False
            return _leaves_to_report(owner)

    def reported_gone(self, operation):
        """That this NIC is gone was reported by another way than ``leave``."""
        with self._lock:
            self._note_gone(operation.key)

    def claim(self, change, verified=False):
        """May this change of Nova's list of NICs be reported?

        :param change: ``changes.Change``
        :param verified: whether Neutron has confirmed it
        :returns: TAKEN (by the caller alone), HELD (the operation under
            way has it in ``held``), DROPPED or DOUBTFUL
        """
        with self._lock:
            owner = next((o for o in self._open if _may_explain(o, change)), None)
            if owner is not None:
                owner.held.append(change)
                return HELD
            is_loss = change.action == op.DETACH
            same, opposite = (
                (self._gone, self._come) if is_loss else (self._come, self._gone)
            )
            if change.key in same:
                return DROPPED
            if change.key in opposite and not verified:
                return DOUBTFUL
            change.keep()  # once it is pending, others may report it
            opposite.forget(change.key)
            same.note(change.key)
            self._pending.append(change)
            return TAKEN

    def pending(self, key):
        """The changes of this NIC that are taken and wait to be reported."""
        with self._lock:
            return [change for change in self._pending if change.key == key]

    def take(self, change):
        """Is it still to be reported? True once."""
        with self._lock:
            if change not in self._pending:
                return False
            self._pending.remove(change)
            return True

    def withdraw(self, change):
        """It was taken, and is none."""
        with self._lock:
            if self.take(change):
                (self._gone if change.action == op.DETACH else self._come).forget(change.key)

    def _remember(self, operation):
        if operation.action == op.ATTACH:
            gone = operation.undoing
            if not gone and operation.started and operation.has_nic:
                self._come.note(operation.key)
        else:
            gone = operation.started and not operation.failed
        if gone:
            self._note_gone(operation.key)

    def _note_gone(self, key):
        self._come.forget(key)
        self._gone.note(key)


def _may_explain(operation, change):
    """Is the change what this operation does, or can that only be said when it ends?"""
    if operation.key == change.key:
        return True
    return (
        change.action == op.ATTACH
        and operation.action == op.ATTACH
        and operation.instance_uuid == change.instance_uuid
        and operation.port_id is None  # by network: not known yet
    )


def _leaves_to_report(api_call):
    """Does a port deletion during this call have to be reported by itself?"""
    if api_call.action == op.DETACH:
        return api_call.failed
    return not api_call.undoing
