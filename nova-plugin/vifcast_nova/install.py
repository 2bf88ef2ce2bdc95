"""Puts the wrappers into Nova, once, as soon as it has its compute manager."""

import logging

import wrapt

from vifcast_nova import (
    EVENT_TYPES,
    __version__,
    hookpoints,
    options,
    wrappers,
)
from vifcast_nova.flight import Flight
from vifcast_nova.guard import safely
from vifcast_nova.reporter import Reporter

LOG = logging.getLogger(__name__)

MANAGER_MODULE = "nova.compute.manager"
_MARK = "_vifcast_installed"
_OPENS = {
    "attach": wrappers.open_attach,
    "detach": wrappers.open_detach,
    "deletion": wrappers.open_deletion,
}

# One per process, like the class that is wrapped: oslo.messaging makes a driver
# for every notifier, and Nova has two of those under notification_format = both.
_reporter = Reporter()
_waiting = False


def when_compute_starts(conf, transport):
    """Install when ``nova.compute.manager`` is imported.

    Only nova-compute imports it; api, conductor and scheduler load the driver
    from the same nova.conf and never get any further than this.
    """
    global _waiting
    options.register(conf)
    _reporter.use(conf, transport)
    if not _waiting:
        _waiting = True
        wrapt.register_post_import_hook(_imported, MANAGER_MODULE)


def _imported(manager_module):
    # An exception here would be an ImportError of Nova's.
    safely(install, manager_module, _reporter)


def install(manager_module, reporter):
    """Wrap what ``hookpoints`` names; all of it, or nothing and one warning.

    :param manager_module: the module ``nova.compute.manager``
    :returns: True when the wrappers are in place
    """
    from nova import version

    nova_version = version.version_string()
    reasons = hookpoints.missing(manager_module)
    if reasons:
        LOG.warning(
            "vifcast-nova %s is off: it does not know this Nova (%s): %s. Nova "
            "works as without it and NIC notifications are not sent. Look for a "
            "newer vifcast-nova.",
            __version__,
            nova_version,
            "; ".join(reasons),
        )
        return False
    manager_class = manager_module.ComputeManager
    if _MARK in vars(manager_class):
        return True
    _allow_event_types()
    reporter.prepare(manager_module.compute_utils)
    names = hookpoints.find(manager_class)
    reporter.muted = _sent_already(manager_class)
    _wrap(manager_module, names, reporter)
    LOG.info(
        "vifcast-nova %s is on: Nova %s sends compute.instance.interface_attach "
        "and .interface_detach (start, end, error); hooked: %s",
        __version__,
        nova_version,
        ", ".join(sorted(names.values())),
    )
    return True


def _wrap(manager_module, names, reporter):
    manager_class = manager_module.ComputeManager
    utils = manager_module.compute_utils
    flight = Flight()
    for what, name in names.items():
        arguments = hookpoints.METHODS[what][1]
        hook = wrappers.Hook(reporter, flight, _OPENS[what], arguments)
        original = vars(manager_class)[name]
        setattr(manager_class, name, wrappers.around(original, hook))
    start_hook = wrappers.Hook(reporter, flight, None, ())
    utils.notify_about_instance_action = wrappers.at_start(
        utils.notify_about_instance_action, start_hook
    )
    setattr(manager_class, _MARK, __version__)


def _sent_already(manager_class):
    sent = frozenset()
    for what in ("attach", "detach"):
        # The body and the public method: a patch may stand in either.
        for name in hookpoints.METHODS[what][0]:
            if name in vars(manager_class):
                sent |= hookpoints.sent_by_nova_itself(vars(manager_class)[name])
    if sent:
        LOG.warning(
            "vifcast-nova: this Nova is hand-patched, its own code sends %s. "
            "These are left to it and come without the key `interface`; remove "
            "the patch from nova/compute/manager.py and nova/rpc.py to get the "
            "complete ones.",
            ", ".join("compute.instance.%s" % s for s in sorted(sent)),
        )
    return sent


def _allow_event_types():
    """Nova warns of a legacy event_type that is not on its list (nova/rpc.py)."""
    from nova import rpc

    allowed = rpc.LegacyValidatingNotifier.allowed_legacy_notification_event_types
    allowed.extend(e for e in EVENT_TYPES if e not in allowed)
