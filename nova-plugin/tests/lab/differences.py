"""Where releases of Nova differ in what they do, as data: which has what.

All of it was read in ``nova/compute/manager.py`` of 17.0.13 to 34.0.0.
"""

from lab.compute import nova_major

# From 21 on the bodies of attach_interface and detach_interface are methods of
# their own. Before, we stand outside Nova's error decorators, and what leaves them
# is reported: their own exception, if they trip over the first.
HAS_BODIES = nova_major() >= 21

# ComputeManager._process_instance_vif_deleted_event: from 34 on Nova detaches first,
# and keeps the VIF in its cache if the driver refuses. Before, it takes the VIF out
# of the cache first and only logs what the driver says: for Nova the NIC is gone,
# and its port is.
KEEPS_VIF_OF_FAILED_DELETION = nova_major() >= 34
