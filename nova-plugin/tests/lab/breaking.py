"""Makes any one function of vifcast_nova raise, wherever it is already referred to."""

import contextlib
import importlib
import pkgutil
import types

import vifcast_nova

hits = []  # one item for each time that broken code was reached


def _raise(*args, **kwargs):
    # Runs with the globals of the function whose code it takes over.
    __import__("lab.breaking").breaking.hits.append(1)
    raise RuntimeError("vifcast-nova is broken on purpose")


def functions():
    """``{"module.Class.name": function}``: all that vifcast_nova defines."""
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
    """``["driver", …, "outbox", "outbox.box", …]``: all modules of vifcast_nova."""
    found = pkgutil.walk_packages(vifcast_nova.__path__, "vifcast_nova.")
    return [name.split(".", 1)[1] for _, name, _ in found]


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
