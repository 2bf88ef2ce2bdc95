r"""Decoding what vifcast-nova sends by its types, or reading it with care: the same event."""

import copy
import datetime as dt
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import vifcast.notification.interpret as module
from notifications import body, interface, notification, payload, wrap
from vifcast.errors import NotificationError
from vifcast.model import Event
from vifcast.notification.envelope import read_json
from vifcast.notification.interpret import interpret
from vifcast.notification.strict import decode_strictly

NOW = dt.datetime(2026, 11, 22, 14, tzinfo=dt.UTC)
SAMPLES = sorted((Path(__file__).parents[3] / "contract" / "samples").glob("*.json"))
ATTACH = "compute.instance.interface_attach"

ODD = (
    *("", " ", "x" * 255, "x" * 256, "\0", "a\x1bb", "\ud83d", "\N{PILE OF POO}"),
    *("测试", "e\u0301"),
    *(None, True, 0, 4, 6, 4.0, -1, 2**63, 2**64, 10**30, 0.5, float("nan"), float("inf")),
    *([], {}, [None], ["x"], {"x": 1}, [{}], [[[]]]),
    *("fa:16:3e:00:00:07", "FA-16-3E-00-00-07", "fe80::1", "FE80::1", "fe80::1%eth0", "192.0.2.7"),
    *("1.0", "1.7", "2.0", "1.", "1.x", "api", "port_deleted", "2026-11-03 14:03:00", "token"),
    *("my_token=secret", "http://u:p@host/", "INFO", "\u0131nfo", "ß", "req-1"),
    *("compute.", "nova-compute:h"),
    [{"ip_address": "192.0.2.7", "version": 6, "subnet_cidr": ""}],
    [{"ip_address": "2001:DB8::7", "version": None}, {"ip_address": "192.0.2.8"}],
    [{"ip_address": "", "version": 4, "subnet_cidr": None}],
    [{"ip_address": " 192.0.2.7", "version": 4.0, "subnet_cidr": 5}],
)  # fmt: skip

_GONE = object()
_KEYS = st.one_of(
    st.sampled_from([("payload", "interface", key) for key in (*interface(), "bandwidth")]),
    st.sampled_from([("payload", key) for key in (*payload(), "interface", "auth_token", "é")]),
    st.sampled_from([(key,) for key in (*notification(), "_context_user", "_context_tenant")]),
)


def outcome(given_body):
    """The event, its payload as a value; or what refuses it."""
    try:
        found = interpret(given_body, NOW, 1 << 20)
    except NotificationError as error:
        return error.code, str(error)
    if not isinstance(found, Event):
        return found
    values = {name: getattr(found, name) for name in Event.__struct_fields__}
    return values | {"payload": read_json(found.payload)}


def both(given_body):
    strictly = outcome(given_body)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "decode_strictly", lambda _: None)
        return strictly, outcome(given_body)


@pytest.mark.parametrize("phase", ["start", "end"])
@pytest.mark.parametrize("action", ["attach", "detach"])
def test_what_is_as_it_should_be_is_decoded_by_its_types(action, phase):
    assert decode_strictly(body(f"compute.instance.interface_{action}.{phase}")) is not None


def test_interface_that_lacks_a_key_of_its_schema_is_read_with_care():
    schema = json.loads((SAMPLES[0].parents[1] / "interface.schema.json").read_text())
    assert decode_strictly(body()) is not None
    for key in schema["required"]:
        lacking = interface()
        del lacking[key]
        assert decode_strictly(body(payload=payload(interface=lacking))) is None


def test_name_in_chinese_is_decoded_by_its_types():
    assert decode_strictly(body(payload=payload(display_name="测试", interface=interface())))


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_every_sample_makes_the_same_event(path):
    strictly, with_care = both(path.read_bytes())
    assert strictly == with_care


@given(
    phase=st.sampled_from(["start", "end", "error"]),
    changes=st.lists(st.tuples(_KEYS, st.sampled_from([_GONE, *ODD])), min_size=1, max_size=3),
    is_ascii=st.booleans(),
)
def test_whatever_is_odd_makes_the_same_event(phase, changes, is_ascii):
    document = notification(f"{ATTACH}.{phase}", payload=payload(interface=interface()))
    for (*outer, key), value in changes:
        place = document
        for name in outer:
            place = place.get(name) if isinstance(place, dict) else None
        if isinstance(place, dict):
            place.pop(key, None)
            if value is not _GONE:
                place[key] = copy.deepcopy(value)
    inner = json.dumps(document, ensure_ascii=is_ascii)
    whole = json.dumps({"oslo.version": "2.0", "oslo.message": inner}, ensure_ascii=is_ascii)
    strictly, with_care = both(whole.encode("utf-8", "surrogatepass"))
    assert strictly == with_care


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"display_name": "', r'"display_name": "\u0074oken '),
        ('"display_name": "', r'"\u0061uth_token": "secret", "display_name": "'),
        ('"display_name": "', r'"auth\u005ftoken": "secret", "display_name": "'),
        ('"display_name": "', r'"display_name": "\uD83D'),
        ('"display_name": "', '"odd": 123456789012345678901234567890, "display_name": "'),
        ('"display_name": "', '"odd": 01, "display_name": "'),
        ('"display_name": "', '"display_name": "twice", "display_name": "'),
        ('"display_name": "', '"odd": ' + "[" * 60 + "]" * 60 + ', "display_name": "'),
        ('"display_name": "', '"odd": ' + "[" * 2000 + "]" * 2000 + ', "display_name": "'),
        ('"timestamp": "', '"timestamp": "0001-01-01 00:00:00", "x": "'),
        ('"timestamp": "', '"timestamp": "yesterday", "x": "'),
    ],
)
def test_json_that_is_odd_makes_the_same_event(old, new):
    inner = json.loads(body(payload=payload(interface=interface())))["oslo.message"]
    assert old in inner
    strictly, with_care = both(
        json.dumps({"oslo.version": "2.0", "oslo.message": inner.replace(old, new, 1)}).encode()
    )
    assert strictly == with_care


def test_number_that_no_computer_has_is_kept_as_null():
    """Python writes none; of a payload, only what is read is looked at."""
    whole = wrap(notification(payload=payload(interface=interface(), odd=17)))
    found = interpret(whole.replace(b"17", b"1e999"), NOW, 1 << 20)
    assert isinstance(found, Event)
    assert read_json(found.payload)["odd"] is None
