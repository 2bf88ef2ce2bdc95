"""``Webhooks``: sends requests over HTTP, and says what came of it.

What a receiver answers is bounded: the head by aiohttp (lines of 8 KiB, 128 of them), the body to
its first 4 KiB and two seconds, everything to ``timeout_s``. A connection on which more would come
is closed. aiohttp does not look at the environment's proxies unless it is asked to.
"""

import asyncio
import socket
import ssl
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Any, Self
from weakref import WeakSet

import aiohttp
from aiohttp import SocketFactoryType
from aiohttp.abc import AbstractResolver, ResolveResult
from multidict import CIMultiDict

from vifcast import times
from vifcast.delivery import failures, retry_after
from vifcast.delivery.answer import Answer
from vifcast.delivery.destinations import Guard, refuse_forbidden_literal
from vifcast.delivery.proxy_exceptions import is_excepted
from vifcast.delivery.receiver import ANY, Receiver
from vifcast.delivery.request import Request
from vifcast.delivery_settings import DeliverySettings
from vifcast.version import __version__

_KEEP_BYTES = 4096
_BODY_S = 2.0
_SUCCESS = range(200, 300)
# Names that do not resolve hold up a thread each; those of the database's are others.
_RESOLVING_THREADS = 32
_HEADERS = {"User-Agent": f"vifcast/{__version__}", "Accept-Encoding": "identity"}


class Webhooks:
    """The connections of one process; used in one event loop."""

    def __init__(
        self, settings: DeliverySettings, resolver: AbstractResolver | None = None
    ) -> None:
        self._settings = settings
        self._resolver = resolver
        self._direct: aiohttp.ClientSession | None = None
        self._proxied: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._resolver = self._resolver or _Resolver()
        self._direct = self._session(Guard(self._settings.allowed_networks).socket, None)
        if self._settings.proxy:
            # The network that a proxy is in is the operator's choice.
            self._proxied = self._session(None, self._settings.proxy)
        return self

    def _session(
        self, socket_factory: SocketFactoryType | None, proxy: str | None
    ) -> aiohttp.ClientSession:
        settings = self._settings
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=0, resolver=self._resolver, socket_factory=socket_factory, ssl=_verified()
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            proxy=proxy,
            response_class=_Response,
            trust_env=False,
            timeout=aiohttp.ClientTimeout(
                total=settings.timeout_s, connect=settings.connect_timeout_s
            ),
        )

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for session in (self._direct, self._proxied):
            if session is not None:
                await session.close()
        if self._resolver is not None:
            await self._resolver.close()

    async def send(
        self,
        url: str,
        request: Request,
        receiver: Receiver = ANY,
        *,
        keep_bytes: int = _KEEP_BYTES,
    ) -> Answer:
        """One attempt. Raises nothing that comes from the receiver or the way there."""
        headers = CIMultiDict(receiver.headers)
        headers.update(receiver.headers_of(request, times.now()))
        headers.update(_HEADERS)
        try:
            session = self._session_for(url)
            try:
                return await _post(session, url, request.body, headers, receiver, keep_bytes)
            except _UsedConnectionClosedError:
                # It had closed a connection that it kept open before; it has seen no request.
                return await _post(session, url, request.body, headers, receiver, keep_bytes)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            settings = self._settings
            return Answer(
                None,
                failures.of_error(error, url, settings.connect_timeout_s, settings.timeout_s),
            )

    def _session_for(self, url: str) -> aiohttp.ClientSession:
        if self._direct is None:
            raise RuntimeError("enter it first")
        if self._proxied is None or is_excepted(url, self._settings.proxy_exceptions):
            return self._direct
        refuse_forbidden_literal(url, self._settings.allowed_networks)
        return self._proxied


async def _post(
    session: aiohttp.ClientSession,
    url: str,
    body: bytes,
    headers: CIMultiDict[str],
    receiver: Receiver,
    keep_bytes: int,
) -> Answer:
    response = await session.post(
        url,
        data=body,
        headers=headers,
        allow_redirects=False,
        ssl=receiver.ssl_context or True,
    )
    try:
        beginning = await _beginning(response, keep_bytes)
    finally:
        # What was read wholly has given its connection back by now.
        response.close()
    error = None
    if response.status not in _SUCCESS:
        error = failures.of_status(
            response.status, response.reason, response.headers.get("Location")
        )
    return Answer(
        response.status,
        error,
        failures.clean(beginning.decode(errors="replace")),
        getattr(response, "peer", None),
        retry_after.read(response.headers.get("Retry-After"), times.now()),
    )


async def _beginning(response: aiohttp.ClientResponse, keep_bytes: int) -> bytes:
    """What there is of a body within bounds; an answer counts by its status whatever follows."""
    found = bytearray()
    try:
        async with asyncio.timeout(_BODY_S):
            while len(found) < keep_bytes:
                piece = await response.content.read(keep_bytes - len(found))
                if not piece:
                    break
                found += piece
    except (TimeoutError, aiohttp.ClientError, OSError):
        pass
    return bytes(found)


def _verified() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


class _UsedConnectionClosedError(aiohttp.ClientError):
    """A connection that was used before was closed before anything came back on it."""


_USED: WeakSet[asyncio.BaseTransport] = WeakSet()


class _Response(aiohttp.ClientResponse):
    """Knows which address it comes from, also once its connection serves another request."""

    peer: str | None = None

    async def start(self, connection: Any) -> aiohttp.ClientResponse:
        transport: asyncio.Transport | None = connection.transport
        is_used = transport is None or transport in _USED
        if transport is not None:
            _USED.add(transport)
            peer = transport.get_extra_info("peername")
            self.peer = str(peer[0]) if peer else None
        try:
            return await super().start(connection)
        except (aiohttp.ServerDisconnectedError, ConnectionError) as error:
            if is_used:
                raise _UsedConnectionClosedError from error
            raise


class _Resolver(AbstractResolver):
    """``getaddrinfo`` in threads of its own."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_RESOLVING_THREADS, "vifcast-deliver-names")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await asyncio.get_running_loop().run_in_executor(
            self._threads,
            lambda: socket.getaddrinfo(
                host, port, family, socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG
            ),
        )
        return [
            ResolveResult(
                hostname=host,
                host=str(address[0]),
                port=int(address[1]),
                family=each,
                proto=protocol,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for each, _, protocol, _, address in found
        ]

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
