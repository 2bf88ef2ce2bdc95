"""Does this Nova have what we hook, and has nobody patched it by hand?"""

import importlib

from vifcast_nova import versions
from vifcast_nova.cli.check.line import fail, ok, warn
from vifcast_nova.hooks import hookpoints

NAME = "hook points"
HAND_PATCH = "hand-patch"
_MANAGER = "nova.compute.manager"


def look(host):
    """The same questions as when nova-compute starts, to the same Nova."""
    try:
        manager = importlib.import_module(_MANAGER)
    except Exception as exc:
        # ImportError for the most part; no value of nova.conf is in its text.
        return [
            fail(
                NAME,
                "%s cannot be imported: %s: %s" % (_MANAGER, type(exc).__name__, exc),
                "This Nova cannot run nova-compute; mend its installation.",
            )
        ]
    missing = hookpoints.missing(manager)
    if missing:
        return [
            fail(
                NAME,
                "vifcast-nova does not know this Nova (%s): %s."
                % (versions.of_nova(), "; ".join(missing)),
                "Look for a newer vifcast-nova. Nova itself works as without it.",
            )
        ]
    names = hookpoints.find(manager.ComputeManager)
    return [_lists(manager, names), _hand_patch(manager.ComputeManager)]


def _lists(manager, names):
    missing = hookpoints.missing_lists(manager)
    if missing:
        return warn(
            NAME,
            "NICs that Nova's own list of an instance loses or gains without an attach or detach "
            "are not seen: vifcast-nova does not know this Nova's functions for that: %s."
            % "; ".join(missing),
            "Look for a newer vifcast-nova. All else works.",
        )
    hooks = hookpoints.dotted(names, hookpoints.find_lists(manager))
    return ok(NAME, "all there: %s." % ", ".join(hook.rsplit(".", 1)[1] for hook in hooks))


def _hand_patch(manager_class):
    sent = hookpoints.sent_by_hand_patch(manager_class)
    if not sent:
        return ok(HAND_PATCH, "none: Nova sends no NIC notifications of its own.")
    return warn(
        HAND_PATCH,
        "Nova's own code sends %s. These are left to it: they do not say which NIC."
        % ", ".join("compute.instance." + suffix for suffix in sorted(sent)),
        "Take the patch out of nova/compute/manager.py and nova/rpc.py (`vifcast-nova "
        "patch revert` if it was put in by it) and restart nova-compute.",
    )
