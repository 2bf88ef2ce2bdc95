"""Tokens: their text, their secret, when they end."""

import datetime as dt

import pytest

from vifcast.token import Role, new_token, read_text

NOW = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
LATER = NOW + dt.timedelta(days=1)


def made(**changes):
    token, text = new_token("cmp", Role.READER, None, NOW, changes.get("expires_at"))
    parts = read_text(text)
    assert parts is not None
    return token, text, parts


def test_text_holds_the_id_and_the_secret():
    token, text, (token_id, secret) = made()
    assert text.startswith("vfc_")
    assert token_id == token.id
    assert token.refusal(secret, NOW) is None


def test_the_secret_is_not_in_the_token():
    token, text, (_, secret) = made()
    assert secret not in repr(token)
    assert text not in repr(token)
    assert len(secret) >= 43  # 256 bits


def test_no_two_are_alike():
    assert len({made()[1] for _ in range(100)}) == 100


def test_ends_when_it_expires():
    token, _, (_, secret) = made(expires_at=LATER)
    assert token.refusal(secret, LATER - dt.timedelta(seconds=1)) is None
    assert token.refusal(secret, LATER) == "has expired"


def test_wrong_secret_is_unknown_whatever_else_is_so():
    token, _, _ = made(expires_at=LATER)
    for moment in (NOW, LATER):
        assert token.refusal("x", moment) == "is unknown"


@pytest.mark.parametrize(
    "text", ["", "vfc", "vfc_", "vfc_a", "vfc_a_", "vfc__b", "xyz_a_b", "vfc_ä_b", "gAAAAABk"]
)
def test_other_text_is_none_of_ours(text):
    assert read_text(text) is None


def test_secret_may_hold_underscores():
    assert read_text("vfc_a_b_c-d") == ("a", "b_c-d")
