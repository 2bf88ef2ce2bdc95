"""How an instance stands to this host: may what its list of NICs loses be reported?"""

HERE = "here"
# Being created, or unshelved: its list is filled.
ARRIVING = "arriving"
# Its list is what it was before, and is to be compared with that afterwards.
REBUILDING = "rebuilding"
# On another host, about to leave this one or just coming from another, or being deleted.
ELSEWHERE = "elsewhere"

# nova/compute/task_states.py and vm_states.py, 17 to 34.
_ARRIVING_TASKS = ("scheduling", "block_device_mapping", "networking", "spawning")
_REBUILDING_TASKS = ("rebuilding", "rebuild_block_device_mapping", "rebuild_spawning")
_MOVING_TASKS = (
    "resize_prep",
    "resize_migrating",
    "resize_migrated",
    "resize_finish",
    "resize_reverting",
    "resize_confirming",
    "migrating",
    "shelving_offloading",
    "unshelving",
)
_DELETING_TASKS = ("deleting", "soft-deleting", "restoring")
# soft-delete: when its time is up, Nova deletes it without a task_state
# (ComputeManager._reclaim_queued_deletes).
_DELETED_STATES = ("deleted", "soft-delete")
_READ = ("host", "vm_state", "task_state", "deleted")


def of(instance, host):
    """HERE, ARRIVING, REBUILDING or ELSEWHERE.

    :param instance: nova.objects.Instance
    :param host: str, [DEFAULT] host of this nova-compute
    """
    if not all(instance.obj_attr_is_set(name) for name in _READ):
        return ELSEWHERE  # to read one from the database here could hold up Nova
    if instance.host != host or is_ending(instance) or instance.task_state in _MOVING_TASKS:
        return ELSEWHERE
    if instance.vm_state == "building" or instance.task_state in _ARRIVING_TASKS:
        return ARRIVING
    if instance.task_state in _REBUILDING_TASKS:
        return REBUILDING
    return HERE


def is_ending(instance):
    """Is it deleted, or is that under way? Nova's ``delete.*`` reports it."""
    return bool(
        _value(instance, "deleted")
        or _value(instance, "task_state") in _DELETING_TASKS
        or _value(instance, "vm_state") in _DELETED_STATES
    )


def _value(instance, name):
    return getattr(instance, name) if instance.obj_attr_is_set(name) else None
