"""Takes from a trusted proxy who sent a request to it, and how; from others nothing.

Each proxy adds to the right of what it was sent. So it is read from the right, as far as it names
trusted proxies: what is left of that may be whatever the client wrote.
"""

import ipaddress
from collections.abc import Iterable, Sequence
from functools import lru_cache

from starlette.types import ASGIApp, Receive, Scope, Send

from vifcast.api.forwarded import Hop, MalformedError, read_forwarded, read_node

_FORWARDED = b"forwarded"
_FOR = b"x-forwarded-for"
_PROTO = b"x-forwarded-proto"
_HOST = b"host"


class TrustedProxies:
    """ASGI middleware, the outermost; ``proxies`` are addresses and networks."""

    def __init__(self, app: ASGIApp, proxies: Sequence[str]) -> None:
        self._app = app
        self._networks = [ipaddress.ip_network(each) for each in proxies]
        self._trusts = lru_cache(maxsize=1024)(self._is_trusted)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, with the client, scheme and host that the proxy names."""
        peer = scope.get("client")
        if scope["type"] == "http" and peer is not None and self._trusts(peer[0]):
            found = self._nearest_client(_hops(scope["headers"]))
            if found.client is not None:
                scope["client"] = (found.client, found.port)
            if found.scheme is not None:
                scope["scheme"] = found.scheme
            if found.host is not None:
                others = [each for each in scope["headers"] if each[0] != _HOST]
                scope["headers"] = [(_HOST, found.host.encode()), *others]
        await self._app(scope, receive, send)

    def _nearest_client(self, hops: Iterable[Hop]) -> Hop:
        """Who is no trusted proxy; what its own hop leaves out is that of the hop behind it."""
        found = Hop()
        for hop in hops:
            found = Hop(
                hop.client or found.client,
                hop.port if hop.client else found.port,
                hop.scheme or found.scheme,
                hop.host or found.host,
            )
            if hop.client is None or not self._trusts(hop.client):
                break
        return found

    def _is_trusted(self, client: str) -> bool:
        try:
            address = ipaddress.ip_address(client)
        except ValueError:
            return False
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        return any(address in network for network in self._networks)


def _hops(headers: Sequence[tuple[bytes, bytes]]) -> Iterable[Hop]:
    """From the nearest on, as far as they can be read."""
    lines = [value.decode("latin-1") for name, value in headers if name == _FORWARDED]
    try:
        if lines:
            for line in reversed(lines):
                yield from reversed(read_forwarded(line))
        else:
            yield from _of_x_forwarded(headers)
    except MalformedError:
        return


def _of_x_forwarded(headers: Sequence[tuple[bytes, bytes]]) -> Iterable[Hop]:
    """``X-Forwarded-Proto`` says nothing of single hops: it is that of the client."""
    scheme, lines = None, []
    for name, value in headers:
        if name == _PROTO:
            scheme = value.decode("latin-1").strip().lower()
        elif name == _FOR:
            lines.append(value.decode("latin-1"))
    scheme = scheme if scheme in {"http", "https"} else None
    if not lines:
        yield Hop(scheme=scheme)
        return
    for each in reversed(",".join(lines).split(",")):
        yield Hop(*_of_x_forwarded_for(each.strip()), scheme)


def _of_x_forwarded_for(text: str) -> tuple[str, int]:
    """An IPv6 address may stand there without brackets. Raises MalformedError."""
    try:
        return str(ipaddress.ip_address(text)), 0
    except ValueError:
        return read_node(text)
