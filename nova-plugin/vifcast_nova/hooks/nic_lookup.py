"""Looks a NIC up in Neutron and in Nova's database, beside Nova, within a time limit."""

import logging
import threading

from vifcast_nova.hooks import standing
from vifcast_nova.notify import operation as op
from vifcast_nova.notify.background import soon

LOG = logging.getLogger(__name__)

FOUND_WITHIN_S = 10.0


class Found(object):
    """What was found out; None where it was not."""

    def __init__(self):
        self.port_exists = None
        self.is_bound = None  # whether the port is this instance's
        self.server_is_ending = None  # or is gone


class NicLookup(object):
    """Looks up one NIC at a time; while one look-up hangs, no other begins."""

    def __init__(self):
        self._hangs = None  # threading.Event of the look-up that has not ended

    def look_up(self, change):
        """Wait for what is found, but not for ever.

        :param change: ``changes.Change``
        :returns: Found
        """
        found, ended = Found(), threading.Event()
        if self._hangs is not None and not self._hangs.is_set():
            return found

        def look():
            try:
                _look_at_server(change, found)
                _look_at_port(change, found)
            finally:
                ended.set()

        soon(look)
        self._hangs = ended
        ended.wait(FOUND_WITHIN_S)
        return found


def _look_at_port(change, found):
    from nova import exception

    if change.cause == op.BY_PORT_DELETION:
        found.port_exists = found.is_bound = False
        return
    try:
        port = change.network_api.show_port(change.context, change.port_id)["port"]
    except exception.PortNotFound:
        found.port_exists = found.is_bound = False
    except Exception as exc:
        LOG.debug("vifcast-nova: Neutron did not answer whether %s exists: %s", change.port_id, exc)
    else:
        found.port_exists = True
        found.is_bound = port.get("device_id") == change.instance_uuid


def _look_at_server(change, found):
    from nova import exception, objects

    # Nova's own thread may have read the instance before its deletion began.
    try:
        instance = objects.Instance.get_by_uuid(
            change.context, change.instance_uuid, expected_attrs=[]
        )
    except exception.InstanceNotFound:
        found.server_is_ending = True
    except Exception as exc:
        LOG.debug("vifcast-nova: %s could not be read: %s", change.instance_uuid, exc)
    else:
        found.server_is_ending = standing.is_ending(instance)
