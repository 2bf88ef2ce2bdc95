"""uvicorn's HTTP protocol, with one thing more for the application: to cut off a connection."""

import asyncio
from typing import TYPE_CHECKING

from vifcast.api.stream.route import ABORT

if TYPE_CHECKING:
    from uvicorn.protocols.http.h11_impl import H11Protocol as AutoHTTPProtocol
else:
    from uvicorn.protocols.http.auto import AutoHTTPProtocol


class HttpProtocol(AutoHTTPProtocol):
    """What is written to a client that takes nothing would otherwise be kept for ever."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """As uvicorn's."""
        self.app_state = {**self.app_state, ABORT: transport.abort}
        super().connection_made(transport)
