"""The address and the token of an API, as a person gives them."""

import pytest

from vifcast.client.address import base_url, checked_token, is_open_road
from vifcast.errors import InvalidValueError


@pytest.mark.parametrize(
    ("given", "below"),
    [
        ("http://127.0.0.1:8733", "http://127.0.0.1:8733"),
        ("https://vifcast.example/", "https://vifcast.example"),
        ("https://cloud.example/nics/v1/", "https://cloud.example/nics"),
        (" http://[2001:db8::1]:8733/v1\n", "http://[2001:db8::1]:8733"),
    ],
)
def test_address(given, below):
    assert base_url(given) == below


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("vifcast.example:8733", "write it like"),
        ("ftp://vifcast.example", "write it like"),
        ("http://", "write it like"),
        ("http://host:port", "write it like"),
        ("http://[::1", "write it like"),
        ("http://me:secret@vifcast.example", "has a user or password in it"),
        ("http://vifcast.example/?a=b", "has a ? or # in it"),
    ],
)
def test_what_is_no_address(given, why):
    with pytest.raises(InvalidValueError) as refused:
        base_url(given)
    assert why in str(refused.value)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("given", ["", " ", "vfc a", "vfc_\nx", "vfc_ä", "a\x00b"])
def test_what_is_no_token_is_not_quoted(given):
    with pytest.raises(InvalidValueError) as refused:
        checked_token(given)
    assert "vfc" not in str(refused.value)


def test_token_may_end_with_a_line_break():
    assert checked_token("vfc_1_a\n") == "vfc_1_a"


@pytest.mark.parametrize(
    ("url", "is_open"),
    [
        ("http://vifcast.example", True),
        ("https://vifcast.example", False),
        ("http://localhost:8733", False),
        ("http://127.0.0.1:8733", False),
        ("http://[::1]:8733", False),
        ("http://127.evil.example", True),
    ],
)
def test_where_others_can_read_the_token(url, is_open):
    assert is_open_road(url) is is_open
