"""The option ``driver``, as oslo.messaging reads it."""

SECTION = "[oslo_messaging_notifications]"
NAMESPACE = "oslo.messaging.notify.drivers"
OUTBOX = "vifcast_outbox"


def settings(host):
    """The section ``[oslo_messaging_notifications]`` of nova.conf."""
    from oslo_messaging.notify import notifier

    # oslo.messaging registers it when the first transport is made.
    host.conf.register_opts(notifier._notifier_opts, group=SECTION[1:-1])
    return host.conf.oslo_messaging_notifications


def listed(host):
    """The drivers' names, a list of str, each once: listed twice it is loaded once."""
    names = list(settings(host).driver)
    return [name for number, name in enumerate(names) if name not in names[:number]]


def available(names):
    """Those of ``names`` that stevedore finds and loads, and why others cannot be loaded.

    :returns: ``(names, exceptions)``, two lists
    """
    from stevedore import named

    failures = []
    manager = named.NamedExtensionManager(
        NAMESPACE,
        names,
        on_load_failure_callback=lambda _manager, _point, exc: failures.append(exc),
    )
    return manager.names(), failures
