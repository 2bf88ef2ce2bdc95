"""Makes any one function of vifcast_nova raise; says which of them a call reaches."""

import contextlib
import importlib
import pkgutil
import sys
import types

import vifcast_nova

# The command line: Nova never loads it (test_broken_install.py).
_NOT_IN_NOVA = ("__main__", "cli")

hits = []  # one item for each time that broken code was reached


def _raise(*args, **kwargs):
    # Runs with the globals of the function whose code it takes over.
    __import__("lab.breaking").breaking.hits.append(1)
    raise RuntimeError("vifcast-nova is broken on purpose")


def functions():
    """``{"module.Class.name": function}``: all that vifcast_nova brings into Nova."""
    found = {}
    for name in modules():
        module = importlib.import_module("vifcast_nova." + name)
        for owner, prefix in _owners(module, name):
            for attribute, value in vars(owner).items():
                function = getattr(value, "fget", value)
                if (
                    isinstance(function, types.FunctionType)
                    and function.__module__ == module.__name__
                ):
                    found["%s.%s" % (prefix, attribute)] = function
    return found


def modules():
    """``["driver", "outbox", "outbox.outbox" and so on]``: what of ours Nova loads."""
    found = pkgutil.walk_packages(vifcast_nova.__path__, "vifcast_nova.")
    names = [name.split(".", 1)[1] for _, name, _ in found]
    return [name for name in names if name.split(".")[0] not in _NOT_IN_NOVA]


def reached(call):
    """The names of those functions that run while ``call()`` does, a set."""
    ran = set()

    def note(frame, event, argument):
        if event == "call":
            ran.add(id(frame.f_code))

    sys.setprofile(note)
    try:
        call()
    finally:
        sys.setprofile(None)
    return {name for name, f in functions().items() if id(f.__code__) in ran}


@contextlib.contextmanager
def broken(function):
    """Let ``function`` raise while the block runs."""
    whole = function.__code__
    function.__code__ = _raise.__code__
    try:
        yield
    finally:
        function.__code__ = whole


def _owners(module, name):
    yield module, name
    for attribute, value in vars(module).items():
        if isinstance(value, type) and value.__module__ == module.__name__:
            yield value, "%s.%s" % (name, attribute)
