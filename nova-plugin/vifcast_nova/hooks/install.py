"""Puts the wrappers into Nova, once, as soon as it has its compute manager."""

import collections
import logging

import wrapt

from vifcast_nova import EVENT_TYPES, REPORT_EVENT_TYPE, __version__, options, versions
from vifcast_nova.guard import safely
from vifcast_nova.hooks import hookpoints, list_hooks, wrappers
from vifcast_nova.hooks.changes import Changes
from vifcast_nova.hooks.in_flight import InFlight
from vifcast_nova.hooks.nic_lists import NicLists
from vifcast_nova.notify import host_report
from vifcast_nova.notify.nic_notifier import NicNotifier

LOG = logging.getLogger(__name__)

MANAGER_MODULE = "nova.compute.manager"
ON, OFF, HAND_PATCHED = "on", "off", "hand_patched"
_MARK = "_vifcast_installed"
_OPENS = {
    "attach": wrappers.open_attach,
    "detach": wrappers.open_detach,
    "deletion": wrappers.open_deletion,
}

_AROUND_LISTS = {
    "write": list_hooks.at_write,
    "read": list_hooks.at_read,
    "begin": list_hooks.at_begin,
}

# state: ON, OFF or HAND_PATCHED; reason: str, why it is not ON, or ON without a part, or
# None; hooks: list of str, what of Nova is wrapped
Outcome = collections.namedtuple("Outcome", "state reason hooks")

# One per process, like the class that is wrapped: oslo.messaging makes a driver
# for every notifier, and Nova has two of those under notification_format = both.
_notifier = NicNotifier()
_waiting = False


def when_compute_starts(conf, transport):
    """Install when ``nova.compute.manager`` is imported.

    Only nova-compute imports it; api, conductor and scheduler load the driver
    from the same nova.conf and never get any further than this.
    """
    global _waiting
    options.register(conf)
    _notifier.use(conf, transport)
    if not _waiting:
        _waiting = True
        wrapt.register_post_import_hook(_imported, MANAGER_MODULE)


def _imported(manager_module):
    # An exception here would be an ImportError of Nova's.
    outcome = safely(install, manager_module, _notifier)
    if outcome is not None:
        safely(host_report.start, outcome, _notifier)


def install(manager_module, notifier):
    """Wrap what ``hookpoints`` names, all of it or nothing, and log one line.

    :param manager_module: the module ``nova.compute.manager``
    :returns: Outcome
    """
    nova_version = versions.of_nova()
    reasons = hookpoints.missing(manager_module)
    if reasons:
        reason = "it does not know this Nova (%s): %s" % (nova_version, "; ".join(reasons))
        LOG.warning(
            "vifcast-nova %s is off: %s. Nova is not affected, and NIC "
            "notifications are not sent. Look for a newer vifcast-nova.",
            __version__,
            reason,
        )
        return Outcome(OFF, reason, [])
    manager_class = manager_module.ComputeManager
    sent = hookpoints.sent_by_hand_patch(manager_class)
    unwatched = hookpoints.missing_lists(manager_module)
    reason = " ".join(
        ([_hand_patched(sent)] if sent else []) + ([_not_watched(unwatched)] if unwatched else [])
    )
    names = hookpoints.find(manager_class)
    list_owners = {} if unwatched else hookpoints.find_lists(manager_module)
    hooks = hookpoints.dotted(names, list_owners)
    outcome = Outcome(HAND_PATCHED if sent else ON, reason or None, hooks)
    if _MARK in vars(manager_class):
        return outcome
    _allow_event_types()
    notifier.prepare(manager_module.compute_utils)
    notifier.muted = sent
    _wrap(manager_module, names, list_owners, notifier)
    LOG.log(
        logging.WARNING if reason else logging.INFO,
        "vifcast-nova %s is on: Nova %s sends compute.instance.interface_attach "
        "and .interface_detach (start, end, error); %shooked: %s; %s",
        __version__,
        nova_version,
        reason + " " if reason else "",
        ", ".join(hook.rsplit(".", 1)[1] for hook in hooks),
        notifier.describe(),
    )
    return outcome


def _hand_patched(sent):
    return (
        "this Nova is hand-patched, its own code sends %s: these are left to it and come "
        "without the key `interface`; remove the patch from nova/compute/manager.py and "
        "nova/rpc.py to get the complete ones." % ", ".join(sorted(sent))
    )


def _not_watched(reasons):
    return (
        "NICs that Nova's own list of an instance loses or gains without an attach or detach "
        "are not seen: vifcast-nova does not know this Nova's functions for that (%s); look "
        "for a newer vifcast-nova." % "; ".join(reasons)
    )


def _wrap(manager_module, names, list_owners, notifier):
    manager_class = manager_module.ComputeManager
    utils = manager_module.compute_utils
    in_flight = InFlight()
    changes = Changes(notifier, in_flight, NicLists())
    for what, name in names.items():
        arguments = hookpoints.METHODS[what][1]
        hook = wrappers.Hook(notifier, in_flight, changes, _OPENS[what], arguments)
        original = vars(manager_class)[name]
        setattr(manager_class, name, wrappers.around(original, hook))
    for what, owner in list_owners.items():
        _, name, arguments = hookpoints.LISTS[what]
        around = _AROUND_LISTS[what]
        setattr(owner, name, around(vars(owner)[name], changes, arguments))
    start_hook = wrappers.Hook(notifier, in_flight, changes, None, ())
    utils.notify_about_instance_action = wrappers.at_start(
        utils.notify_about_instance_action, start_hook
    )
    setattr(manager_class, _MARK, __version__)


def _allow_event_types():
    """Nova warns of a legacy event_type that is not on its list (nova/rpc.py)."""
    from nova import rpc

    allowed = rpc.LegacyValidatingNotifier.allowed_legacy_notification_event_types
    ours = EVENT_TYPES + (REPORT_EVENT_TYPE,)
    allowed.extend(e for e in ours if e not in allowed)
