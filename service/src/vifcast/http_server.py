"""``HttpServer``: uvicorn on a socket that listens before the rest of the process starts."""

import ssl
import time
from typing import Any, Self

import uvicorn

from vifcast.api.listening import listen
from vifcast.api_settings import Address, ApiSettings
from vifcast.http_protocol import http_protocol
from vifcast.malformed_requests import MalformedRequests

# uvicorn ticks ten times a second; one that does not for so long answers nobody.
_STUCK_S = 10.0
_FINISH_REQUESTS_S = 2


class HttpServer:
    """One listening socket; ``serve`` says what answers, ``run`` blocks until ``stop``."""

    def __init__(
        self,
        address: Address,
        tls: ssl.SSLContext | None = None,
        path_prefix: str = "",
    ) -> None:
        self._tls = tls
        self._socket = listen(address.host, address.port)
        scheme = "http" if tls is None else "https"
        at = Address(address.host, self._socket.getsockname()[1])
        self.url = f"{scheme}://{at}{path_prefix}/"
        self._server: _Server | None = None

    @classmethod
    def of_api(cls, api: ApiSettings) -> Self:
        """Of section [api]. Raises ConfigError, ListenError."""
        return cls(api.address, api.tls(), api.path_prefix)

    @classmethod
    def of_health(cls, address: Address) -> Self:
        """Of [health] listen. Raises ListenError."""
        return cls(address)

    def serve(self, app: Any, malformed: MalformedRequests) -> None:
        """Have this ASGI application answer."""
        tls = self._tls
        self._server = _Server(
            uvicorn.Config(
                app,
                http=http_protocol(malformed),
                log_config=None,
                access_log=False,
                lifespan="off",
                server_header=False,
                timeout_graceful_shutdown=_FINISH_REQUESTS_S,
                # vifcast.api.trusted_proxies reads them.
                proxy_headers=False,
                ssl_context_factory=None if tls is None else (lambda *_: tls),
            ),
            malformed,
        )

    def run(self) -> None:
        """Answer until ``stop``."""
        if self._server is not None:
            self._server.run(sockets=[self._socket])

    @property
    def started(self) -> bool:
        """Whether requests are answered."""
        return self._server is not None and self._server.started

    def is_alive(self) -> bool:
        """Whether the loop that answers requests went round lately."""
        server = self._server
        return server is not None and time.monotonic() - server.ticked_at < _STUCK_S

    def stop(self) -> None:
        """Have ``run`` return."""
        if self._server is not None:
            self._server.should_exit = True

    def close(self) -> None:
        """Give the address back."""
        self._socket.close()


class _Server(uvicorn.Server):
    """Notes when it went round."""

    def __init__(self, config: uvicorn.Config, malformed: MalformedRequests) -> None:
        super().__init__(config)
        self._malformed = malformed
        self.ticked_at = time.monotonic()

    async def on_tick(self, counter: int) -> bool:
        """What uvicorn calls each time."""
        self.ticked_at = time.monotonic()
        self._malformed.report()
        return await super().on_tick(counter)
