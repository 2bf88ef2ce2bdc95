"""Can nova-compute write its outbox, and what waits in it?"""

import errno
import os
import time

from vifcast_nova import options
from vifcast_nova.cli import outbox_contents
from vifcast_nova.cli.check import drivers, transport
from vifcast_nova.cli.check.as_user import as_user
from vifcast_nova.cli.check.host import user_name
from vifcast_nova.cli.check.line import fail, ok, warn

NAME = "outbox"
_ADVICE = (
    "Make it a directory that %s may write to, on a file system with free space, or set "
    "[vifcast] outbox_dir. Until then notifications are kept in memory, and those that the "
    "broker has not taken are lost when nova-compute ends."
)
# As much as a NIC notification has.
_PROBE = b"x" * 4096
# Sent within moments while the broker is there.
_LONG_S = 60


def look(host):
    """Write a file there, as the user that runs nova-compute, and remove it."""
    if options.value(host.conf, "outbox"):
        return _lines(host)
    # vifcast_outbox has no use for that option.
    others = _lines(host) if drivers.OUTBOX in drivers.listed(host) else []
    return [
        warn(
            NAME,
            "[vifcast] outbox = false: NIC notifications do not go through the outbox, an "
            "attach waits for the broker, and while it is away they are lost.",
            "Remove `outbox = false` from nova.conf and restart nova-compute.",
        )
    ] + others


def _lines(host):
    directory = options.outbox_dir(host.conf)
    uid, who = _user(host, directory)
    name = user_name(uid)
    if os.geteuid() not in (0, uid):
        return [
            warn(
                NAME,
                "%s: this user cannot see whether %s (%s) may write to it."
                % (directory, name, who),
                "Run the check as root or as %s." % name,
            )
        ]
    trouble = as_user(uid, lambda: _trouble(directory))
    if trouble:
        text = "%s cannot be written by %s (%s): %s." % (directory, name, who, trouble)
        return [fail(NAME, text, _ADVICE % name)]
    can = "can be written" if os.path.isdir(directory) else "can be made"
    text = "%s %s by %s (%s)" % (directory, can, name, who)
    return _waiting_lines(directory, _bus(host.conf), text)


def _bus(conf):
    from vifcast_nova.outbox import bus

    try:
        return bus.fingerprint(transport.make(conf))
    except transport.Unusable:  # the broker's line reports it
        return None


def _user(host, directory):
    """``(uid, how that is known)``."""
    if host.own_processes:
        return host.own_processes[0].uid, "who runs nova-compute"
    # Not root's: a folder on the way that a person has made says nothing.
    for path in (directory, host.conf.state_path):
        if os.path.isdir(path) and os.stat(path).st_uid != 0:
            return os.stat(path).st_uid, "who owns %s" % path
    return os.geteuid(), "who runs this check"


def _waiting_lines(directory, bus, text):
    """Lines; the first goes on from ``text``: how many wait, for how long.

    :param bus: str, the fingerprint of nova.conf's bus, or None where it has no usable one
    """
    spools = outbox_contents.spools(directory)
    stranded = [s for s in spools if bus is not None and s.bus != bus and not s.is_held]
    own = [s for s in spools if bus is None or s.bus == bus]
    return [_waiting(directory, own, text)] + _stranded(stranded)


def _waiting(directory, spools, text):
    aside = len(outbox_contents.aside(directory))
    if aside:
        return warn(
            NAME,
            "%s; %d files that cannot be sent are in %s."
            % (text, aside, os.path.join(directory, "aside")),
            "nova-compute's log says why. Remove the cause and run `vifcast-nova outbox send "
            "aside`, or delete the files by `vifcast-nova outbox forget aside`.",
        )
    letters = [at_ns for spool in spools for at_ns in spool.letters]
    if not letters:
        return ok(NAME, "%s; nothing waits." % text)
    age_s = max(0, time.time() - min(letters) / 1e9)
    text = "%s; %d notifications wait, the oldest for %d s" % (text, len(letters), age_s)
    if age_s < _LONG_S:
        return ok(NAME, text + ".")
    return warn(
        NAME,
        text + ".",
        "They are sent as soon as nova-compute runs and the broker takes them.",
    )


def _stranded(spools):
    places = {spool.bus: spool.place for spool in spools}
    found = []
    for bus in sorted(places):
        count = sum(len(spool.letters) for spool in spools if spool.bus == bus)
        found.append(
            fail(
                NAME,
                "%d notifications are for %s, which is not the transport_url of nova.conf, "
                "and the process that wrote them is gone: no process sends them."
                % (count, places[bus]),
                "To send them to the new transport_url, run `vifcast-nova outbox send %s`; to "
                "delete them, `vifcast-nova outbox forget %s`." % (bus, bus),
            )
        )
    return found


def _trouble(directory):
    """Why it cannot be written, or None."""
    if os.path.isdir(directory):
        return _try_to_write(directory)
    if os.path.lexists(directory):
        return "it is not a directory"
    parent = os.path.dirname(os.path.abspath(directory))
    while not os.path.lexists(parent):
        parent = os.path.dirname(parent)
    if not os.path.isdir(parent):
        return "%s is not a directory" % parent
    if not os.access(parent, os.W_OK | os.X_OK):
        return "it does not exist, and %s may not be written to" % parent
    return None


def _try_to_write(directory):
    path = os.path.join(directory, ".check-%d" % os.getpid())
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except EnvironmentError as exc:
        return _why(exc)
    try:
        if os.write(descriptor, _PROBE) < len(_PROBE):
            return os.strerror(errno.ENOSPC)
    except EnvironmentError as exc:
        return _why(exc)
    finally:
        os.close(descriptor)
        os.unlink(path)
    return None


def _why(exc):
    return os.strerror(exc.errno) if exc.errno else str(exc)
