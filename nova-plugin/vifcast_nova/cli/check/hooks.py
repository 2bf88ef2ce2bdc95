"""Does this Nova have the functions that we hook, and is it unpatched?"""

import importlib

from vifcast_nova import versions
from vifcast_nova.cli.check.line import fail, ok, warn
from vifcast_nova.hooks import hookpoints

NAME = "hook points"
HAND_PATCH = "hand-patch"
_MANAGER = "nova.compute.manager"


def look(host):
    """Check the same as vifcast-nova does when nova-compute starts, on the same Nova."""
    try:
        manager = importlib.import_module(_MANAGER)
    except Exception as exc:
        # ImportError for the most part; no value of nova.conf is in its text.
        return [
            fail(
                NAME,
                "%s cannot be imported: %s: %s" % (_MANAGER, type(exc).__name__, exc),
                "This Nova cannot run nova-compute; repair its installation.",
            )
        ]
    missing = hookpoints.missing(manager)
    if missing:
        return [
            fail(
                NAME,
                "vifcast-nova does not know this Nova (%s): %s."
                % (versions.of_nova(), "; ".join(missing)),
                "Look for a newer vifcast-nova. Nova itself is not affected.",
            )
        ]
    names = hookpoints.find(manager.ComputeManager)
    return [_lists(manager, names), _hand_patch(manager.ComputeManager)]


def _lists(manager, names):
    missing = hookpoints.missing_lists(manager)
    if missing:
        return warn(
            NAME,
            "vifcast-nova does not report NICs that Nova's own list of an instance loses or gains "
            "without an attach or detach: it does not know this Nova's functions for that: %s."
            % "; ".join(missing),
            "Look for a newer vifcast-nova. Everything else works.",
        )
    hooks = hookpoints.dotted(names, hookpoints.find_lists(manager))
    return ok(NAME, "all there: %s." % ", ".join(hook.rsplit(".", 1)[1] for hook in hooks))


def _hand_patch(manager_class):
    sent = hookpoints.sent_by_hand_patch(manager_class)
    if not sent:
        return ok(HAND_PATCH, "none: Nova sends no NIC notifications of its own.")
    return warn(
        HAND_PATCH,
        "Nova's own code sends %s. vifcast-nova leaves these to it; they do not name the NIC."
        % ", ".join("compute.instance." + suffix for suffix in sorted(sent)),
        "Remove the patch from nova/compute/manager.py and nova/rpc.py (by `vifcast-nova "
        "patch revert`, if that command applied it) and restart nova-compute.",
    )
