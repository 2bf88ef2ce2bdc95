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
ODD = [
    *("", "x", "1", "1.", "1.x", "1.0.0", "2.0", "01.0", " 1.0", "\u0661.0", "192.0.2.7"),
    *("0d5c0000", "0D5C0000-0000-4000-8000-000000000001", "fa:16:3e:00:00", "API", 0, 4, 5, 6.0),
    *(True, None, [], {}, ["api"], [None]),
]


def refusal(told):
    with pytest.raises(NotificationError) as refused:
        interpret(body(payload=payload(interface=told)), NOW, 1 << 20)
    return refused.value


def changed():
    """An interface with one thing in it replaced or missing, for every thing in it."""
    for inside in (False, True):
        for key in interface()["fixed_ips"][0] if inside else interface():
            for odd in [*ODD, ...]:
                told = copy.deepcopy(interface())
                part = told["fixed_ips"][0] if inside else told
                if odd is ...:
                    del part[key]
                else:
                    part[key] = odd
                yield told


def test_what_the_schema_refuses_is_refused():
    refused = [told for told in changed() if not SCHEMA.is_valid(told)]
    assert len(refused) > 200
    for told in refused:
        version = told.get("version")
        newer = isinstance(version, str) and version in {"2.0", "01.0"}
        code = "unknown_interface_version" if newer else "interface_invalid"
        assert refusal(told).code == code


def test_what_the_schema_takes_is_read_except_for_what_is_no_address():
    taken = [told for told in changed() if SCHEMA.is_valid(told)]
    read = [told for told in taken if "x" not in addresses(told)]
    assert 50 < len(read) < len(taken)
    for told in read:
        interpret(body(payload=payload(interface=told)), NOW, 1 << 20)
    for told in taken:
        if told not in read:
            assert "which is not an IP address" in str(refusal(told))


def addresses(told):
    """The texts in the places of addresses, with x for what is none."""
    texts = (told["requested_ip"] or None, *(ip["ip_address"] for ip in told["fixed_ips"]))
    return ["x" if text and text != "192.0.2.7" else text for text in texts]


@pytest.mark.parametrize("cause", ["api", "port_deleted", "cache_refresh"])
def test_cause_is_read(cause):
    told = interface(version="1.1", cause=cause)
    assert interpret(body(payload=payload(interface=told)), NOW, 1 << 20).cause == cause


@pytest.mark.parametrize("version", ["1", "1.", "1.x", "1.0\n", 1.0])
def test_version_that_is_none_is_told(version):
    error = refusal(interface(version=version))
    assert error.code == "interface_invalid"
    assert str(error).endswith("which is not one like 1.0")
    assert "interface in the payload has version = " in str(error)
