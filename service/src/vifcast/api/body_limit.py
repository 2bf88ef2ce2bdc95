"""Refuses long bodies before they are read: what is sent here is a few names."""

from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from vifcast.api.problems import problem

_MAX_BYTES = 65536
_BODILESS = {"GET", "HEAD", "OPTIONS"}


class BodyLimit:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, or refuse."""
        app: Any = self._app
        if scope["type"] == "http" and scope["method"] not in _BODILESS:
            headers = dict(scope["headers"])
            length = headers.get(b"content-length", b"0")
            if b"transfer-encoding" in headers:
                app = problem(411, "length_required", "send the body with its Content-Length")
            elif not length.isdigit() or int(length) > _MAX_BYTES:
                app = problem(
                    413, "body_too_long", f"the body is longer than {_MAX_BYTES} bytes; send less"
                )
        await app(scope, receive, send)
