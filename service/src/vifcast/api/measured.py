"""Counts requests and how long they take, by route."""

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vifcast.metrics import Metrics

# Of requests that no route takes: their paths are whatever anybody sends.
_NO_ROUTE = "none"
_FAILED = 500


class Measured:
    """ASGI middleware; around everything that may answer."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, and count what came of it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = _FAILED
        began = time.perf_counter()

        async def send_noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, send_noted)
        finally:
            route = getattr(scope.get("route"), "path", None) or _NO_ROUTE
            self._metrics.requests.labels(route, status).inc()
            self._metrics.request_seconds.labels(route).observe(time.perf_counter() - began)
