"""Starts nova-compute's inside with one broken module of ours, for each of them.

``python -m processes.broken FOLDER`` prints a JSON list: first what a sound start
is like, with the modules of ours that it loads; then one object for each of these
modules and each exception that it raises when it is imported. Each case is a fork
that has not read nova.conf yet; a service for each would take minutes.
"""

import importlib
import json
import logging
import os
import sys
import traceback

from lab import garbage, threads

EXCEPTIONS = [ImportError, SyntaxError, AssertionError, SystemExit]
# Those that Nova loads itself, and what they are in: these import nothing of ours that
# could fail them.
SOUND = ("vifcast_nova.driver", "vifcast_nova.outbox", "vifcast_nova.outbox.driver")
OURS = "vifcast_nova."


class Broken(object):
    """Finds one module, and raises when it is to be executed."""

    def __init__(self, name, exception):
        self.name, self.exception = name, exception

    def find_spec(self, fullname, path, target=None):
        from importlib import machinery

        if fullname == self.name:
            return machinery.ModuleSpec(fullname, self)
        return None

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        raise self.exception("it is broken")

    # Python 2.7's names for the same.

    def find_module(self, fullname, path=None):
        return self if fullname == self.name else None

    def load_module(self, fullname):
        raise self.exception("it is broken")


class Recorder(logging.Handler):
    """Keeps the warnings."""

    def __init__(self):
        logging.Handler.__init__(self, logging.WARNING)
        self.lines = []

    def emit(self, record):
        self.lines.append(record.getMessage())


def start_compute(folder):
    """As nova-compute's ``main`` begins, up to its first notifications."""
    from lab import compute

    logged = Recorder()
    compute.parse_args(folder, "fake:/", "both", ["vifcast_outbox", "vifcast"])
    logging.getLogger("vifcast_nova").addHandler(logged)
    manager = importlib.import_module("nova.compute.manager").ComputeManager
    from nova import context, rpc

    for notifier in (rpc.LEGACY_NOTIFIER, rpc.NOTIFIER) * 2:
        notifier.info(context.get_admin_context(), "compute.instance.update", {})
    return {
        "hooked": "_vifcast_installed" in vars(manager),
        "drivers": sorted(rpc.LEGACY_NOTIFIER._driver_mgr.names()),
        "logged": logged.lines,
        # None: what Python 2.7 has looked for in our package and found outside.
        "loaded": sorted(
            name
            for name, module in sys.modules.items()
            if name.startswith(OURS) and module is not None
        ),
    }


def attempt(folder, name, exception):
    """``start_compute`` in a fork; returns what it returned, or its traceback."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            if exception is not None:
                sys.meta_path.insert(0, Broken(name, exception))
            result = start_compute(folder)
        except BaseException:
            result = {"died": traceback.format_exc()}
        with os.fdopen(writing, "w") as answer:
            json.dump(result, answer)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answer:
        result = json.load(answer)
    os.waitpid(child, 0)
    return dict(result, module=name, exception=exception and exception.__name__)


def is_part(name):
    """Whether this is a module of the outbox: one way to break will do for those."""
    return name.startswith("vifcast_nova.outbox.")


def main(folder):
    threads.choose("native")  # forks would share eventlet's epoll
    # What nova.compute.manager needs is imported once, it itself in each fork.
    importlib.import_module("nova.compute.manager")
    del sys.modules["nova.compute.manager"]
    garbage.spare()

    results = [attempt(folder, None, None)]
    for name in results[0]["loaded"]:
        ways = EXCEPTIONS[:1] if is_part(name) else EXCEPTIONS
        if name not in SOUND:
            results += [attempt(folder, name, exception) for exception in ways]
    print(json.dumps(results))


if __name__ == "__main__":
    main(sys.argv[1])
