"""What runs around Nova's own functions.

Plain functions on purpose: newer Nova tracks what ``inspect.ismethod`` calls a
method, and ``nova.safe_utils.get_wrapped_function`` walks closures and takes the
first callable it meets, so the original must be the only callable cell.
"""

import collections
import functools

from oslo_messaging import ExpectedException

from vifcast_nova.guard import safely
from vifcast_nova.hooks import collaborators
from vifcast_nova.hooks import standing
from vifcast_nova.notify import operation as op
from vifcast_nova.notify import vif as vif_data


# notifier: NicNotifier; in_flight: InFlight; changes: Changes; opens: (manager, named
# arguments) -> an Operation or None; arguments: the names of the original's, after
# ``self``.
Hook = collections.namedtuple("Hook", "notifier in_flight changes opens arguments")

_ACTION_ARGUMENTS = ("context", "instance", "host", "action", "phase")


def around(original, hook):
    """Wrap a method of ComputeManager whose call is one operation."""

    @functools.wraps(original)
    def wrapper(manager, *args, **kwargs):
        operation = safely(_open, hook, manager, args, kwargs)
        try:
            result = original(manager, *args, **kwargs)
        except BaseException as exc:
            safely(_failed, hook, operation, exc)
            # The traceback holds this frame, and on Nova 21 something of Nova's own
            # holds that until the next garbage collection.
            operation = None
            raise
        safely(_returned, hook, operation, result)
        return result

    return wrapper


def at_start(original, hook):
    """Wrap ``notify_about_instance_action``: where Nova says START, so do we."""

    @functools.wraps(original)
    def notify_about_instance_action(*args, **kwargs):
        safely(_start_if_announced, hook, args, kwargs)
        return original(*args, **kwargs)

    return notify_about_instance_action


def open_attach(manager, called):
    """An Operation for ``ComputeManager.attach_interface``."""
    return op.Operation(
        op.ATTACH,
        op.BY_API,
        manager,
        called["context"],
        called["instance"],
        port_id=called["port_id"],
        network_id=called["network_id"],
        requested_ip=called["requested_ip"],
        tag=called["tag"],
    )


def open_detach(manager, called):
    """An Operation for ``ComputeManager.detach_interface``."""
    return op.Operation(
        op.DETACH,
        op.BY_API,
        manager,
        called["context"],
        called["instance"],
        port_id=called["port_id"],
    )


def open_deletion(manager, called):
    """An Operation for a port that Neutron deleted, or None.

    None where Nova has nothing to do (the port is not in the info cache), and
    while the instance is being deleted: ``delete.*`` says that.
    """
    instance = called["instance"]
    # Nova's API sends the instance with its NICs (server_external_events.py, 17
    # to 34). If it did not, to read them here could ask the database twice, and
    # fail twice, where Nova alone asks once.
    if not instance.obj_attr_is_set("info_cache"):
        return None
    vif = vif_data.find(instance.info_cache.network_info, called["deleted_vif_id"])
    if vif is None:
        return None
    if standing.is_ending(instance):
        return None
    deletion = op.Operation(
        op.DETACH,
        op.BY_PORT_DELETION,
        manager,
        called["context"],
        instance,
        port_id=called["deleted_vif_id"],
    )
    deletion.learn(vif)
    return deletion


def _open(hook, manager, args, kwargs):
    called = dict(zip(hook.arguments, args), **kwargs)
    operation = hook.opens(manager, called)
    if operation is None:
        if hook.opens is open_deletion:
            hook.changes.heard_of_deletion(manager, called)
        return None
    safely(collaborators.watch, manager, hook.in_flight)
    if not hook.in_flight.enter(operation):
        return None
    safely(hook.changes.hurry, operation.key)
    if operation.cause == op.BY_PORT_DELETION and operation.covered_by is None:
        _start(hook, operation)
    return operation


def _start_if_announced(hook, args, kwargs):
    operation = hook.in_flight.current()
    if operation is None or operation.started or operation.cause != op.BY_API:
        return
    announced = dict(zip(_ACTION_ARGUMENTS, args), **kwargs)
    if (
        announced["phase"] != "start"
        or announced["action"] != "interface_%s" % operation.action
        or announced["instance"].uuid != operation.instance_uuid
    ):
        return
    if operation.action == op.DETACH:
        safely(_learn_condemned, operation)
    _start(hook, operation)


def _learn_condemned(operation):
    network_info = operation.instance.info_cache.network_info
    operation.learn(vif_data.find(network_info, operation.port_id))


def _start(hook, operation):
    operation.started = True
    safely(hook.notifier.send, operation, "start")


def _returned(hook, operation, result):
    if operation is None:
        return
    failure = None
    if operation.cause == op.BY_PORT_DELETION:
        failure = safely(_why_kept, hook, operation)
    elif operation.action == op.ATTACH:
        safely(operation.learn, result)
    _finish(hook, operation, failure)


def _failed(hook, operation, exc):
    if operation is None:
        return
    if isinstance(exc, ExpectedException):
        # The RPC layer's envelope for errors that are the user's (Nova 17 to 20,
        # where we stand outside Nova's decorators).
        exc = exc.exc_info[1]
    _finish(hook, operation, exc)


def _why_kept(hook, deletion):
    """The exception for which Nova kept the VIF of a deleted port, or None.

    Nova logs it and returns (``_process_instance_vif_deleted_event``).
    """
    network_info = deletion.instance.info_cache.network_info
    if vif_data.find(network_info, deletion.port_id) is None:
        return None
    if hook.changes.lists.has(deletion.instance_uuid, deletion.port_id) is False:
        return None  # another call of Nova's has struck it off meanwhile
    if deletion.swallowed is not None:
        return deletion.swallowed
    from nova import exception

    return exception.InterfaceDetachFailed(instance_uuid=deletion.instance_uuid)


def _finish(hook, operation, failure):
    in_flight = hook.in_flight
    if operation.cause == op.BY_PORT_DELETION and failure is not None:
        if safely(in_flight.is_gone, operation):
            # An API detach was faster; what failed here had nothing left to do.
            failure = None
    kept_back = safely(in_flight.leave, operation, failure is not None) or []
    if operation.covered_by is None:
        _send_outcome(hook, operation, failure)
    elif in_flight.hand_over(operation, failure):
        _send_both(hook, operation, failure)
    for deletion, its_failure in kept_back:
        _send_both(hook, deletion, its_failure)
    safely(hook.changes.resume, operation)


def _send_both(hook, operation, failure):
    if failure is None:
        safely(hook.in_flight.reported_gone, operation)
    _start(hook, operation)
    _send_outcome(hook, operation, failure)


def _send_outcome(hook, operation, failure):
    if not operation.started:
        return  # Nova refused it before it began
    phase = "end" if failure is None else "error"
    safely(hook.notifier.send, operation, phase, failure)
