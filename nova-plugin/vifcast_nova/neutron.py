"""What Neutron and Nova's database say of a NIC, asked beside Nova, with an end to it."""

import logging
import threading

from vifcast_nova import operation as op
from vifcast_nova import standing
from vifcast_nova.background import soon

LOG = logging.getLogger(__name__)

ANSWER_WITHIN_S = 10.0


class Answer(object):
    """What was found out; None where it was not."""

    def __init__(self):
        self.port_exists = None
        self.is_bound = None  # whether the port is this instance's
        self.server_is_ending = None  # or is gone


class Questions(object):
    """Asks one at a time; while one hangs, no other is asked."""

    def __init__(self):
        self._hangs = None  # threading.Event of the one without an answer

    def ask(self, change):
        """Wait for the answer, but not for ever.

        :param change: ``changes.Change``
        :returns: Answer
        """
        answer, answered = Answer(), threading.Event()
        if self._hangs is not None and not self._hangs.is_set():
            return answer

        def look():
            try:
                _look_at_server(change, answer)
                _look_at_port(change, answer)
            finally:
                answered.set()

        soon(look)
        self._hangs = answered
        answered.wait(ANSWER_WITHIN_S)
        return answer


def _look_at_port(change, answer):
    from nova import exception

    if change.cause == op.BY_PORT_DELETION:
        answer.port_exists = answer.is_bound = False
        return
    try:
        port = change.network_api.show_port(change.context, change.port_id)["port"]
    except exception.PortNotFound:
        answer.port_exists = answer.is_bound = False
    except Exception as exc:
        LOG.debug("vifcast-nova: Neutron did not say whether %s exists: %s", change.port_id, exc)
    else:
        answer.port_exists = True
        answer.is_bound = port.get("device_id") == change.instance_uuid


def _look_at_server(change, answer):
    from nova import exception, objects

    # Nova's own thread may have read the instance before its deletion began.
    try:
        instance = objects.Instance.get_by_uuid(
            change.context, change.instance_uuid, expected_attrs=[]
        )
    except exception.InstanceNotFound:
        answer.server_is_ending = True
    except Exception as exc:
        LOG.debug("vifcast-nova: %s could not be read: %s", change.instance_uuid, exc)
    else:
        answer.server_is_ending = standing.is_ending(instance)
