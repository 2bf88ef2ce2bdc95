"""The key ``interface``: its schema in contract/ is the law."""

import copy
import datetime as dt
import json
from pathlib import Path

import jsonschema
import pytest

from notifications import body, interface, payload
from vifcast.errors import NotificationError
from vifcast.notification.interpret import interpret

NOW = dt.datetime(2026, 11, 22, 14, tzinfo=dt.UTC)
CONTRACT = Path(__file__).parents[3] / "contract"
SCHEMA = jsonschema.Draft7Validator(json.loads((CONTRACT / "interface.schema.json").read_text()))
MACS = [
    (spelled, canonical)
    for spelled, canonical in json.loads((CONTRACT / "mac_addresses.json").read_text())["cases"]
    if spelled is None or isinstance(spelled, str)
]
ODD = [
    *("", "x", "1", "1.", "1.x", "1.0.0", "2.0", "01.0", " 1.0", "\u0661.0", "192.0.2.7"),
    *("0d5c0000", "0D5C0000-0000-4000-8000-000000000001", "fa:16:3e:00:00", "API", 0, 4, 5, 6.0),
    *(True, None, [], {}, ["api"], [None]),
]


def refusal(given):
    with pytest.raises(NotificationError) as refused:
        interpret(body(payload=payload(interface=given)), NOW, 1 << 20)
    return refused.value


def changed():
    """An interface with one thing in it replaced or missing, for every thing in it."""
    for inside in (False, True):
        for key in interface()["fixed_ips"][0] if inside else interface():
            for odd in [*ODD, ...]:
                given = copy.deepcopy(interface())
                part = given["fixed_ips"][0] if inside else given
                if odd is ...:
                    del part[key]
                else:
                    part[key] = odd
                yield given


WHOLE = len(interface()["fixed_ips"][0])


def hard(given):
    """Whether version and operation id are as they must be."""
    version = given.get("version")
    is_read = isinstance(version, str) and version.split(".")[0] == "1"
    operation_id = given.get("operation_id")
    return is_read and operation_id == interface()["operation_id"]


def test_what_the_schema_refuses_is_null_with_a_note():
    refused = [given for given in changed() if not SCHEMA.is_valid(given)]
    assert len(refused) > 200
    for given in refused:
        if not hard(given):
            assert refusal(given).code in {"interface_invalid", "unknown_interface_version"}
            continue
        found = interpret(body(payload=payload(interface=given)), NOW, 1 << 20)
        assert found.operation_id == given["operation_id"]
        # No MAC is none; an address without a subnet, or without a version, is one.
        assert found.notes or given["mac_address"] == "" or len(given["fixed_ips"][0]) < WHOLE, (
            given
        )


def test_what_the_schema_takes_is_read_without_a_note_except_for_what_is_no_address():
    taken = [given for given in changed() if SCHEMA.is_valid(given)]
    read = [given for given in taken if "x" not in addresses(given)]
    assert 50 < len(read) < len(taken)
    for given in taken:
        found = interpret(body(payload=payload(interface=given)), NOW, 1 << 20)
        if given in read:
            other_version = given["fixed_ips"] and given["fixed_ips"][0]["version"] == 6.0
            assert bool(found.notes) == bool(other_version)
        else:
            assert any("which is not an IP address" in note for note in found.notes)


def addresses(given):
    """The texts in the places of addresses, with x for what is none."""
    texts = (given["requested_ip"] or None, *(ip["ip_address"] for ip in given["fixed_ips"]))
    return ["x" if text and text != "192.0.2.7" else text for text in texts]


@pytest.mark.parametrize("cause", ["api", "port_deleted", "cache_refresh"])
def test_cause_is_read(cause):
    given = interface(version="1.1", cause=cause)
    assert interpret(body(payload=payload(interface=given)), NOW, 1 << 20).cause == cause


@pytest.mark.parametrize("version", ["1", "1.", "1.x", "1.0\n", "1.0.0"])
def test_odd_minor_version_is_read_with_a_note(version):
    found = interpret(body(payload=payload(interface=interface(version=version))), NOW, 1 << 20)
    assert found.operation_id == interface()["operation_id"]
    assert found.notes[0].endswith("which is not one like 1.0")


@pytest.mark.parametrize("cause", ["moved", 7, "", None])
def test_operation_with_an_odd_cause_keeps_its_operation_id_and_correlation(cause):
    found = interpret(body(payload=payload(interface=interface(cause=cause))), NOW, 1 << 20)
    assert found.cause == (cause if cause == "moved" else None)
    assert found.notes
    usual = interpret(body(payload=payload(interface=interface())), NOW, 1 << 20)
    assert (found.correlation_id == usual.correlation_id) == (cause != "moved")


@pytest.mark.parametrize(("spelled", "canonical"), MACS)
def test_mac_is_spelled_as_the_contract_says(spelled, canonical):
    """The start is the good one: whatever the end says, both are one operation."""
    given = interface(mac_address=spelled)
    found = interpret(body(payload=payload(interface=given)), NOW, 1 << 20)
    assert found.mac_address == canonical
    assert bool(found.notes) == (canonical is None and spelled not in {"", None})


@pytest.mark.parametrize("version", [1.0, "1a", "\u0661.0", None, ["1.0"], {}])
def test_invalid_version_is_reported(version):
    error = refusal(interface(version=version))
    assert error.code == "interface_invalid"
    assert str(error).endswith("which is not one like 1.0")
    assert "interface in the payload has version = " in str(error)
