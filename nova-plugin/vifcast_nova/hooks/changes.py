"""NICs that Nova's list of an instance loses or gains without an operation of Nova's.

Neutron deletes a port, Nova refreshes its list for another reason before it hears of that,
and then finds nothing left to do; or a port is unbound, or bound, in Neutron alone. Each
such change is reported as a detach or an attach, once: here, or where the event of
Neutron's that says the same is handled, whichever comes first.
"""

import collections
import copy
import threading

from vifcast_nova.guard import safely
from vifcast_nova.hooks import nic_lookup, standing
from vifcast_nova.hooks.in_flight import DOUBTFUL, DROPPED, HELD, TAKEN
from vifcast_nova.notify import operation as op
from vifcast_nova.notify.background import soon

_Publisher = collections.namedtuple("_Publisher", "host")


class Change(op.Operation):
    """One NIC that was lost (DETACH) or gained (ATTACH), as it was at that moment.

    :param network_api: Nova's, which knows Neutron
    :param instance: Nova's own, for this thread only until ``keep``
    :param nic: dict, ``vif.describe``
    """

    def __init__(self, action, cause, network_api, host, instance, nic):
        op.Operation.__init__(self, action, cause, _Publisher(host), None, instance)
        self.network_api = network_api
        self.nic = nic
        self._vif = nic

    def keep(self):
        """Copy the instance as it is now: from here on another thread may read it.

        What the copy lacks is read from the database with a context of its own. Not done
        before it is certain that it is needed: it takes as long as a notification.
        """
        if self.context is not None:
            return
        from nova import context

        instance = copy.deepcopy(self.instance)
        instance._context = context.get_admin_context()
        self.instance, self.context = instance, instance._context


class Changes(object):
    """Finds out why a change happened, and reports it, in a thread of its own.

    :param notifier: ``nic_notifier.NicNotifier``
    :param in_flight: ``in_flight.InFlight``
    :param lists: ``nic_lists.NicLists``
    """

    def __init__(self, notifier, in_flight, lists):
        self._notifier = notifier
        self._in_flight = in_flight
        self._lists = lists
        self._lookup = nic_lookup.NicLookup()
        self._lock = threading.Lock()
        self._waiting = collections.deque()  # (Change, whether it is DOUBTFUL)
        self._is_running = False

    @property
    def host(self):
        """Nova's [DEFAULT] host."""
        return self._notifier.host

    @property
    def lists(self):
        """What Nova's lists held when last seen."""
        return self._lists

    def found(self, network_api, instance, lost, gained):
        """A list was written: take what it says about its NICs as it is now.

        :param lost: list of dict, ``vif.describe``
        :param gained: the same
        """
        for action, nics in ((op.DETACH, lost), (op.ATTACH, gained)):
            for nic in nics:
                cause = op.BY_CACHE_REFRESH
                self._submit(Change(action, cause, network_api, self.host, instance, nic))

    def heard_of_deletion(self, manager, called):
        """Neutron deleted a port that Nova's list has not: did it have it?

        nova-api refreshes lists too, where none of us sees it.
        """
        instance = called["instance"]
        if not self._lists.has(instance.uuid, called["deleted_vif_id"]):
            return
        if standing.of(instance, self.host) != standing.HERE:
            return
        nic = self._lists.remove(instance.uuid, called["deleted_vif_id"])
        if nic is not None:
            cause = op.BY_PORT_DELETION
            network_api = manager.network_api
            self._submit(Change(op.DETACH, cause, network_api, self.host, instance, nic))

    def resume(self, operation):
        """``operation`` has ended: look again at the changes that it may have made."""
        held, operation.held = operation.held, []
        for change in held:
            is_there = self._lists.has(change.instance_uuid, change.port_id)
            if bool(is_there) == (change.action == op.ATTACH):
                self._submit(change)

    def hurry(self, key):
        """An operation on this NIC begins: what came before is reported before it."""
        for change in self._in_flight.pending(key):
            self._report(change)

    def _submit(self, change):
        verdict = self._in_flight.claim(change)
        if verdict == DROPPED or (verdict == HELD and self._is_own(change)):
            return
        change.keep()
        if verdict == HELD:
            return
        with self._lock:
            self._waiting.append((change, verdict == DOUBTFUL))
            if self._is_running:
                return
            self._is_running = True
        try:
            soon(self._run)
        except Exception:
            # No thread to be had now: the next change takes this one with it.
            self._is_running = False
            raise

    def _is_own(self, change):
        """Whether this thread's own operation holds it, and looks at it when it ends."""
        own = self._in_flight.current()
        return own is not None and change in own.held

    def _run(self):
        while True:
            with self._lock:
                if not self._waiting:
                    self._is_running = False
                    return
                change, is_doubtful = self._waiting.popleft()
            safely(self._settle, change, is_doubtful)

    def _settle(self, change, is_doubtful):
        found = self._lookup.look_up(change)
        if found.server_is_ending or not _is_true(change, found, is_doubtful):
            self._in_flight.withdraw(change)
            self._undo(change)
            return
        if is_doubtful and self._in_flight.claim(change, verified=True) != TAKEN:
            return
        if change.action == op.DETACH and found.port_exists is False:
            change.cause = op.BY_PORT_DELETION
        self._report(change)

    def _undo(self, change):
        # So that the next list is compared with what is true, not with an old list.
        if change.action == op.DETACH:
            self._lists.add(change.instance_uuid, change.nic)
        else:
            self._lists.remove(change.instance_uuid, change.port_id)

    def _report(self, change):
        if self._in_flight.take(change):
            safely(self._notifier.send, change, "start")
            safely(self._notifier.send, change, "end")


def _is_true(change, found, is_doubtful):
    """Does Neutron agree with Nova's list? Where it cannot be asked: unless in doubt."""
    if change.action == op.DETACH:
        return not is_doubtful or found.is_bound is False
    return found.is_bound is not False and not (is_doubtful and found.is_bound is None)
