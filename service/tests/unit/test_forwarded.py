"""``Forwarded`` (RFC 7239; examples are its own where it has some) and ``X-Forwarded-*``."""

import asyncio

import pytest

from vifcast.api.forwarded import Hop, MalformedError, read_forwarded
from vifcast.api.trusted_proxies import TrustedProxies

PROXIES = ("10.0.0.5", "10.1.0.0/16", "2001:db8:cafe::/48")
DIRECT = ("10.0.0.5", 40000)


@pytest.mark.parametrize(
    ("line", "hops"),
    [
        ('for="_gazonk"', [Hop("_gazonk")]),
        ('For="[2001:db8:cafe::17]:4711"', [Hop("2001:db8:cafe::17", 4711)]),
        ("for=192.0.2.60;proto=http;by=203.0.113.43", [Hop("192.0.2.60", scheme="http")]),
        ("for=192.0.2.43, for=198.51.100.17", [Hop("192.0.2.43"), Hop("198.51.100.17")]),
        ("for=192.0.2.43,for=unknown", [Hop("192.0.2.43"), Hop("unknown")]),
        ("for=_hidden, for=_SEVKISEK", [Hop("_hidden"), Hop("_SEVKISEK")]),
        ('for="192.0.2.43:47011"', [Hop("192.0.2.43", 47011)]),
        ('for="[2001:db8::1]:_port"', [Hop("2001:db8::1")]),
        (
            'for=192.0.2.43;host="nic.example.org:8733" ;\tPROTO=HTTPS',
            [Hop("192.0.2.43", scheme="https", host="nic.example.org:8733")],
        ),
        ('host="[2001:db8::1]:80";ext="a,b;c\\"d"', [Hop(host="[2001:db8::1]:80")]),
        ("proto=gopher", [Hop()]),
        # A list may have empty elements (RFC 9110, section 5.6.1), and an element empty pairs.
        ("", []),
        (", for=192.0.2.1;,,; for=192.0.2.2 ,", [Hop("192.0.2.1"), Hop("192.0.2.2")]),
    ],
)
def test_hops_of_a_line(line, hops):
    assert read_forwarded(line) == hops


@pytest.mark.parametrize(
    "line",
    [
        "for", "for=", "for=1.2.3", "for=192.0.2.43:47011", "for=[2001:db8::1]",
        'for="192.0.2.43', 'for="x y"', "for=192.0.2.1;for=192.0.2.2", "for=192.0.2.1 proto=http",
        "for=a.example", 'host="a/b"', 'host="a\r\nb"', 'for="2001:db8::1"',
    ],
)  # fmt: skip
def test_line_that_cannot_be_read(line):
    with pytest.raises(MalformedError):
        read_forwarded(line)


def seen(headers, client=DIRECT, proxies=PROXIES):
    """What the application behind it sees of client, scheme and host."""
    scopes = []

    async def app(scope, _receive, _send):
        scopes.append(scope)

    raw = [(name.encode(), value.encode()) for name, value in [("host", "inner:8733"), *headers]]
    scope = {"type": "http", "client": client, "scheme": "http", "headers": raw}
    asyncio.run(TrustedProxies(app, proxies)(scope, None, None))
    (found,) = scopes
    (host,) = [value.decode() for name, value in found["headers"] if name == b"host"]
    return found["client"], found["scheme"], host


NOTHING = (DIRECT, "http", "inner:8733")
F, XF, XP = "forwarded", "x-forwarded-for", "x-forwarded-proto"


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([], NOTHING),
        (
            [(F, "for=192.0.2.60;proto=https;host=nic.example.org")],
            (("192.0.2.60", 0), "https", "nic.example.org"),
        ),
        # What the client wrote itself is left of what the proxy adds.
        ([(F, "for=127.0.0.1;proto=https, for=192.0.2.43")], (("192.0.2.43", 0), *NOTHING[1:])),
        # Through two proxies; the outer one knows how the client came.
        (
            [(F, "for=192.0.2.43;proto=https;host=a.example, for=10.1.2.3;proto=http;host=b")],
            (("192.0.2.43", 0), "https", "a.example"),
        ),
        (
            [(F, 'for=192.0.2.43, for="[2001:db8:cafe::17]:4711";proto=https;host=a.example')],
            (("192.0.2.43", 0), "https", "a.example"),
        ),
        ([(F, "for=192.0.2.43"), (F, "for=10.1.2.3")], (("192.0.2.43", 0), *NOTHING[1:])),
        ([(F, "for=192.0.2.43, for=_hidden;proto=https")], (("_hidden", 0), "https", "inner:8733")),
        ([(F, "for=192.0.2.43, for=unknown")], (("unknown", 0), *NOTHING[1:])),
        ([(F, "for=192.0.2.43, proto=https")], (DIRECT, "https", "inner:8733")),
        # Only proxies: the first of them.
        ([(F, "for=10.1.0.1, for=10.1.0.2")], (("10.1.0.1", 0), *NOTHING[1:])),
        # The client's own line cannot be read, the proxy's can.
        ([(F, 'for="'), (F, "for=10.1.2.3;proto=https")], (("10.1.2.3", 0), "https", "inner:8733")),
        # Neither counts where the nearest cannot be read.
        ([(F, 'for=", for=192.0.2.1'), (XF, "192.0.2.9"), (XP, "https")], NOTHING),
        # With both, Forwarded counts.
        (
            [(XF, "192.0.2.9"), (XP, "https"), (F, "for=192.0.2.60")],
            (("192.0.2.60", 0), *NOTHING[1:]),
        ),
        ([(XF, "192.0.2.9"), (XP, "https")], (("192.0.2.9", 0), "https", "inner:8733")),
        ([(XP, "HTTPS")], (DIRECT, "https", "inner:8733")),
        ([(XP, "gopher")], NOTHING),
        ([(XF, "127.0.0.1, 192.0.2.9, 10.1.2.3")], (("192.0.2.9", 0), *NOTHING[1:])),
        ([(XF, "192.0.2.9"), (XF, "10.1.2.3")], (("192.0.2.9", 0), *NOTHING[1:])),
        ([(XF, "2001:db8::1")], (("2001:db8::1", 0), *NOTHING[1:])),
        ([(XF, "[2001:db8::1]:4711")], (("2001:db8::1", 4711), *NOTHING[1:])),
        ([(XF, "192.0.2.9:4711")], (("192.0.2.9", 4711), *NOTHING[1:])),
        ([(XF, "a b, 10.1.2.3")], (("10.1.2.3", 0), *NOTHING[1:])),
    ],
)  # fmt: skip
def test_what_a_trusted_proxy_says(headers, expected):
    assert seen(headers) == expected


@pytest.mark.parametrize("client", [("10.0.0.6", 1), ("192.0.2.1", 1), ("::1", 1), None])
def test_what_others_say_is_ignored(client):
    headers = [(F, "for=192.0.2.60;proto=https;host=evil"), (XF, "192.0.2.9"), (XP, "https")]
    assert seen(headers, client) == (client, *NOTHING[1:])
    assert seen(headers, DIRECT, ()) == NOTHING


def test_address_of_ipv4_on_a_socket_of_ipv6_is_the_same():
    headers = [(F, "for=192.0.2.60")]
    assert seen(headers, ("::ffff:10.0.0.5", 1))[0] == ("192.0.2.60", 0)
