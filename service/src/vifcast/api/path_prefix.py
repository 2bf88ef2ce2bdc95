"""Serves below the path that a proxy offers, whether the proxy passes that on or not."""

from starlette.types import ASGIApp, Receive, Scope, Send


class PathPrefix:
    """ASGI middleware; ``prefix`` is empty or begins with a slash and does not end with one."""

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        self._app = app
        self._prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, with the prefix in the path: so the application takes it away."""
        if scope["type"] == "http" and self._prefix:
            path = scope["path"]
            if path != self._prefix and not path.startswith(f"{self._prefix}/"):
                path = self._prefix + path
            scope.update(path=path, root_path=self._prefix)
        await self._app(scope, receive, send)
