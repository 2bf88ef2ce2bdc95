"""What publishes Nova's own notifications, and does Nova wait for the broker with it?"""

from vifcast_nova import versions
from vifcast_nova.cli.check import drivers
from vifcast_nova.cli.check.line import fail, ok, warn

NAME = "publisher"
# They publish from within the call that notifies.
_WAITING = ("messagingv2", "messaging")
# From Nova 22 (Victoria) on attach and detach end in ``instance.save()``, which nova-conductor
# does for nova-compute, and publishes: nova/objects/instance.py, notifications/base.py:send_update.
_SAVES_SINCE = 22
_SHARED = (
    "every service that reads this nova.conf, including nova-api, nova-conductor and "
    "nova-scheduler, needs vifcast-nova in its Python: without it, oslo.messaging drops "
    "vifcast_outbox without an error, and that service's notifications are not sent"
)


def look(host):
    """Lines: which driver publishes, then the drivers that do harm."""
    names = drivers.listed(host)
    if not drivers.settings(host).topics:
        return [
            fail(
                NAME,
                "%s topics is empty: NIC notifications have no topic and are not sent."
                % drivers.SECTION,
                "Remove the line, or write `topics = notifications`.",
            )
        ]
    return [_who(host, names)] + _harmful(names)


def _who(host, names):
    waiting = [name for name in names if name in _WAITING]
    if waiting:
        return _warning(host, names, waiting)
    if drivers.OUTBOX in names:
        return ok(
            NAME, "vifcast_outbox: Nova does not wait for the broker. Note: %s." % _SHARED
        )
    return warn(
        NAME,
        "none: NIC notifications are sent; Nova's other notifications are not.",
        "To send them, add `driver = vifcast_outbox`; %s." % _SHARED,
    )


def _warning(host, names, waiting):
    twice = len(waiting) > 1 or drivers.OUTBOX in names
    parts = [
        "%s: Nova publishes its own notifications from within its calls, and waits while the "
        "broker is stopped or frozen." % " and ".join(waiting)
    ]
    parts += _what_waits(host.conf)
    parts += _retry(drivers.settings(host).retry)
    if twice:
        parts.append("Each notification is sent twice, with the same message_id.")
    return warn(NAME, " ".join(parts), _advice(names, waiting))


def _what_waits(conf):
    format_, default = conf.notifications.notification_format, _default_format(conf)
    named = "notification_format = %s" % format_
    if format_ == default:
        named += " (the default of this Nova)"
    others = "Builds, deletions and all other actions that send notifications also wait."
    topics = conf.notifications.versioned_notifications_topics
    if format_ != "unversioned" and topics:
        return [
            "With %s every attach and detach publishes and waits: the API answers 500 after "
            "60 s to an attach. %s" % (named, others)
        ]
    if format_ != "unversioned":
        named += ", but versioned_notifications_topics is empty"
    found = [
        "With %s an attach or detach that fails waits: the API answers 500 after 60 s to "
        "that attach. %s" % (named, others)
    ]
    state_changes = conf.notifications.notify_on_state_change
    if state_changes and versions.nova_major() >= _SAVES_SINCE:
        found.append(
            "With notify_on_state_change = %s nova-conductor publishes within every attach "
            "and detach: they also wait, if it has this driver." % state_changes
        )
    else:
        found.append("An attach that succeeds does not wait.")
    return found


def _retry(retry):
    if retry is None or retry < 0:
        return []
    return [
        "%s retry = %d does not help: the wait is shorter, the notification is lost, and "
        "oslo.messaging before 12.12 ignores it while it connects." % (drivers.SECTION, retry)
    ]


def _advice(names, waiting):
    lines = " and ".join("`driver = %s`" % name for name in waiting)
    if drivers.OUTBOX in names:
        begin = "Remove %s, so that these two lines stand" % lines
    else:
        begin = "Replace %s by `driver = vifcast_outbox`, so that these two lines stand" % lines
    return (
        "%s below %s: `driver = vifcast_outbox` and `driver = vifcast`. Restart "
        "nova-compute. Note: %s." % (begin, drivers.SECTION, _SHARED)
    )


def _harmful(names):
    found = []
    if "test" in names:
        found.append(
            warn(
                NAME,
                "test: it is for unit tests, and keeps every notification in memory.",
                "Remove `driver = test`.",
            )
        )
    if "routing" in names:
        found.append(
            warn(
                NAME,
                "routing: whatever routing_config holds, oslo.messaging's driver loads no driver, "
                "sends nothing, and logs an error for each notification.",
                "Remove `driver = routing`.",
            )
        )
    loaded, _ = drivers.available(names)
    ours = ("vifcast", drivers.OUTBOX)  # the line about them says more
    for name in names:
        if name not in loaded and name not in ours:
            found.append(
                warn(
                    NAME,
                    "%s: this Python has no driver of that name; oslo.messaging drops it "
                    "without an error." % name,
                    "Remove or correct `driver = %s`." % name,
                )
            )
    return found


def _default_format(conf):
    # No public way to ask for it; there from 17 to 34.
    return conf._get_opt_info("notification_format", "notifications")["opt"].default
