"""What waits in an outbox, and what nobody will send."""

import os
import time

from vifcast_nova.check.line import fail, ok, warn
from vifcast_nova.leftovers import contents

# Sent within moments while the broker is there.
_LONG_S = 60


def lines(name, directory, bus, text):
    """Lines; the first goes on from ``text``: how many wait, for how long.

    :param bus: str, the fingerprint of nova.conf's bus, or None where it has no usable one
    """
    spools = contents.spools(directory)
    stranded = [s for s in spools if bus is not None and s.bus != bus and not s.is_held]
    own = [s for s in spools if bus is None or s.bus == bus]
    return [_waiting(name, directory, own, text)] + _stranded(name, stranded)


def _waiting(name, directory, spools, text):
    aside = len(contents.aside(directory))
    if aside:
        return warn(
            name,
            "%s; %d files that cannot be sent are in %s."
            % (text, aside, os.path.join(directory, "aside")),
            "nova-compute's log says why. Look at them; once that is mended, "
            "`vifcast-nova outbox send aside`, or else `vifcast-nova outbox forget aside`.",
        )
    letters = [at_ns for spool in spools for at_ns in spool.letters]
    if not letters:
        return ok(name, "%s; nothing waits." % text)
    age_s = max(0, time.time() - min(letters) / 1e9)
    text = "%s; %d notifications wait, the oldest for %d s" % (text, len(letters), age_s)
    if age_s < _LONG_S:
        return ok(name, text + ".")
    return warn(
        name,
        text + ".",
        "They are sent as soon as nova-compute runs and the broker takes them.",
    )


def _stranded(name, spools):
    places = {spool.bus: spool.place for spool in spools}
    found = []
    for bus in sorted(places):
        count = sum(len(spool.letters) for spool in spools if spool.bus == bus)
        found.append(
            fail(
                name,
                "%d notifications are for %s, which is not the transport_url of nova.conf, "
                "and the process that wrote them is gone: nobody sends them."
                % (count, places[bus]),
                "If they are to go where transport_url points now, `vifcast-nova outbox send "
                "%s`; if nobody needs them, `vifcast-nova outbox forget %s`." % (bus, bus),
            )
        )
    return found
