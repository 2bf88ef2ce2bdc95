"""Whether Neutron's ``binding:host_id`` names a compute host."""

import re

# Ironic binds its ports itself: to the UUID of the node, or to the agent of a smart NIC
# (ironic/common/neutron.py, ironic/drivers/modules/network/common.py).
_OF_IRONIC = frozenset({"baremetal", "smart-nic"})
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def is_compute_host(host: str | None, vnic_type: str | None) -> bool:
    """Whether nova-compute may bear this name, so far as the port says.

    A UUID is a node's, whatever ``vnic_type`` is: a port that was made as ``normal`` and is bound
    by Ironic, say. A nova-compute of that name is known by what it sends itself.
    """
    return bool(host) and vnic_type not in _OF_IRONIC and not _UUID.fullmatch(host or "")
