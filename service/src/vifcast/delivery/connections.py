"""``Connections``: requests over aiohttp's connections, without its session.

aiohttp opens and keeps the connections (names, guard, TLS, proxy), and reads what comes back. Its
session makes a dozen objects and a task for each request besides, for redirects, cookies, forms,
traces: of 6,000 requests with 2.5 kB, each takes 102 µs of CPU with it, and 36 µs without.
"""

import asyncio
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from typing import Any
from weakref import WeakKeyDictionary

import aiohttp
from aiohttp.http import HttpProcessingError
from yarl import URL

from vifcast.delivery.time_limits import TimeLimits

_BODY_S = 2.0
_KEEP = 1000
# A tab stands between two headers when they are looked through.
_FORBIDDEN = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_CRLF = "\r\n"
_PROXY_AUTHORIZATION = "Proxy-Authorization"


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. ``beginning`` is that of the body, ``address`` where it came from."""

    status: int
    reason: str
    headers: Mapping[str, str]
    beginning: bytes
    address: str | None


class UsedConnectionClosedError(aiohttp.ClientError):
    """A connection that was used before was closed before anything came back on it."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where requests go: ``request`` is what aiohttp finds or opens a connection by."""

    request: aiohttp.ClientRequest
    start: str


class Connections:
    """Those of one event loop; ``timeout`` is that of a request and of a connection."""

    def __init__(
        self, connector: aiohttp.BaseConnector, timeout: aiohttp.ClientTimeout, proxy: str | None
    ) -> None:
        self._connector = connector
        self._timeout = timeout
        self._proxy = None if proxy is None else URL(proxy)
        self._limits = TimeLimits(timeout.total)
        self._place = lru_cache(_KEEP)(self._new_place)
        # The addresses that connections lead to, of those that were used.
        self._used = WeakKeyDictionary[asyncio.BaseTransport, str | None]()

    async def close(self) -> None:
        """Close all of them."""
        await self._connector.close()

    async def post(
        self,
        url: str,
        headers: Mapping[str, str],
        body: bytes,
        *,
        ssl_context: ssl.SSLContext | None,
        keep_bytes: int,
    ) -> Reply:
        """Send one request, without following a redirect; the first so many bytes of the body.

        Raises aiohttp.ClientError, OSError (a TimeoutError among them) and ValueError.
        """
        place = self._place(url, ssl_context)
        lines = [f"{name}: {value}" for name, value in headers.items()]
        if _FORBIDDEN.search("\t".join(lines)):
            raise ValueError("a header has a control character in it")
        with self._limits.begin() as limit:
            connection = await self._connect(place.request)
            try:
                said = place.request.headers.get(_PROXY_AUTHORIZATION)
                if said is not None:
                    lines.append(f"{_PROXY_AUTHORIZATION}: {said}")
                head = _CRLF.join([place.start, *lines, f"Content-Length: {len(body)}", _CRLF])
                address, message, content = await self._exchange(connection, head.encode() + body)
            except HttpProcessingError as error:
                connection.close()
                raise aiohttp.ClientResponseError(
                    place.request.request_info, (), status=error.code, message=error.message
                ) from error
            except BaseException:
                connection.close()
                raise
        try:
            beginning = await _beginning(content, keep_bytes, limit.until_s)
        finally:
            # Closes it where more would come.
            connection.release()
        return Reply(message.code, message.reason, message.headers, beginning, address)

    async def _connect(self, request: aiohttp.ClientRequest) -> Any:
        try:
            return await self._connector.connect(request, [], self._timeout)
        except TimeoutError as error:
            raise aiohttp.ConnectionTimeoutError from error

    async def _exchange(self, connection: Any, data: bytes) -> tuple[str | None, Any, Any]:
        """The address, the head and the content of what comes back."""
        protocol, transport = connection.protocol, connection.transport
        if transport is None:
            raise UsedConnectionClosedError
        is_used = transport in self._used
        try:
            if is_used:
                address = self._used[transport]
            else:
                peer = transport.get_extra_info("peername")
                address = self._used[transport] = str(peer[0]) if peer else None
            protocol.set_response_params(read_until_eof=True, auto_decompress=False)
            transport.write(data)
            message, content = await protocol.read()
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError, ConnectionError) as error:
            if is_used:
                raise UsedConnectionClosedError from error
            raise
        while message.code // 100 == 1 and message.code != HTTPStatus.SWITCHING_PROTOCOLS:
            message, content = await protocol.read()
        return address, message, content

    def _new_place(self, url: str, ssl_context: ssl.SSLContext | None) -> _Place:
        try:
            parsed = URL(url)
        except ValueError as error:
            raise aiohttp.InvalidURL(url) from error
        if parsed.scheme not in ("http", "https"):
            raise aiohttp.NonHttpUrlClientError(url)
        request = aiohttp.ClientRequest(
            "POST",
            parsed,
            loop=asyncio.get_running_loop(),
            proxy=self._proxy,
            ssl=ssl_context or True,
        )
        is_relayed = self._proxy is not None and not request.is_ssl()
        path = str(request.url) if is_relayed else request.url.raw_path_qs
        return _Place(request, f"POST {path} HTTP/1.1{_CRLF}Host: {request.headers['Host']}")


async def _beginning(content: aiohttp.StreamReader, keep_bytes: int, until_s: float) -> bytes:
    """What there is of a body within bounds; an answer counts by its status whatever follows."""
    found = bytearray()
    try:
        if content.is_eof():
            return content.read_nowait(keep_bytes)
        last = asyncio.get_running_loop().time() + _BODY_S
        async with asyncio.timeout_at(min(last, until_s)):
            while len(found) < keep_bytes:
                piece = await content.read(keep_bytes - len(found))
                if not piece:
                    break
                found += piece
    except (TimeoutError, aiohttp.ClientError, OSError):
        pass
    return bytes(found)
