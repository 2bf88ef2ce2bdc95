"""Forks processes that have Nova imported.

``python -m lab.fork_server`` imports what nova-compute imports, but nova.compute.manager, at
which the plug-in hooks in: each fork imports that once it has read its nova.conf. It reads
one JSON object a line from stdin. ``{"module", "arguments", "folder"}`` forks a process that
runs the module as ``python -m`` does, with the named pipes ``in`` and ``out`` in the folder
as its stdin and stdout, and prints its id; ``{"wait"}`` with such an id prints its exit code.
It ends with stdin, and ends its children.
"""

from lab import threads

# Before anything imports threading or selectors.
threads.choose()

import importlib  # noqa: E402
import json  # noqa: E402
import os  # noqa: E402
import runpy  # noqa: E402
import signal  # noqa: E402
import sys  # noqa: E402

from lab import garbage  # noqa: E402

# Those that this release does not have are left out.
MODULES = (
    "kombu.transport.pyamqp",
    "nova.config",
    "nova.db.main.models",
    "nova.db.sqlalchemy.models",
    "nova.virt.fake",
    "oslo_messaging._drivers.impl_rabbit",
    "oslo_messaging.notify.messaging",
    "lab.compute",
    "lab.network_api",
)


def import_all():
    """All that a nova-compute imports, once for all forks."""
    importlib.import_module("nova.compute.manager")
    for name in MODULES:
        try:
            importlib.import_module(name)
        except ImportError:
            continue
    from nova import objects

    objects.register_all()
    # To be imported again.
    del sys.modules["nova.compute.manager"]
    del sys.modules["nova.compute"].manager


def fork(module, arguments, folder):
    """The new process's id; in the new process it does not return."""
    pid = os.fork()
    if pid:
        return pid
    for number, (name, mode) in enumerate((("in", os.O_RDONLY), ("out", os.O_WRONLY))):
        pipe = os.open(os.path.join(folder, name), mode)
        os.dup2(pipe, number)
        os.close(pipe)
    # The server's may hold in its buffer what is not for this process.
    sys.stdin, sys.stdout = os.fdopen(0), os.fdopen(1, "w")
    if "eventlet" in sys.modules:
        from eventlet import hubs

        hubs.use_hub()  # one of its own: forks share an epoll
    # str: on Python 2.7 JSON's are unicode.
    sys.argv = [str(word) for word in [module] + arguments]
    runpy.run_module(str(module), run_name="__main__", alter_sys=True)
    sys.exit()


def exit_code(pid):
    """Of a process, once it has ended; minus the signal, if one has ended it."""
    # Not waitpid: eventlet's takes turns, for which it needs a hub.
    status = os.wait4(pid, 0)[1]
    return os.WEXITSTATUS(status) if os.WIFEXITED(status) else -os.WTERMSIG(status)


def main():
    import_all()
    garbage.spare()
    running = set()
    for line in iter(sys.stdin.readline, ""):
        asked = json.loads(line)
        if "wait" in asked:
            running.remove(asked["wait"])
            answer = exit_code(asked["wait"])
        else:
            answer = fork(**asked)
            running.add(answer)
        os.write(1, b"%d\n" % answer)
    for pid in running:
        os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    main()
