"""One odd field does not cost the event, in whatever source: it is null, and a note says so.

Only what is needed to be right is refused: ids of instance, operation, message, request and of
Neutron's port, times, and what says how to read the rest.
"""

import copy
import datetime as dt
import json
from pathlib import Path

import pytest
from neutron_notifications import port
from nova_notifications import failed_call, fixed_ip, instance_payload, ip_payload, versioned

from notifications import body, interface, payload
from vifcast.errors import NotificationError
from vifcast.model import Event
from vifcast.notification.interpret import interpret
from vifcast.representation import event_json

NOW = dt.datetime(2026, 11, 22, 14, tzinfo=dt.UTC)
INPUT = json.loads(Path(__file__).with_name("mac_spelling.json").read_text())
ATTACH = "compute.instance.interface_attach"

SAMPLES = {
    "vifcast-nova": body(f"{ATTACH}.end"),
    "vifcast-nova error": body(
        f"{ATTACH}.error",
        payload=payload(interface=interface(), exception="X('y')", message="m", code=500),
    ),
    "hand-patch": body(f"{ATTACH}.start", payload=payload()),
    "nova-versioned": versioned(),
    "nova-fault": failed_call(),
    "nova-instance legacy": body(
        "compute.instance.create.end", payload=payload(fixed_ips=[fixed_ip()])
    ),
    "nova-instance versioned": versioned(
        "instance.create.end", instance_payload(ip_addresses=[ip_payload()])
    ),
    "nova-instance deleted": body("compute.instance.delete.end", payload=payload()),
    "nova-instance moved": body(
        "compute.instance.finish_resize.end", payload=payload(fixed_ips=[fixed_ip()])
    ),
    "nova-instance moved, versioned": versioned(
        "instance.resize_finish.end", instance_payload(ip_addresses=[ip_payload()])
    ),
    "neutron": body("port.update.end", payload={"port": port()}, publisher_id="network.controller"),
    "neutron deletion": body("port.delete.end", payload={"port": port(), "port_id": port()["id"]}),
}

ODD = {
    "null": None,
    "empty": "",
    "number": 7,
    "fraction": 1.5,
    "true": True,
    "list": ["x"],
    "empty list": [],
    "object": {"x": 1},
    "huge": "x" * 5000,
    "NUL": "a\0b",
    "half a pair": "\ud83d",
    "words": "quite another thing",
    "missing": ...,
}

# By the last key, or the two last: of these alone an odd value may be refused.
HARD = {
    "message_id", "event_type", "timestamp", "payload", "_context_request_id", "request_id",
    "instance_id", "interface", "version", "operation_id", "uuid", "args", "instance",
    "nova_object.version", "nova_object.data", "port", "port_id", "id", "device_owner",
    "device_id",
}  # fmt: skip
# Hard in one source, decoration in another.
SOFT = {
    "vifcast-nova": {"port_id"},
    "vifcast-nova error": {"port_id"},
    "nova-fault": {"port_id"},
    "neutron deletion": {"port_id", "device_owner", "id", "port"},
}


def inner(raw):
    return json.loads(json.loads(raw)["oslo.message"])


def paths(value, path=()):
    """To every value in it, objects in lists included."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, each in items:
        yield (*path, key)
        if isinstance(each, dict | list):
            yield from paths(each, (*path, key))


def changed(document, path, odd):
    document = copy.deepcopy(document)
    inside = document
    for step in path[:-1]:
        inside = inside[step]
    if odd is ...:
        del inside[path[-1]]
    else:
        inside[path[-1]] = odd
    return document


def read(document):
    wrapped = {"oslo.version": "2.0", "oslo.message": json.dumps(document)}
    return interpret(json.dumps(wrapped).encode(), NOW, 1 << 20)


def read_or_refused(document):
    try:
        return read(document)
    except NotificationError as error:
        return error


def cases():
    for name, raw in SAMPLES.items():
        for path in paths(inner(raw)):
            yield pytest.param(name, path, id=f"{name}:{'.'.join(map(str, path))}")


@pytest.mark.parametrize(("name", "path"), [*cases()])
def test_odd_value_is_null_with_a_note_or_refused_where_it_is_needed(name, path):
    document = inner(SAMPLES[name])
    usual = read(document)
    assert isinstance(usual, Event)
    assert usual.notes == ()
    for odd in ODD.values():
        found = read_or_refused(changed(document, path, odd))
        if isinstance(found, NotificationError):
            keys = {path[-1], *(path[-2:-1] if isinstance(path[-1], int) else ())}
            assert keys & HARD - SOFT.get(name, set()), (odd, found)
            continue
        if found is None:
            assert path[-1] in {"event_type", "device_owner"}
            continue
        assert isinstance(found, Event)
        # As the API and --json write it.
        json.dumps(event_json(found), ensure_ascii=False, allow_nan=False).encode()
        differs = differing(usual, found)
        if not may_be_meant(path[-1], odd):
            assert found.notes or not differs, (odd, differs)


def may_be_meant(key, odd):
    """Whether it is a value that this key can have, so that no note is due."""
    if isinstance(odd, str) and (odd != ODD["huge"] or key in {"device_owner", "message"}):
        return True
    meant = [("code", 7), ("fixed_ips", []), ("port", {"x": 1})]
    return odd is None or odd is ... or (key, odd) in meant


def differing(usual, found):
    """The fields that say something else than they should, and not null."""
    left_out = {"payload", "notes", "message_id", "publisher_id", "event_type", "priority"}
    return {
        name: value
        for name, value in event_json(found).items()
        if name not in left_out and value != event_json(usual)[name] and value not in (None, [])
    }


@pytest.mark.parametrize("name", SAMPLES)
def test_notes_quote_no_secret_and_are_bounded(name):
    document = inner(SAMPLES[name])
    for path in paths(document):
        found = read_or_refused(changed(document, path, {"auth_token": "gAAAA", "x": 1}))
        assert "gAAAA" not in repr(found)
    many = interface(fixed_ips=[{"ip_address": f"no-{n}"} for n in range(1000)])
    found = interpret(body(payload=payload(interface=many)), NOW, 1 << 20)
    assert len(found.notes) == 21
    assert found.notes[-1] == "and 980 more"


def test_project_that_cannot_be_read_is_not_that_of_who_asked():
    """A project sees what is its own."""
    odd = interpret(body(payload=payload(interface=interface(), tenant_id=7)), NOW, 1 << 20)
    missing = payload(interface=interface())
    del missing["tenant_id"]
    none = interpret(body(payload=missing, _context_project_id="asking"), NOW, 1 << 20)
    assert (odd.project_id, none.project_id) == (None, "asking")


def test_both_halves_of_the_reported_attach_are_read():
    start, end = (read(each["oslo.message"]) for each in INPUT["publish"])
    assert start.operation_id == end.operation_id
    assert start.correlation_id == end.correlation_id
    assert (end.mac_address, end.notes) == ("aa:bb:cc:05:ba:e0", ())
