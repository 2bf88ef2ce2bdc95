"""The event types that are read, by who sends them; every other one is passed over.

What each source knows and cannot know is in docs/sources.md.
"""

from vifcast.model import Action, Phase

_HOT_PLUG = {
    f"interface_{action}.{phase}": (action, phase)
    for action in (Action.ATTACH, Action.DETACH)
    for phase in Phase
}

# vifcast-nova's, and those of a Nova patched by hand.
LEGACY = {f"compute.instance.{name}": meaning for name, meaning in _HOT_PLUG.items()}

# Nova's own, with notification_format = versioned or both.
VERSIONED = {f"instance.{name}": meaning for name, meaning in _HOT_PLUG.items()}

# nova.exception_wrapper.wrap_exception: the bare name of the method that failed.
FAULT = {"attach_interface": Action.ATTACH, "detach_interface": Action.DETACH}

# The same for versioned notifications, of whatever method of nova-compute failed.
EXCEPTION = "compute.exception"

# Everything that ends an instance ends in one of these: nova.compute.manager's
# _delete_instance and _complete_partial_deletion, and nova.compute.utils.
# notify_about_instance_delete, with which nova-api (publisher ``api.<host>``) and
# nova-conductor delete what no compute host answers for. It names its event after the kind of
# deletion, hence force_delete, which has no versioned twin. It sends the end even where the
# deletion failed; the deletion is then tried again on the host, or by the user.
# soft_delete.end is none of these: the ports stay where they are until the instance is
# reclaimed, which is a delete. Nor are shelving (the ports keep their device_id) and
# create.error (the instance may be built on another host).
# create_ip and delete_ip (addFixedIp, removeFixedIp) list the NICs as they are afterwards.
INSTANCE_LEGACY = {
    "compute.instance.create.end": Action.CREATE,
    "compute.instance.create_ip.end": Action.SIGHTING,
    "compute.instance.delete_ip.end": Action.SIGHTING,
    "compute.instance.delete.end": Action.DELETE,
    "compute.instance.force_delete.end": Action.DELETE,
}
INSTANCE_VERSIONED = {
    "instance.create.end": Action.CREATE,
    "instance.delete.end": Action.DELETE,
}

# From these on an instance is on the host that they name, or on none. Each is sent once all is
# done, by the host where the instance is then. Not read: what is sent before (resize.prep,
# live_migration.pre), what changes nothing (rollbacks, resize.confirm.end), and what the host that
# the instance has left sends about it (resize.end, live_migration._post.end and its versioned
# twin live_migration_post.end, whose ``host`` is the old one). Queens has no versioned twin of
# live_migration.post.dest.end.
_SHELVE_OFFLOADED = "shelve_offload.end"
_REBUILT = "rebuild.end"
_MOVES = {
    # Resize and cold migration.
    "finish_resize.end": "resize_finish.end",
    "resize.revert.end": "resize_revert.end",
    "live_migration.post.dest.end": "live_migration_post_dest.end",
    # Evacuation; a rebuild in place names the same host.
    _REBUILT: _REBUILT,
    "unshelve.end": "unshelve.end",
    _SHELVE_OFFLOADED: _SHELVE_OFFLOADED,
}
MOVE_LEGACY = frozenset(f"compute.instance.{name}" for name in _MOVES)
MOVE_VERSIONED = frozenset(f"instance.{name}" for name in _MOVES.values())

HAS_NO_HOST = frozenset({f"compute.instance.{_SHELVE_OFFLOADED}", f"instance.{_SHELVE_OFFLOADED}"})

# Nova saves the new host of an evacuated instance after it has sent this
# (nova/compute/manager.py:rebuild_instance, finish_evacuation): the payload names the old one.
SENT_BEFORE_SAVED = frozenset({f"compute.instance.{_REBUILT}", f"instance.{_REBUILT}"})

PORT_CREATED, PORT_UPDATED, PORT_DELETED = "port.create.end", "port.update.end", "port.delete.end"
NEUTRON = frozenset({PORT_CREATED, PORT_UPDATED, PORT_DELETED})

REPORT = "vifcast.report"
PROBE = "vifcast.probe"

READ = frozenset().union(
    LEGACY, VERSIONED, FAULT, INSTANCE_LEGACY, INSTANCE_VERSIONED, MOVE_LEGACY, MOVE_VERSIONED,
    NEUTRON, {EXCEPTION, REPORT, PROBE},
)  # fmt: skip

# Made by vifcast itself, and not believed when it comes over the bus.
RECONCILE = "vifcast.reconcile"
