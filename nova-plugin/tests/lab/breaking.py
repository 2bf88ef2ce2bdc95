"""Makes any one function of vifcast_nova raise, wherever it is already referred to."""

import contextlib
import importlib
import pkgutil
import types

import vifcast_nova

# The command line: Nova never loads it (test_broken_install.py).
NOT_IN_NOVA = ("cli", "patch", "check", "__main__")

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
    """``["driver", ..., "outbox", "outbox.box", ...]``: the modules that Nova loads."""
    found = []
    for _, name, is_package in pkgutil.iter_modules(vifcast_nova.__path__):
        if name in NOT_IN_NOVA:
            continue
        found.append(name)
        if is_package:
            package = importlib.import_module("vifcast_nova." + name)
            parts = pkgutil.iter_modules(package.__path__)
            found += ["%s.%s" % (name, part) for _, part, _ in parts]
    return found


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
