import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications import body, notification, wrap
from vifcast.errors import NotificationError
from vifcast.notification.envelope import decode
from vifcast.notification.event_types import READ
from vifcast.notification.relevance import is_skippable

UPDATE = "compute.instance.update"


def test_other_notification_is_skipped_unread():
    assert is_skippable(body(UPDATE))


def test_key_order_of_python_2_is_skipped_too():
    inner = json.dumps(notification(UPDATE))
    assert is_skippable(json.dumps({"oslo.message": inner, "oslo.version": "2.0"}).encode())


@pytest.mark.parametrize("event_type", sorted(READ))
def test_what_is_read_is_never_skipped(event_type):
    assert not is_skippable(body(event_type))


@pytest.mark.parametrize("event_type", sorted(READ))
def test_event_type_that_only_begins_or_ends_like_ours_is_skipped(event_type):
    assert is_skippable(body(event_type + "s"))
    assert is_skippable(body("x" + event_type))


def test_server_named_like_our_event_type_is_skipped_all_the_same():
    ours = '"event_type": "compute.instance.interface_attach.start"'
    assert is_skippable(body(UPDATE, payload={"display_name": ours, "x": json.dumps({"a": ours})}))


def test_key_of_the_payload_with_our_event_type_is_decoded_to_find_out():
    sent = {"event_type": "compute.instance.interface_attach.start"}
    assert not is_skippable(body(UPDATE, payload=sent))


def test_last_of_several_event_types_is_seen():
    twice = body(UPDATE).replace(b'}"}', b', \\"event_type\\": \\"port.update.end\\"}"}')
    assert decode(twice).event_type == "port.update.end"
    assert not is_skippable(twice)


def test_other_spacing_is_decoded():
    inner = json.dumps(notification(UPDATE), separators=(",", ":"))
    assert not is_skippable(json.dumps({"oslo.version": "2.0", "oslo.message": inner}).encode())


def test_body_cut_off_anywhere_is_not_skipped():
    whole = body(UPDATE, payload={"text": 'quote " brace } bracket ] \\ {"a": "b"}'})
    assert is_skippable(whole)
    assert not any(is_skippable(whole[:length]) for length in range(len(whole)))


def test_body_without_message_id_is_not_skipped():
    inner = notification(UPDATE)
    del inner["message_id"]
    assert not is_skippable(wrap(inner))


def test_body_that_is_not_utf8_is_not_skipped():
    assert not is_skippable(body(UPDATE).replace(b"vm-1", b"\xff\xfe"))


def test_body_in_utf8_is_skipped():
    assert is_skippable(body(UPDATE).replace(b"vm-1", "Büro".encode()))


def test_envelope_of_the_older_driver_is_decoded():
    assert not is_skippable(json.dumps(notification(UPDATE)).encode())


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


event_types = st.sampled_from(sorted(READ)) | st.text(min_size=1)


@given(
    payload=json_values | st.dictionaries(st.just("event_type"), event_types),
    event_type=event_types,
)
def test_what_is_skipped_could_have_been_decoded_and_is_not_about_nics(payload, event_type):
    whole = body(event_type, payload=payload)
    if is_skippable(whole):
        # Ids are measured only where somebody will store them.
        with suppress(NotificationError):
            event_type = decode(whole).event_type
            assert event_type not in READ
