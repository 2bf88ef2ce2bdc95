"""uvicorn's HTTP protocol, with what vifcast needs besides.

The application can cut off a connection, and uvicorn's warnings, which anybody who connects can
cause, are counted in place of a line of the log each.
"""

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from vifcast.api.stream.route import ABORT
from vifcast.malformed_requests import MalformedRequests

if TYPE_CHECKING:
    from uvicorn.protocols.http.h11_impl import H11Protocol as AutoHTTPProtocol
else:
    from uvicorn.protocols.http.auto import AutoHTTPProtocol


def http_protocol(malformed: MalformedRequests) -> type[asyncio.Protocol]:
    """The class of one server's connections."""

    class HttpProtocol(AutoHTTPProtocol):
        """What is written to a client that takes nothing would otherwise be kept for ever."""

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            """As uvicorn's."""
            self.app_state = {**self.app_state, ABORT: transport.abort}
            super().connection_made(transport)
            client = self.client[0] if self.client else "?"
            self.logger = _CountsWarnings(self.logger, malformed, client)  # type: ignore[assignment]

    return HttpProtocol


class _CountsWarnings(logging.LoggerAdapter[logging.Logger]):
    """uvicorn's logger of one connection."""

    def __init__(self, logger: logging.Logger, malformed: MalformedRequests, client: str) -> None:
        super().__init__(logger)
        self._malformed = malformed
        self._client = client

    @property
    def level(self) -> int:
        """As of a logger."""
        return self.logger.level

    def log(self, level: int, msg: object, *args: Any, **kwargs: Any) -> None:
        """Log it, or count it."""
        if level == logging.WARNING:
            self._malformed.note(self._client, str(msg))
        else:
            super().log(level, msg, *args, **kwargs)
