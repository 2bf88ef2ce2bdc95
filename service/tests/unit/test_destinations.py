"""Addresses that nothing is sent to, in every spelling, and what allows them."""

import ipaddress
import socket

import pytest

from vifcast.delivery.destinations import (
    ForbiddenAddressError,
    Guard,
    forbidden_range,
    refuse_forbidden,
    refuse_forbidden_literal,
)
from vifcast.errors import InvalidValueError

FORBIDDEN = {
    "127.0.0.1": "127.0.0.0/8",
    "127.255.255.254": "127.0.0.0/8",
    "0.0.0.0": "0.0.0.0/8",  # noqa: S104 - refused, not bound
    "10.1.2.3": "10.0.0.0/8",
    "172.31.255.255": "172.16.0.0/12",
    "192.168.0.1": "192.168.0.0/16",
    "169.254.169.254": "169.254.0.0/16",
    "100.100.100.200": "100.64.0.0/10",
    "192.0.0.8": "192.0.0.0/24",
    "198.19.0.1": "198.18.0.0/15",
    "203.0.113.9": "203.0.113.0/24",
    "224.0.0.1": "224.0.0.0/4",
    "255.255.255.255": "240.0.0.0/4",
    "::": "::/128",
    "::1": "::1/128",
    "fe80::1%eth0": "fe80::/10",
    "fd00:ec2::254": "fc00::/7",
    "ff02::1": "ff00::/8",
    "2001:db8::1": "2001:db8::/32",
    "fec0::1": "fec0::/10",
    "::127.0.0.1": "127.0.0.0/8",
    "::ffff:10.0.0.5": "10.0.0.0/8",
    "::ffff:0:10.0.0.5": "10.0.0.0/8",
    "64:ff9b::a9fe:a9fe": "169.254.0.0/16",
    "64:ff9b:1::1": "64:ff9b:1::/48",
    "2002:7f00:1::": "127.0.0.0/8",
    # Teredo has the client's address inverted: this is 10.0.0.5.
    "2001:0:5db8:d822::f5ff:fffa": "10.0.0.0/8",
}
PUBLIC = (
    "1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "64:ff9b::101:101",
    "::ffff:1.1.1.1", "2002:101:101::", "cmp.example.org",
)  # fmt: skip


def networks(*texts):
    return [ipaddress.ip_network(each) for each in texts]


@pytest.mark.parametrize("address", FORBIDDEN)
def test_inner_address_is_forbidden_and_its_range_named(address):
    found = forbidden_range(address, [])
    assert found is not None
    assert str(found[0]) == FORBIDDEN[address]


@pytest.mark.parametrize("address", PUBLIC)
def test_public_address_is_allowed(address):
    assert forbidden_range(address, []) is None


@pytest.mark.parametrize("address", FORBIDDEN)
def test_everything_is_allowed_with_both_whole_networks(address):
    assert forbidden_range(address, networks("0.0.0.0/0", "::/0")) is None


def test_allowed_network_allows_every_form_of_its_addresses_and_no_other():
    allowed = networks("10.20.0.0/16")
    for form in ("10.20.0.5", "::ffff:10.20.0.5", "64:ff9b::a14:5"):
        assert forbidden_range(form, allowed) is None
    assert forbidden_range("10.21.0.5", allowed) is not None
    assert forbidden_range("::ffff:127.0.0.1", networks("::/0")) is not None


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8080/hook",
        "http://localhost/hook",
        "https://[::1]/hook",
        "http://[::ffff:127.0.0.1]/",
        "http://127.1/",
        "http://127.0.0.1./",
        "http://127.1./",
        "http://0x7f000001/",
        "http://2130706433/",
        "http://0177.0.0.1/",
        "http://user@127.0.0.1@localhost/",
        "http://１２７.0.0.1/",  # noqa: RUF001 - digits that IDNA maps to ASCII
    ],
)
def test_refusal_names_the_option_and_the_range(url):
    with pytest.raises(InvalidValueError, match=r"(127\.0\.0\.0/8|::1/128).*allowed_networks"):
        refuse_forbidden(url, [])
    refuse_forbidden(url, networks("127.0.0.0/8", "::1"))


def test_name_that_does_not_resolve_is_not_refused():
    refuse_forbidden("https://cmp.invalid/hook", [])


def test_url_without_host_is_refused():
    with pytest.raises(InvalidValueError, match="no host"):
        refuse_forbidden("http:///hook", [])


def test_what_goes_through_a_proxy_is_refused_by_its_literal_address():
    for host in ("127.0.0.1", "0x7f.1", "[::1]", "2130706433", "127.0.0.1.", "0x7f.1."):
        with pytest.raises(ForbiddenAddressError, match="allowed_networks"):
            refuse_forbidden_literal(f"http://{host}/", [])
    refuse_forbidden_literal("http://localhost/", [])


def test_guard_opens_no_socket_for_a_forbidden_address():
    info = (socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", 80))
    with pytest.raises(ForbiddenAddressError, match=r"127\.0\.0\.0/8 \(loopback\)"):
        Guard([]).socket(info)
    Guard(networks("127.0.0.0/8")).socket(info).close()
