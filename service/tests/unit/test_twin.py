"""A second copy is known by its bytes, and nothing else is taken for one."""

import json

import pytest

from vifcast.notification.twin import is_copy

OWN, OTHER = "5a1c2e9e-6f0e-4a52-9a1f-1c1a4c1d7d11", "0f0a6a3e-40a1-4c8e-8f0a-2f8f7a0c9b22"


def body(inner: str) -> bytes:
    return json.dumps({"oslo.version": "2.0", "oslo.message": inner}).encode()


def notification(**payload: str) -> dict[str, object]:
    return {"message_id": OWN, "event_type": "x", "payload": payload}


def test_second_copy_is_one():
    assert is_copy(body(json.dumps(notification())), {OWN.encode()})
    assert not is_copy(body(json.dumps(notification())), {OTHER.encode()})


@pytest.mark.parametrize("separators", [(", ", ": "), (",", ":")])
def test_another_key_of_that_name_makes_it_uncertain(separators):
    nested = json.dumps(notification(message_id=OTHER), separators=separators)
    assert not is_copy(body(nested), {OTHER.encode()})
    assert not is_copy(body(nested), {OWN.encode()})


def test_id_that_is_nested_is_not_its_own():
    own_is_compact = json.dumps(notification(message_id=OTHER)).replace(
        f'"message_id": "{OWN}"', f'"message_id":"{OWN}"'
    )
    assert not is_copy(body(own_is_compact), {OTHER.encode()})
