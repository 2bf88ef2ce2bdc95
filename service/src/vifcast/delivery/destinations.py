"""Where deliveries may go: not to this host, nor into its network, unless that is allowed.

Whoever may make a subscription could otherwise have vifcast send into networks that only vifcast
reaches. ``refuse_forbidden`` is for whoever makes one. What counts is ``Guard``: it checks the very
address that a socket is opened for, so a name that resolves differently later changes nothing.
"""

import ipaddress
import socket
from collections.abc import Iterator, Sequence

from yarl import URL

from vifcast.delivery_settings import Network
from vifcast.errors import InvalidValueError

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# By the registries of special-purpose addresses (RFC 6890) and of multicast.
_RANGES: tuple[tuple[Network, str], ...] = tuple(
    (ipaddress.ip_network(network), what)
    for network, what in (
        ("0.0.0.0/8", "this network"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "shared by carriers"),
        ("127.0.0.0/8", "loopback"),
        ("169.254.0.0/16", "link-local"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "reserved"),
        ("192.0.2.0/24", "documentation"),
        ("192.88.99.0/24", "reserved"),
        ("192.168.0.0/16", "private"),
        ("198.18.0.0/15", "benchmarks"),
        ("198.51.100.0/24", "documentation"),
        ("203.0.113.0/24", "documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
        ("::/128", "unspecified"),
        ("::1/128", "loopback"),
        ("64:ff9b:1::/48", "translation within a network"),
        ("100::/64", "discard-only"),
        ("100:0:0:1::/64", "reserved"),
        ("2001:2::/48", "benchmarks"),
        ("2001:10::/28", "reserved"),
        ("2001:db8::/32", "documentation"),
        ("3fff::/20", "documentation"),
        ("5f00::/16", "segment routing"),
        ("fc00::/7", "private"),
        ("fe80::/10", "link-local"),
        ("fec0::/10", "site-local"),
        ("ff00::/8", "multicast"),
    )
)
# IPv6 addresses whose last 32 bits are an IPv4 address.
_EMBEDDING = tuple(
    ipaddress.IPv6Network(each)
    for each in ("::/96", "::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96")
)
_IPV4_BITS = 0xFFFFFFFF


class ForbiddenAddressError(OSError):
    """No socket is opened for an address: it may not be sent to."""


class Guard:
    """Opens sockets for addresses that may be sent to."""

    def __init__(self, allowed: Sequence[Network]) -> None:
        self._allowed = allowed

    def socket(self, info: tuple[int, int, int, str, tuple[object, ...]]) -> socket.socket:
        """A socket for this address (as of ``getaddrinfo``). Raises ForbiddenAddressError."""
        family, kind, protocol, _, address = info
        host = str(address[0])
        if (found := forbidden_range(host, self._allowed)) is not None:
            raise ForbiddenAddressError(f"the receiver's address is {_refusal(*found)}")
        return socket.socket(family, kind, protocol)


def refuse_forbidden(url: str, allowed: Sequence[Network]) -> None:
    """Raise InvalidValueError where the URL's host is, or now resolves to, a forbidden address.

    A name that does not resolve passes: deliveries will say so. May take as long as DNS does.
    """
    host = _host_of(url)
    if (found := forbidden_range(_read_as_number(host), allowed)) is not None:
        raise InvalidValueError(f"the receiver {host} is {_refusal(*found)}")
    for address in _resolved(host):
        # Not the address itself: who asks may be somebody who shall not learn of inner names.
        if (found := forbidden_range(address, allowed)) is not None:
            raise InvalidValueError(
                f"the receiver {host} resolves to an address {_refusal(*found)}"
            )


def refuse_forbidden_literal(url: str, allowed: Sequence[Network]) -> None:
    """Raise ForbiddenAddressError where the URL's host is a forbidden address.

    For what goes through a proxy, which resolves names itself. ``0x7f.1`` is such an address, too.
    """
    host = _host_of(url)
    if (found := forbidden_range(_read_as_number(host), allowed)) is not None:
        raise ForbiddenAddressError(f"the receiver {host} is {_refusal(*found)}")


def forbidden_range(text: str, allowed: Sequence[Network]) -> tuple[Network, str] | None:
    """The range for which nothing is sent to the address; None: it may be, or is no address."""
    try:
        address = ipaddress.ip_address(text.split("%", 1)[0])
    except ValueError:
        return None
    meant = tuple(_meanings(address))
    # An IPv4 address is meant: ::/0 does not allow it, its own network does.
    if any(meant[-1] in network for network in allowed):
        return None
    for each in meant:
        for network, what in _RANGES:
            if each in network:
                return network, what
    return None


def _meanings(address: _Address) -> Iterator[_Address]:
    """The address, and the IPv4 address that it leads to; the last is where it leads."""
    yield address
    if isinstance(address, ipaddress.IPv4Address):
        return
    number = int(address)
    is_special = number <= 1
    if not is_special and any(address in each for each in _EMBEDDING):
        yield ipaddress.IPv4Address(number & _IPV4_BITS)
    elif address.sixtofour is not None:
        yield address.sixtofour
    elif address.teredo is not None:
        yield address.teredo[1]


def _refusal(network: Network, what: str) -> str:
    return (
        f"in {network} ({what}), where vifcast sends nothing unless it is allowed; to allow it, an "
        f"operator adds {network}, or a part of it, to allowed_networks in [delivery]"
    )


def _host_of(url: str) -> str:
    try:
        host = URL(url).host
    except ValueError as error:
        raise InvalidValueError(f"the receiver's URL cannot be read ({error})") from error
    if not host:
        raise InvalidValueError(
            "the receiver's URL has no host; write one such as https://cmp.example.org/hook"
        )
    return host


def _resolved(host: str) -> list[str]:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return [str(each[4][0]) for each in found]


def _read_as_number(host: str) -> str:
    """The address, where it is spelled in one of the ways that only the C library reads.

    A full stop behind it is for names; whoever resolves it may drop that.
    """
    try:
        return socket.inet_ntoa(socket.inet_aton(host.rstrip(".")))
    except OSError:
        return host
