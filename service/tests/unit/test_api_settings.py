"""Section [api]: what is refused, and in which words."""

import pytest

from vifcast.api_settings import Auth
from vifcast.config import load_settings
from vifcast.errors import ConfigError


def settings(**options):
    return load_settings(overrides={f"api.{name}": value for name, value in options.items()})


def test_defaults_are_this_machine_alone():
    api = settings().api
    assert (api.auth, api.url, api.tls()) == (Auth.NONE, "http://127.0.0.1:8733/", None)


@pytest.mark.parametrize("listen", ["0.0.0.0:8733", "[::]:8733", "192.0.2.1:8733", "vifcast:8733"])
def test_without_authentication_only_loopback(listen):
    with pytest.raises(ConfigError, match="anybody who reaches it sees everything"):
        settings(listen=listen)
    assert settings(listen=listen, auth="token").api.auth is Auth.TOKEN


@pytest.mark.parametrize("listen", ["127.0.0.1:1", "[::1]:1", "localhost:1"])
def test_without_authentication_on_loopback(listen):
    assert settings(listen=listen).notices == ()


def test_unknown_way_to_authenticate():
    with pytest.raises(ConfigError, match="auth"):
        settings(auth="basic")


def test_tokens_in_clear_text_are_warned_of():
    (notice,) = settings(listen="0.0.0.0:8733", auth="token").notices
    assert "tokens travel in clear text; set ssl_cert_file" in notice
    assert settings(listen="127.0.0.1:8733", auth="token").notices == ()
    assert settings(listen="0.0.0.0:8733", auth="token", ssl_cert_file="/x").notices == ()


@pytest.mark.parametrize(
    ("given", "prefix"),
    [("", ""), ("/", ""), ("/nic", "/nic"), ("/nic/", "/nic"), ("/a/b", "/a/b")],
)
def test_path_prefix(given, prefix):
    assert settings(path_prefix=given).api.path_prefix == prefix
    assert settings(path_prefix=given).api.url == f"http://127.0.0.1:8733{prefix}/"


@pytest.mark.parametrize(
    "given",
    ["nic", "http://x/nic", "/a b", "/a?b", "/a%20", "/v1/../x", "/.", "/a//b", "//x", "/a\tb"],
)
def test_path_prefix_that_is_none(given):
    with pytest.raises(ConfigError, match="is no path; write it like /nic-ledger"):
        settings(path_prefix=given)


def test_trusted_proxies():
    assert settings(trusted_proxies="10.0.0.5, 10.1.0.0/16,::1").api.trusted_proxies == (
        "10.0.0.5", "10.1.0.0/16", "::1",
    )  # fmt: skip
    with pytest.raises(ConfigError, match="'proxy' is no address and no network"):
        settings(trusted_proxies="proxy")


def test_key_without_certificate():
    with pytest.raises(ConfigError, match="is set, but ssl_cert_file is not"):
        settings(ssl_key_file="/x")
