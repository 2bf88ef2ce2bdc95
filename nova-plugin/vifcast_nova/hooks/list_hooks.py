"""What runs around Nova's own functions that read and write the lists of NICs.

Plain functions, the original their only callable cell: see ``wrappers``.
"""

import functools

from vifcast_nova.guard import safely
from vifcast_nova.hooks import standing


def at_write(original, changes, arguments):
    """Wrap ``update_instance_cache_with_nw_info``: every list that nova-compute writes.

    :param changes: ``changes.Changes``
    :param arguments: the names of the original's
    """

    @functools.wraps(original)
    def update_instance_cache_with_nw_info(*args, **kwargs):
        safely(_learn, changes, arguments, args, kwargs)
        result = original(*args, **kwargs)
        safely(_after_write, changes, arguments, args, kwargs)
        return result

    return update_instance_cache_with_nw_info


def at_read(original, changes, arguments):
    """Wrap ``refresh_info_cache_for_instance``: the list as the database has it.

    Nova reads it before it makes a new one, and may change it in its place.
    """

    @functools.wraps(original)
    def refresh_info_cache_for_instance(*args, **kwargs):
        result = original(*args, **kwargs)
        safely(_learn, changes, arguments, args, kwargs)
        return result

    return refresh_info_cache_for_instance


def at_begin(original, changes, arguments):
    """Wrap ``ComputeManager._init_instance``: the lists when nova-compute starts."""

    @functools.wraps(original)
    def _init_instance(manager, *args, **kwargs):
        safely(_learn, changes, arguments, args, kwargs)
        return original(manager, *args, **kwargs)

    return _init_instance


def _learn(changes, arguments, args, kwargs):
    instance = dict(zip(arguments, args), **kwargs)["instance"]
    if changes.lists.knows(instance.uuid):
        return
    if standing.of(instance, changes.host) == standing.HERE:
        vifs = _vifs(instance)
        if vifs is not None:
            changes.lists.learn(instance.uuid, vifs)


def _after_write(changes, arguments, args, kwargs):
    called = dict(zip(arguments, args), **kwargs)
    instance = called["instance"]
    where = standing.of(instance, changes.host)
    if where == standing.ELSEWHERE:
        changes.lists.forget(instance.uuid)
    vifs = _vifs(instance)
    if vifs is None or where not in (standing.HERE, standing.ARRIVING):
        return
    lost, gained = changes.lists.replace(instance.uuid, vifs)
    if where == standing.HERE:
        changes.found(called["impl"], instance, lost, gained)


def _vifs(instance):
    """Its list in memory, or None; never read from the database here."""
    if not instance.obj_attr_is_set("info_cache") or instance.info_cache is None:
        return None
    return instance.info_cache.network_info
