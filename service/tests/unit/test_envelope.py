import datetime as dt
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications import (
    CATALOG_URL,
    TOKEN,
    bad_bodies,
    body,
    interface,
    notification,
    payload,
    wrap,
)
from vifcast.errors import NotificationError
from vifcast.notification.envelope import decode
from vifcast.notification.interpret import interpret

NOW = dt.datetime(2026, 11, 22, 14, tzinfo=dt.UTC)
MIB = 1024 * 1024


def test_both_envelopes_give_the_same_notification():
    inner = notification()
    assert decode(json.dumps(inner).encode()) == decode(wrap(inner))


def test_naive_timestamp_is_utc():
    assert decode(body()).occurred_at == dt.datetime(2026, 11, 22, 13, 32, 8, 144824, tzinfo=dt.UTC)


def test_context_keeps_only_what_is_allowed():
    found = decode(body())
    assert found.context == {
        "request_id": "req-f0baab5d-da79-41c1-9103-7d95136cefe7",
        "user_id": "alice",
        "project_id": "4ec209eb4b8b4c08b4a45d6c2915077c",
    }
    assert TOKEN not in repr(found)
    assert CATALOG_URL not in repr(found)


@pytest.mark.parametrize("code", bad_bodies())
def test_bad_body_is_refused_with_its_own_reason(code):
    with pytest.raises(NotificationError) as refused:
        interpret(bad_bodies()[code], NOW, MIB)
    assert refused.value.code == code
    assert len(str(refused.value)) > 15


def test_cut_off_body_says_so():
    with pytest.raises(NotificationError, match="is not JSON, or was cut off"):
        decode(body()[:-40])


@pytest.mark.parametrize("version", ["1.0", "3.0", None, 2])
def test_envelope_of_another_version_is_refused(version):
    with pytest.raises(NotificationError, match=r"this release reads 2\.x"):
        decode(json.dumps({"oslo.version": version, "oslo.message": "{}"}).encode())


def test_envelope_whose_message_is_no_text_is_refused():
    with pytest.raises(NotificationError, match="instead of a string"):
        decode(b'{"oslo.version": "2.0", "oslo.message": {}}')


@pytest.mark.parametrize("hostile", [b"[" * 200_000, b'{"a":' * 100_000, b"9" * 10_000, b"", b"\0"])
def test_hostile_json_is_refused_and_nothing_else_happens(hostile):
    with pytest.raises(NotificationError):
        decode(hostile)


def test_payload_of_other_notifications_may_be_anything():
    assert interpret(body("other.thing", payload=[1]), NOW, MIB) is None


@pytest.mark.parametrize("message_id", [None, "", 7, ["a"], "x" * 300])
def test_message_id_must_be_a_text_that_fits(message_id):
    with pytest.raises(NotificationError, match="message_id"):
        decode(body(message_id=message_id))


def test_half_a_surrogate_pair_and_nul_become_something_a_database_takes():
    found = decode(body(publisher_id="compute.\ud800\0"))
    assert found.publisher_id == "compute.?\ufffd"


texts = st.text(alphabet=st.characters(exclude_categories=["Cs"]))


@given(display_name=texts, key=texts)
def test_spacing_of_the_envelope_does_not_matter(display_name, key):
    inner = notification(payload=payload(interface=interface(), **{"x" + key: display_name}))
    compact = json.dumps(
        {"oslo.version": "2.0", "oslo.message": json.dumps(inner)}, separators=(",", ":")
    )
    assert decode(wrap(inner)) == decode(compact.encode())


def test_quote_in_the_envelope_that_is_not_escaped_is_refused():
    with pytest.raises(NotificationError, match="the body is not JSON"):
        decode(b'{"oslo.version": "2.0", "oslo.message": "{\\"a\\": "b"}"}')


@pytest.mark.parametrize(
    "refused",
    [
        b'{"a\\u0000b": 1}',
        b'{"\\ud83d": 1}',
        b'{"oslo.version": "1.\\u0000", "oslo.message": "{}"}',
        body(payload=payload(interface=interface(version="9\0\ud83d"))),
        body("vifcast.report", payload={"version": "1.0", "host": "h\x85\ud83d"}),
    ],
)
def test_reason_is_a_text_that_a_database_takes(refused):
    with pytest.raises(NotificationError) as error:
        interpret(refused, NOW, MIB)
    assert "\0" not in str(error.value)
    assert str(error.value).encode()


def test_reason_quotes_no_secret():
    for timestamp in (f"auth_token={TOKEN}", {"X-Auth-Token": TOKEN}, [f"http://u:{TOKEN}@h/"]):
        with pytest.raises(NotificationError, match="timestamp is") as error:
            interpret(body(timestamp=timestamp), NOW, MIB)
        assert TOKEN[:4] not in str(error.value)


def test_what_grows_when_its_case_is_changed_still_has_to_fit():
    found = decode(body(priority="\xdf" * 200))
    assert found.priority == ""
    assert "priority is 400 characters long" in found.notes[0]


@pytest.mark.parametrize("request_id", [7, ["req-1"], True, "r" * 256])
def test_request_that_cannot_be_read_is_refused(request_id):
    """Start and end that are joined by it would never find each other."""
    with pytest.raises(NotificationError) as refused:
        decode(body(_context_request_id=request_id))
    assert refused.value.code in {"request_id_invalid", "field_too_long"}


@pytest.mark.parametrize(
    "timestamp",
    [
        "0001-01-01 00:00:00",
        "0001-01-01T00:00:00+14:00",
        "1999-12-31 23:59:59",
        "2037-01-01 00:00:00",
        "9999-12-31 23:59:59.999999",
    ],
)
def test_time_that_no_cloud_has_is_refused(timestamp):
    with pytest.raises(NotificationError) as refused:
        interpret(body(timestamp=timestamp), NOW, MIB)
    assert refused.value.code == "timestamp_invalid"
    assert interpret(body("other.thing", timestamp=timestamp[:4] + "-01-02"), NOW, MIB) is None


@pytest.mark.parametrize("timestamp", ["1990-01-01 00:00:00", "9999-01-01 00:00:00"])
def test_time_that_no_cloud_has_is_refused_with_what_to_check(timestamp):
    with pytest.raises(NotificationError, match=r"check the clocks of compute\.compute-1 and"):
        interpret(body(timestamp=timestamp), NOW, MIB)


def test_place_of_what_is_no_json_is_named_once():
    with pytest.raises(NotificationError, match=r"Invalid control character at character 2 of 4"):
        decode(b'{"\x01"')
