"""What of Nova we hold on to, as data, and whether a given Nova has it.

Read in ``nova/compute/manager.py``, ``nova/compute/utils.py``, ``nova/network/base_api.py``
and ``nova/network/neutron.py`` of 17.0.13 (Queens) to 34.0.0 (2026.2); the argument names
are the same in all of them.
"""

import ast
import inspect
import linecache
import types

from vifcast_nova import EVENT_TYPES
from vifcast_nova.syntax import calls_that_send

# For each: where to hook in, best first, and the arguments after ``self``. From
# Ussuri on the bodies of attach and detach are methods of their own, inside the
# lock of the NIC and inside Nova's error decorators.
METHODS = {
    "attach": (
        ("_attach_interface", "attach_interface"),
        ("context", "instance", "network_id", "port_id", "requested_ip", "tag"),
    ),
    "detach": (
        ("_detach_interface", "detach_interface"),
        ("context", "instance", "port_id"),
    ),
    "deletion": (
        ("_process_instance_vif_deleted_event",),
        ("context", "instance", "deleted_vif_id"),
    ),
}
START = "notify_about_instance_action"
UTILS = (START, "notify_about_instance_usage")
# The lists of NICs (info caches): the one function that writes them in nova-compute, the one
# that reads one again before, and where nova-compute meets each of its instances when it
# starts. For each: the names, as nova.compute.manager has them, of what may hold it, best
# first (until Train the Neutron client had what is common in a module of its own); the
# function; its first arguments, after ``self``.
LISTS = {
    "write": (
        ("neutron", "base_net_api"),
        "update_instance_cache_with_nw_info",
        ("impl", "context", "instance", "nw_info"),
    ),
    "read": (("compute_utils",), "refresh_info_cache_for_instance", ("context", "instance")),
    "begin": (("ComputeManager",), "_init_instance", ("context", "instance")),
}
_SEND_START = ("attach", "detach")
_PREFIX = "compute.instance."


def find(manager_class):
    """The name of the method to hook for each of METHODS, None where missing."""
    return {
        what: next((n for n in names if n in vars(manager_class)), None)
        for what, (names, _) in METHODS.items()
    }


def missing(manager_module):
    """Why this Nova cannot be hooked: a list of sentences, empty if it can.

    :param manager_module: the module ``nova.compute.manager``
    """
    manager_class = getattr(manager_module, "ComputeManager", None)
    if manager_class is None:
        return ["nova.compute.manager has no ComputeManager"]
    reasons = []
    for what, name in sorted(find(manager_class).items()):
        candidates, arguments = METHODS[what]
        if name is None:
            reasons.append("ComputeManager has no %s" % " or ".join(candidates))
            continue
        codes = code_objects(vars(manager_class)[name])
        if arguments not in [c.co_varnames[1 : c.co_argcount] for c in codes]:
            reasons.append("ComputeManager.%s takes other arguments" % name)
        if what in _SEND_START and not any(START in c.co_names for c in codes):
            reasons.append("ComputeManager.%s does not call %s" % (name, START))
    utils = getattr(manager_module, "compute_utils", None)
    for name in UTILS:
        if not callable(getattr(utils, name, None)):
            reasons.append("nova.compute.utils has no %s" % name)
    return reasons


def find_lists(manager_module):
    """Who holds the function to hook for each of LISTS, None where it is missing."""
    found = {}
    for what, (owners, name, _) in LISTS.items():
        candidates = [getattr(manager_module, owner, None) for owner in owners]
        found[what] = next(
            (c for c in candidates if c is not None and callable(vars(c).get(name))), None
        )
    return found


def missing_lists(manager_module):
    """Why the lists of NICs cannot be watched: a list of sentences, empty if they can."""
    reasons = []
    for what, owner in sorted(find_lists(manager_module).items()):
        owners, name, arguments = LISTS[what]
        if owner is None:
            reasons.append("nova.compute.manager's %s has no %s" % (" or ".join(owners), name))
            continue
        codes = code_objects(vars(owner)[name])
        skip = 1 if isinstance(owner, type) else 0
        if arguments not in [c.co_varnames[skip : skip + len(arguments)] for c in codes]:
            reasons.append("%s takes other arguments" % name)
    return reasons


def dotted(names, list_owners):
    """The full names of all that is hooked, for a person.

    :param names: what ``find`` returned
    :param list_owners: what ``find_lists`` returned, empty where those are not hooked
    """
    methods = ["nova.compute.manager.ComputeManager." + name for name in names.values()]
    functions = ["nova.compute.utils." + START]
    for what, owner in list_owners.items():
        name = LISTS[what][1]
        if isinstance(owner, type):
            methods.append("nova.compute.manager.ComputeManager." + name)
        else:
            functions.append("%s.%s" % (owner.__name__, name))
    return sorted(methods) + sorted(functions)


def sent_by_hand_patch(manager_class):
    """The suffixes that a hand-patched ComputeManager sends itself, a frozenset."""
    sent = frozenset()
    for what in _SEND_START:
        # The body and the public method: a patch may stand in either.
        for name in METHODS[what][0]:
            if name in vars(manager_class):
                sent |= sent_by_nova_itself(vars(manager_class)[name])
    return sent


def sent_by_nova_itself(function):
    """The ``interface_*`` suffixes that a function sends: a hand-patch.

    By its source, which distinguishes a call that sends from a line that logs; by its constants
    where the source is not there.

    :returns: frozenset of str such as ``interface_attach.start``
    """
    suffixes = [event_type[len(_PREFIX) :] for event_type in EVENT_TYPES]
    return frozenset(
        suffix for code in code_objects(function) for suffix in _sent_in(code, suffixes)
    )


def _sent_in(code, suffixes):
    try:
        # An `if`, because the source of a method is indented.
        tree = ast.parse("if True:\n" + _source_of(code))
    except Exception:
        return [s for s in suffixes if not {s, _PREFIX + s}.isdisjoint(_texts(code))]
    return [suffix for suffix in suffixes if calls_that_send(tree, suffix)]


def _source_of(code):
    # inspect.getsource first looks through all loaded modules for the one that a code is of:
    # a quarter of a second each time that nova-compute starts.
    linecache.checkcache(code.co_filename)
    lines = linecache.getlines(code.co_filename)[code.co_firstlineno - 1 :]
    if not lines:
        raise EnvironmentError("%s has no such line" % code.co_filename)
    return "".join(inspect.getblock(lines))


def _texts(code):
    # str: what the hand-patch's literal is, on Python 2.7 too
    return [constant for constant in code.co_consts if isinstance(constant, str)]


def code_objects(function):
    """The code of a function, of what its decorators wrap and of what it nests."""
    pending, seen = [function], []
    while pending:
        item = pending.pop()
        if isinstance(item, types.FunctionType):
            pending.append(item.__code__)
            pending.extend(_cell_contents(item))
        elif isinstance(item, types.CodeType) and item not in seen:
            seen.append(item)
            pending.extend(item.co_consts)
    return seen


def _cell_contents(function):
    for cell in function.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:  # a cell that is still empty
            continue
