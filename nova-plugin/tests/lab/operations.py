"""Brings about what a scenario needs, in any release of Nova."""

import contextlib
import threading


def fail_allocation(nova, exc):
    """Let the network API refuse the port (the call's name changed in Victoria)."""
    nova.network.fail["allocate_for_instance"] = exc
    nova.network.fail["allocate_port_for_instance"] = exc


@contextlib.contextmanager
def failing_after_driver(exc):
    """Let the last step of an attach fail."""

    def fail():
        raise exc

    with before_last_step(fail):
        yield


@contextlib.contextmanager
def before_last_step(call):
    """Call ``call`` once before the last step of an attach, its versioned END."""
    from nova.compute import utils

    notify = utils.notify_about_instance_action

    def at_the_end(*args, **kwargs):
        if kwargs["phase"] == "end":
            utils.notify_about_instance_action = notify
            call()
        return notify(*args, **kwargs)

    utils.notify_about_instance_action = at_the_end
    try:
        yield
    finally:
        utils.notify_about_instance_action = notify


def overlap(nova, calls, timeout_s=20):
    """Run ``calls`` in threads, all of them inside their allocation at once.

    They enter and leave it one after the other: SQLite refuses a writer that
    meets another, and that is not what is looked at.

    :param calls: functions without arguments, each one attach
    """
    arrived, leave = threading.Event(), [threading.Event() for _ in calls]
    waiting = []

    def hold():
        turn = leave[len(waiting)]
        waiting.append(turn)
        arrived.set()
        assert turn.wait(timeout_s), "the other attaches did not come"

    nova.network.during["allocate_for_instance"] = hold
    nova.network.during["allocate_port_for_instance"] = hold
    threads = [threading.Thread(target=call) for call in calls]
    for thread in threads:
        arrived.clear()
        thread.start()
        assert arrived.wait(timeout_s), "an attach did not reach its allocation"
    for turn, thread in zip(leave, threads):
        turn.set()
        thread.join()


def by_operation(notifications):
    """``{port_id: [its notifications in order]}``, joined by operation_id."""
    ports, groups = {}, {}
    for notification in notifications:
        interface = notification["payload"]["interface"]
        groups.setdefault(interface["operation_id"], []).append(notification)
        ports[interface["operation_id"]] = interface["port_id"]
    return {ports[key]: group for key, group in groups.items()}
