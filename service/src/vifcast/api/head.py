"""Serves HEAD wherever there is GET, because uptime probes send HEAD."""

from starlette.types import ASGIApp, Receive, Scope, Send

_IS_HEAD = "vifcast.is_head"


def is_head(scope: Scope) -> bool:
    """Whether nobody will get the body, which is better not made where it has no end."""
    return _IS_HEAD in scope


class HeadAsGet:
    """ASGI middleware: the application sees GET, the server still knows of HEAD.

    The server leaves the body away itself, as RFC 9110 wants it, and keeps its length.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, HEAD as GET."""
        if scope["type"] == "http" and scope["method"] == "HEAD":
            # A copy: by its own the server decides whether to send the body.
            scope = {**scope, "method": "GET", _IS_HEAD: True}
        await self._app(scope, receive, send)
