"""Everything that a call of Nova's leaves behind, to compare two runs of it."""

import contextlib

from vifcast_nova.hooks import collaborators, hookpoints

from lab.wire import is_about_nics


def of(nova, bus, scenario):
    """Run ``scenario(nova, server)`` on a fresh server; returns a dict.

    Identifiers that differ from run to run are replaced by fixed words.
    """
    server = nova.server()
    bus.take()
    try:
        result = repr(scenario(nova, server))
    except Exception as exc:
        result = "%s: %s" % (type(exc).__name__, exc)
    return {
        "result": _same_words(result, server),
        "network calls": list(nova.network.calls),
        "plugged in": sorted(nova.plugs),
        "info cache": server.port_ids(),
        "instance": _fields(server),
        "action events": _action_events(server),
        "faults": _faults(server),
        "Nova's notifications": [
            (n["_routing_key"], n["event_type"], n["publisher_id"])
            for n in bus.take()
            if not is_about_nics(n)
        ],
    }


@contextlib.contextmanager
def without_plugin(nova):
    """Nova's own functions in their places while the block runs."""
    manager_class = type(nova.manager)
    from nova.compute import manager, utils

    places = [
        (manager_class, name) for name in hookpoints.find(manager_class).values()
    ] + [(utils, "notify_about_instance_action")]
    for what, owner in hookpoints.find_lists(manager).items():
        places.append((owner, hookpoints.LISTS[what][1]))
    wrappers = [vars(owner)[name] for owner, name in places]
    unwatch(nova)
    for (owner, name), wrapper in zip(places, wrappers):
        setattr(owner, name, original_of(wrapper))
    try:
        yield
    finally:
        for (owner, name), wrapper in zip(places, wrappers):
            setattr(owner, name, wrapper)


def unwatch(nova):
    """Take the watchers off the classes of network API and virt driver again."""
    for attribute, names in collaborators._WATCHED.items():
        for owner in type(getattr(nova.manager, attribute)).__mro__:
            for name in names:
                if hasattr(vars(owner).get(name), collaborators._MARK):
                    setattr(owner, name, original_of(vars(owner)[name]))


def original_of(wrapper):
    """The function of Nova's that one of our wrappers holds."""
    names = wrapper.__code__.co_freevars
    return wrapper.__closure__[names.index("original")].cell_contents


def _same_words(text, server):
    return text.replace(server.instance.uuid, "THE-SERVER")


# As rows: Nova's own objects of these cost as much as the call that is looked at.


def _fields(server):
    return server.compute.rows(
        "SELECT vm_state, task_state, power_state, host, locked FROM instances WHERE uuid = ?",
        server.instance.uuid,
    )


def _action_events(server):
    return server.compute.rows(
        "SELECT a.action, a.message, e.event, e.result FROM instance_actions AS a"
        " JOIN instance_actions_events AS e ON e.action_id = a.id"
        " WHERE a.instance_uuid = ? ORDER BY a.id, e.id",
        server.instance.uuid,
    )


def _faults(server):
    faults = server.compute.rows(
        "SELECT code, message FROM instance_faults WHERE instance_uuid = ? ORDER BY id",
        server.instance.uuid,
    )
    return [(code, _same_words(message, server)) for code, message in faults]
