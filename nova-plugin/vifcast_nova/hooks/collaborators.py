"""Looks over the shoulder of Nova's network API and virt driver.

A failed attach has given its port back before it raises, and a driver's failure
to detach a deleted port is only logged: what these calls were handed, returned
or raised is seen nowhere else. They are watched on their class, once, and only
operations of ours take anything from it.
"""

import functools
import threading
import types

from vifcast_nova.guard import safely
from vifcast_nova.notify import operation as op

_lock = threading.Lock()
_MARK = "_vifcast_watched"


def watch(manager, in_flight):
    """Watch the classes of ``manager.network_api`` and ``manager.driver``."""
    for attribute, names in _WATCHED.items():
        collaborator = getattr(manager, attribute)
        for name in names:
            _watch_method(type(collaborator), name, in_flight)


def _watch_method(cls, name, in_flight):
    owner = next((c for c in cls.__mro__ if name in vars(c)), None)
    if owner is None:
        return  # allocate_port_for_instance went with Nova 22
    original = vars(owner)[name]
    if not isinstance(original, types.FunctionType) or hasattr(original, _MARK):
        return
    with _lock:
        if vars(owner)[name] is original:
            setattr(owner, name, _watched(original, name, in_flight))


def _watched(original, name, in_flight):
    # Looked up here by name so that the original stays the only callable cell.
    @functools.wraps(original)
    def watched(*args, **kwargs):
        safely(_entered, in_flight, name)
        try:
            result = original(*args, **kwargs)
        except Exception as exc:
            safely(_raised, in_flight, name, exc)
            raise
        safely(_answered, in_flight, name, result)
        return result

    setattr(watched, _MARK, True)
    return watched


def _entered(in_flight, name):
    operation = in_flight.current()
    if operation and operation.action == op.ATTACH and name == _GIVE_BACK:
        operation.undoing = True


def _raised(in_flight, name, exc):
    operation = in_flight.current()
    if operation and operation.cause == op.BY_PORT_DELETION and name == _UNPLUG:
        operation.swallowed = exc


def _answered(in_flight, name, result):
    operation = in_flight.current()
    if operation and operation.action == op.ATTACH and name in _ALLOCATE and result:
        operation.learn(result[0])


_ALLOCATE = ("allocate_for_instance", "allocate_port_for_instance")
_GIVE_BACK = "deallocate_port_for_instance"
_UNPLUG = "detach_interface"
_WATCHED = {"network_api": _ALLOCATE + (_GIVE_BACK,), "driver": (_UNPLUG,)}
