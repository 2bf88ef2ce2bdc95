"""Is `driver = vifcast` in nova.conf, and does it lead to us?"""

import os

from vifcast_nova import versions
from vifcast_nova.check.line import fail, ok, warn

NAME = "driver"
ENTRY_POINT = "entry point"
NAMESPACE = "oslo.messaging.notify.drivers"
_SECTION = "[oslo_messaging_notifications]"
# What publishes Nova's own notifications.
_PUBLISHERS = ("messagingv2", "messaging", "vifcast_outbox")


def look(host):
    """The option ``driver``, as oslo.messaging reads it."""
    from oslo_messaging.notify import notifier

    # oslo.messaging registers it when the first transport is made.
    host.conf.register_opts(notifier._notifier_opts, group=_SECTION[1:-1])
    names = list(host.conf.oslo_messaging_notifications.driver)
    return [_line(host, names)] + _entry_point()


def _line(host, names):
    listed = " and ".join(names) or "none"
    if "vifcast" not in names:
        together = [name for name in names if "vifcast" in name.replace(",", " ").split()]
        advice = (
            "One line for each: `driver = a,b` is a single driver of that name."
            if together
            else "Add the line `driver = vifcast` below %s in nova.conf and restart "
            "nova-compute." % _SECTION
        )
        return fail(NAME, "%s driver: %s; vifcast is not there." % (_SECTION, listed), advice)
    text = "%s driver: %s." % (_SECTION, listed)
    if "noop" in names:
        return warn(
            NAME,
            text + " noop beside others switches nothing off.",
            "Remove `driver = noop`.",
        )
    if not set(_PUBLISHERS) & set(names):
        return warn(
            NAME,
            text + " NIC notifications are sent; Nova's other notifications are not.",
            "If they are wanted, add `driver = messagingv2`.",
        )
    return ok(NAME, text)


def _entry_point():
    from stevedore import named

    failures = []
    manager = named.NamedExtensionManager(
        NAMESPACE,
        ["vifcast"],
        on_load_failure_callback=lambda _manager, _point, exc: failures.append(exc),
    )
    if "vifcast" in manager.names():
        return [ok(ENTRY_POINT, "stevedore finds vifcast in %s." % NAMESPACE)]
    if failures:
        text = "vifcast cannot be loaded: %s: %s" % (type(failures[0]).__name__, failures[0])
        return [fail(ENTRY_POINT, text, "Reinstall vifcast-nova with this Python's pip.")]
    if versions.of_distribution("vifcast-nova") == versions.UNKNOWN:
        return [
            fail(
                ENTRY_POINT,
                "vifcast-nova can be imported, but it was not installed by pip: nobody "
                "finds its driver.",
                "Install the wheel with this Python's pip, with --no-deps.",
            )
        ]
    return [
        fail(
            ENTRY_POINT,
            "vifcast-nova is installed, but stevedore does not find its driver: its cache "
            "is older than the installation.",
            "Remove %s, and the same folder of the user that runs nova-compute."
            % os.path.join(_cache_home(), "python-entrypoints"),
        )
    ]


def _cache_home():
    return os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
