"""Is the exchange that notifications go to as nova.conf has it?"""

from vifcast_nova.check.line import fail, ok, warn

NAME = "exchange"
_USUAL = "nova"


def line(wanted, found):
    """A Line.

    :param wanted: dict with ``name`` and ``durable``
    :param found: dict of ``connect``: is_there, trouble
    """
    name = wanted["name"]
    if found["trouble"]:
        return fail(
            NAME,
            "%s: RabbitMQ does not let Nova use it: %s." % (name, found["trouble"]),
            "If it says `inequivalent arg 'durable'`, amqp_durable_queues in this nova.conf "
            "differs from that of the service which made the exchange. If it says access "
            "refused, this user needs permission to configure and write it.",
        )
    there = "there" if found["is_there"] else "not there yet, the first notification makes it"
    if name != _USUAL:
        return warn(
            NAME,
            "%s (control_exchange): %s." % (name, there),
            "vifcast listens to %s unless its option `exchange` says otherwise." % _USUAL,
        )
    return ok(NAME, "%s: %s." % (name, there))
