"""Can notifications go to the listener's durable exchange, too?"""

import re

from vifcast_nova import options
from vifcast_nova.cli.check.line import ok, warn
from vifcast_nova.cli.check.shell import quote

NAME = "lane"
ABSENT, REFUSED, WRITABLE = "absent", "refused", "writable"


def exchange(conf):
    """Its name, or None where nova.conf wants none."""
    with_outbox = options.value(conf, "outbox")
    return (with_outbox and options.value(conf, "lane_exchange")) or None


def lines(wanted, found, place):
    """A list of one Line, or of none where it was not found out.

    :param wanted: dict, ``transport.settings``
    :param found: ABSENT, REFUSED or WRITABLE, of ``connect``; None: not looked at
    :param place: dict, of those settings, the host that was asked
    """
    name = wanted["lane"]
    if name is None:
        return [ok(NAME, "none ([vifcast] outbox = false, or lane_exchange is empty).")]
    if name == wanted["exchange"]["name"]:
        return [
            warn(
                NAME,
                "[vifcast] lane_exchange is %s, Nova's own exchange: it is not used, and a restart "
                "of the broker can lose what waits." % name,
                "Remove the line; without it the lane is `vifcast`.",
            )
        ]
    if found is None:
        return []  # an alarm; the broker's line reports it
    if found == ABSENT:
        return [
            warn(
                NAME,
                "%s: this broker has no such exchange; notifications go to Nova's exchange "
                "alone." % name,
                "Start `vifcast serve` of this release on this broker to create it. Until "
                "then a restart of the broker can lose what waits.",
            )
        ]
    if found == REFUSED:
        pattern, user = re.escape(name), quote(place["userid"])
        return [
            warn(
                NAME,
                "%s: %s may not write to it; notifications go to Nova's exchange alone, and a "
                "restart of the broker can lose what waits." % (name, place["userid"]),
                "Add ^%s$ to its write permission: `rabbitmqctl list_user_permissions %s` "
                "lists CONFIGURE, WRITE and READ; then `rabbitmqctl set_permissions -p %s %s "
                "'CONFIGURE' '(WRITE)|^%s$' 'READ'`."
                % (pattern, user, quote(wanted["vhost"]), user, pattern),
            )
        ]
    return [ok(NAME, "%s: there, and %s may write to it." % (name, place["userid"]))]
