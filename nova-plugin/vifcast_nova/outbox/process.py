"""This process's outboxes: one for each directory and bus."""

import atexit
import os

from vifcast_nova import options
from vifcast_nova.outbox.bus import Bus, fingerprint
from vifcast_nova.outbox.lane import Lane
from vifcast_nova.outbox.limits import Limits
from vifcast_nova.outbox.outbox import Outbox

# A service that ends in good order sends for so long what it has just put in.
_AT_EXIT_S = 2

# (pid, directory, fingerprint): Outbox. The pid: a fork copies this.
_outboxes = {}


def of(conf, transport, transport_pid):
    """The Outbox of this process for the bus of ``transport``.

    :param conf: oslo.config's ConfigOpts; ``options.register`` has been called
    :param transport: oslo.messaging's notification transport
    :param transport_pid: int, the process in which the transport was made
    """
    bus, mark = Bus(transport, transport_pid), fingerprint(transport)
    directory = options.outbox_dir(conf)
    key = (os.getpid(), directory, mark)
    if key not in _outboxes:
        limits = Limits(
            options.value(conf, "outbox_max_bytes"),
            options.value(conf, "outbox_max_age_s"),
        )
        of_nova = transport._driver._default_exchange
        lane = Lane(options.value(conf, "lane_exchange"), of_nova)
        # setdefault: no lock, which a fork could copy while it is held.
        _outboxes.setdefault(key, Outbox(directory, bus, mark, limits, lane))
    outbox = _outboxes[key]
    outbox.use(bus)
    return outbox


def put_end(outbox, operation_id, data):
    """The end of an operation, into ``outbox``; its start may be in another of ours."""
    outbox.put_end(operation_id, data)
    for other in _own():
        if other is not outbox:
            other.forget_will(operation_id)


def flush(timeout_s):
    """Wait until all that this process has put in is sent; True if it is."""
    return all(outbox.flush(timeout_s) for outbox in _own())


def _own():
    return [outbox for key, outbox in list(_outboxes.items()) if key[0] == os.getpid()]


@atexit.register
def _close():
    for outbox in _own():
        outbox.close(_AT_EXIT_S)
