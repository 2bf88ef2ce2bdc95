"""Work beside Nova's own, in a thread: a green one where the service has those."""

try:
    import thread  # Python 2.7; tried first: there `_thread` may be a copy that is not green
except ImportError:
    import _thread as thread  # novm: not on 2.7, which has the one above

from vifcast_nova.guard import safely


def soon(call):
    """Have ``call()`` run in a thread of its own; returns before that begins.

    ``threading.Thread.start`` waits for the beginning, and so lets other green threads
    run. In a hook on an import that ends nova-compute: wrapt holds its lock meanwhile,
    and eventlet 0.20 (Queens) has made of it one that the next thread to import anything
    takes as well; "cannot release un-acquired lock" is then raised into Nova's import.

    Such a thread ends with the process.
    """
    thread.start_new_thread(safely, (call,))
