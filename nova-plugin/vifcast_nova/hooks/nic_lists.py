"""What Nova's list of an instance's NICs (its info cache) held when last seen here.

The database cannot say: by the time that nova-compute reads the list anew, nova-api may
have written it, too (it does when a floating IP is associated), and Nova changes the list
that it has in memory before it writes it.
"""

import collections
import threading

from vifcast_nova.notify import vif as vif_data

# Of a host's instances; about two kilobytes for each NIC.
_INSTANCES_KEPT = 4096


class NicLists(object):
    """The last known list of each instance of this host, and how a new one differs."""

    def __init__(self):
        self._lock = threading.Lock()
        self._lists = collections.OrderedDict()  # instance uuid -> {port id: description}

    def knows(self, instance_uuid):
        """Whether a list of this instance is known."""
        return instance_uuid in self._lists

    def learn(self, instance_uuid, vifs):
        """Keep the list of an instance of which none is known yet."""
        with self._lock:
            if instance_uuid not in self._lists:
                self._keep(instance_uuid, _described(vifs))

    def replace(self, instance_uuid, vifs):
        """Keep a new list.

        :returns: the descriptions (``vif.describe``) of the NICs that the one before had
            and this has not, and of those that only this has; none where no list was known
        """
        after = _described(vifs)
        with self._lock:
            before = self._lists.get(instance_uuid, after)
            self._keep(instance_uuid, after)
        lost = [nic for port_id, nic in before.items() if port_id not in after]
        gained = [nic for port_id, nic in after.items() if port_id not in before]
        return lost, gained

    def forget(self, instance_uuid):
        """The instance is not on this host, or is about to leave it."""
        with self._lock:
            self._lists.pop(instance_uuid, None)

    def has(self, instance_uuid, port_id):
        """Is this NIC on the list? None where no list is known."""
        with self._lock:
            known = self._lists.get(instance_uuid)
            return None if known is None else port_id in known

    def add(self, instance_uuid, nic):
        """Put a description on the list, if one is known."""
        with self._lock:
            if instance_uuid in self._lists:
                self._lists[instance_uuid][nic["port_id"]] = nic

    def remove(self, instance_uuid, port_id):
        """Take a NIC off the list; returns its description, None where it is not on it."""
        with self._lock:
            return self._lists.get(instance_uuid, {}).pop(port_id, None)

    def _keep(self, instance_uuid, described):
        self._lists.pop(instance_uuid, None)
        self._lists[instance_uuid] = described
        while len(self._lists) > _INSTANCES_KEPT:
            self._lists.popitem(last=False)


def _described(vifs):
    nics = [vif_data.describe(vif) for vif in vifs]
    return collections.OrderedDict((nic["port_id"], nic) for nic in nics if nic.get("port_id"))
