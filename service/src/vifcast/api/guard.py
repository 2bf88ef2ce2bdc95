"""Sets security headers on every response, and refuses requests for other hosts.

The API listens on loopback without authentication. A page of some web site could
still have a browser on this machine ask it, under a name that the site made
resolve to 127.0.0.1; so requests for any other host name are refused.
"""

from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vifcast.api.problems import problem
from vifcast.config import LOOPBACK_HOSTS

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


class Guard:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or pass on and add the headers."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                _add_headers(message)
            await send(message)

        app: Any = self._app
        host = Headers(scope=scope).get("host", "")
        if urlsplit(f"//{host}").hostname not in LOOPBACK_HOSTS:
            app = problem(
                403,
                "host_refused",
                f"this service answers for localhost only, not for {host[:100]!r}",
            )
        await app(scope, receive, send_guarded)


def _add_headers(message: Message) -> None:
    headers = MutableHeaders(scope=message)
    headers["content-security-policy"] = _POLICY
    headers["x-content-type-options"] = "nosniff"
    headers["referrer-policy"] = "no-referrer"
    if "cache-control" not in headers:
        headers["cache-control"] = "no-store"
