"""``Webhooks``: sends requests over HTTP, and says what came of it.

What a receiver answers is bounded: the head by aiohttp (lines of 8 KiB, 128 of them), the body to
its first 4 KiB and two seconds, everything to ``timeout_s``. A connection on which more would come
is closed. aiohttp does not look at the environment's proxies unless it is asked to.
"""

import asyncio
import socket
import ssl
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp import SocketFactoryType
from aiohttp.abc import AbstractResolver, ResolveResult
from multidict import CIMultiDict

from vifcast import times
from vifcast.delivery import failures, retry_after
from vifcast.delivery.answer import Answer
from vifcast.delivery.connections import Connections, Reply, UsedConnectionClosedError
from vifcast.delivery.destinations import Guard, refuse_forbidden_literal
from vifcast.delivery.proxy_exceptions import is_excepted
from vifcast.delivery.receiver import ANY, Receiver
from vifcast.delivery.request import Request
from vifcast.delivery_settings import DeliverySettings
from vifcast.version import __version__

_KEEP_BYTES = 4096
_SUCCESS = range(200, 300)
# Names that do not resolve hold up a thread each; those of the database's are others.
_RESOLVING_THREADS = 32
_DEFAULTS = {"Accept": "*/*"}
_HEADERS = {"User-Agent": f"vifcast/{__version__}", "Accept-Encoding": "identity"}


class Webhooks:
    """The connections of one process; used in one event loop."""

    def __init__(
        self, settings: DeliverySettings, resolver: AbstractResolver | None = None
    ) -> None:
        self._settings = settings
        self._resolver = resolver
        self._direct: Connections | None = None
        self._proxied: Connections | None = None

    async def __aenter__(self) -> Self:
        self._resolver = self._resolver or _Resolver()
        self._direct = self._connecting(Guard(self._settings.allowed_networks).socket, None)
        if self._settings.proxy:
            # The network that a proxy is in is the operator's choice.
            self._proxied = self._connecting(None, self._settings.proxy)
        return self

    def _connecting(
        self, socket_factory: SocketFactoryType | None, proxy: str | None
    ) -> Connections:
        settings = self._settings
        connector = aiohttp.TCPConnector(
            limit=0, resolver=self._resolver, socket_factory=socket_factory, ssl=_verified()
        )
        timeout = aiohttp.ClientTimeout(
            total=settings.timeout_s, connect=settings.connect_timeout_s
        )
        return Connections(connector, timeout, proxy)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for connections in (self._direct, self._proxied):
            if connections is not None:
                await connections.close()
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
        try:
            connections = self._connections_for(url)
            headers = _headers(request, receiver)
            try:
                reply = await _post(connections, url, headers, request.body, receiver, keep_bytes)
            except UsedConnectionClosedError:
                # It had closed a connection that it kept open before; it has seen no request.
                reply = await _post(connections, url, headers, request.body, receiver, keep_bytes)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            settings = self._settings
            return Answer(
                None,
                failures.of_error(error, url, settings.connect_timeout_s, settings.timeout_s),
            )
        return _answer(reply)

    def _connections_for(self, url: str) -> Connections:
        if self._direct is None:
            raise RuntimeError("enter it first")
        if self._proxied is None or is_excepted(url, self._settings.proxy_exceptions):
            return self._direct
        refuse_forbidden_literal(url, self._settings.allowed_networks)
        return self._proxied


async def _post(
    connections: Connections,
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    receiver: Receiver,
    keep_bytes: int,
) -> Reply:
    return await connections.post(
        url, headers, body, ssl_context=receiver.ssl_context, keep_bytes=keep_bytes
    )


def _headers(request: Request, receiver: Receiver) -> Mapping[str, str]:
    ours = receiver.headers_of(request, times.now())
    if not receiver.headers:
        return {**_DEFAULTS, **ours, **_HEADERS}
    headers = CIMultiDict(_DEFAULTS)
    headers.update(receiver.headers)
    headers.update(ours)
    headers.update(_HEADERS)
    return headers


def _answer(reply: Reply) -> Answer:
    error = None
    if reply.status not in _SUCCESS:
        error = failures.of_status(reply.status, reply.reason, reply.headers.get("Location"))
    return Answer(
        reply.status,
        error,
        failures.clean(reply.beginning.decode(errors="replace")),
        reply.address,
        retry_after.read(reply.headers.get("Retry-After"), times.now()),
    )


def _verified() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


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
