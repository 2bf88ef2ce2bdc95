"""Is `driver = vifcast` in nova.conf, and does it lead to us?"""

import os

from vifcast_nova import versions
from vifcast_nova.cli.check import drivers, pip
from vifcast_nova.cli.check.line import fail, ok, warn

NAME = "driver"
ENTRY_POINT = "entry point"
# vifcast-nova's own notifications leave through the second, whatever is listed.
_OURS = ["vifcast", drivers.OUTBOX]


def look(host):
    """Two lines: what is listed, and whether stevedore finds it."""
    return [_line(drivers.listed(host))] + _entry_point()


def _line(names):
    listed = " and ".join(names) or "none"
    if "vifcast" not in names:
        together = [name for name in names if "vifcast" in name.replace(",", " ").split()]
        advice = (
            "One line for each: `driver = a,b` is a single driver of that name."
            if together
            else "Add the line `driver = vifcast` below %s in nova.conf and restart "
            "nova-compute." % drivers.SECTION
        )
        text = "%s driver: %s; vifcast is missing." % (drivers.SECTION, listed)
        return fail(NAME, text, advice)
    text = "%s driver: %s." % (drivers.SECTION, listed)
    if "noop" in names:
        return warn(
            NAME,
            text + " noop has no effect beside other drivers.",
            "Remove `driver = noop`.",
        )
    return ok(NAME, text)


def _entry_point():
    found, failures = drivers.available(_OURS)
    missing = [name for name in _OURS if name not in found]
    if not missing:
        both = " and ".join(_OURS)
        return [ok(ENTRY_POINT, "stevedore finds %s in %s." % (both, drivers.NAMESPACE))]
    if failures:
        text = "%s cannot be loaded: %s: %s" % (
            " and ".join(missing),
            type(failures[0]).__name__,
            failures[0],
        )
        return [fail(ENTRY_POINT, text, "Reinstall vifcast-nova: `%s`." % pip.INSTALL)]
    if versions.of_distribution("vifcast-nova") == versions.UNKNOWN:
        return [
            fail(
                ENTRY_POINT,
                "vifcast-nova can be imported, but pip did not install it: stevedore does "
                "not find its drivers.",
                "Install the wheel: `%s`." % pip.INSTALL,
            )
        ]
    return [
        fail(
            ENTRY_POINT,
            "vifcast-nova is installed, but stevedore does not find its driver %s: its "
            "cache is older than the installation." % " and ".join(missing),
            "Remove %s, and the same folder of the user that runs nova-compute."
            % os.path.join(_cache_home(), "python-entrypoints"),
        )
    ]


def _cache_home():
    return os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
