"""One attach or detach of one NIC, from its start to its end or error."""

import uuid

from vifcast_nova.notify import vif as vif_data

ATTACH = "attach"
DETACH = "detach"
BY_API = "api"
BY_PORT_DELETION = "port_deleted"
BY_CACHE_REFRESH = "cache_refresh"

INTERFACE_VERSION = "1.1"


class Operation(object):
    """What is known of an operation while Nova works on it.

    ``manager``, ``context`` and ``instance`` are Nova's own objects, those of
    the call.
    """

    def __init__(self, action, cause, manager, context, instance, **wanted):
        self.operation_id = str(uuid.uuid4())
        self.action = action
        self.cause = cause
        self.manager = manager
        self.context = context
        self.instance = instance
        self.instance_uuid = instance.uuid
        self.wanted = wanted  # port_id, network_id, requested_ip, tag
        self.started = False
        self.finished = False
        self.failed = False
        self.undoing = False  # a failed attach that gives its port back
        self.swallowed = None  # what the virt driver raised and Nova only logged
        self.covered_by = None  # the API call that a port deletion waits for
        self.covers = []  # the (port deletion, its failure) that wait for this call
        self.held = []  # the changes of Nova's list that wait for this call
        self._vif = {}

    @property
    def port_id(self):
        return self._vif.get("port_id") or self.wanted.get("port_id")

    @property
    def key(self):
        """(instance uuid, port id): which NIC of which server this is about."""
        return (self.instance_uuid, self.port_id)

    @property
    def has_nic(self):
        """Whether a NIC has come of it, or was there."""
        return bool(self._vif)

    def learn(self, vif):
        """Keep what a VIF says; the operation may be about to lose sight of it."""
        self._vif = vif_data.describe(vif) or self._vif

    def interface(self):
        """The payload's key ``interface`` (contract/interface.schema.json)."""
        known = {
            "version": INTERFACE_VERSION,
            "operation_id": self.operation_id,
            "cause": self.cause,
            "port_id": vif_data.text(self.wanted.get("port_id")),
            "network_id": vif_data.text(self.wanted.get("network_id")),
            "network_label": None,
            "mac_address": None,
            "fixed_ips": [],
            "vif_type": None,
            "vnic_type": None,
            "device_name": None,
            "requested_ip": vif_data.text(self.wanted.get("requested_ip")),
            "tag": vif_data.text(self.wanted.get("tag")),
        }
        known.update(self._vif)
        return known
