"""Sets security headers on every response, and refuses requests for other hosts.

Without authentication the API listens on loopback only. A page of some web site could
still have a browser on this machine ask it, under a name that the site made
resolve to 127.0.0.1; so requests for any other host name are refused then. What changes
something is refused whenever a page of another site sends it.
"""

from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vifcast.api.problems import problem
from vifcast.api_settings import LOOPBACK_HOSTS

_POLICY = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    b"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = [
    (b"content-security-policy", _POLICY),
    (b"x-content-type-options", b"nosniff"),
    # To no other site; and a form of our own page names its origin, which "no-referrer" would hide.
    (b"referrer-policy", b"same-origin"),
]
_SAFE = {"GET", "HEAD", "OPTIONS"}
_CACHE_CONTROL = b"cache-control"


class Guard:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp, *, loopback_only: bool) -> None:
        self._app = app
        self._loopback_only = loopback_only

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
        host = next((value for name, value in scope["headers"] if name == b"host"), b"")
        if self._loopback_only and not _is_ours(host):
            app = problem(
                403,
                "host_refused",
                "this service answers for localhost only, not for "
                f"{host[:100].decode('latin-1')!r}",
            )
        elif scope["method"] not in _SAFE and not _is_same_origin(scope, host):
            app = problem(
                403,
                "origin_refused",
                f"a web page of another origin than {scope['scheme']}://"
                f"{host[:100].decode('latin-1')} sent this request, and only vifcast's own may; "
                "if this is its own, behind a proxy that ends TLS, add the proxy to [api] "
                "trusted_proxies",
            )
        await app(scope, receive, send_guarded)


def _is_same_origin(scope: Scope, host: bytes) -> bool:
    """Browsers name the origin of the page with every request that can change something."""
    origin = next((value for name, value in scope["headers"] if name == b"origin"), None)
    return origin is None or origin == scope["scheme"].encode() + b"://" + host


@lru_cache(maxsize=64)
def _is_ours(host: bytes) -> bool:
    try:
        return urlsplit(f"//{host.decode('latin-1')}").hostname in LOOPBACK_HOSTS
    except ValueError:  # half of an IPv6 address
        return False


def _add_headers(message: Message) -> None:
    headers = [*message["headers"], *_HEADERS]
    if all(name != _CACHE_CONTROL for name, _ in headers):
        headers.append((_CACHE_CONTROL, b"no-store"))
    message["headers"] = headers
