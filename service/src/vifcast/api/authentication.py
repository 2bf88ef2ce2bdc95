"""Finds who asks before anything else is done, and refuses whom nobody knows."""

from typing import Annotated, Any

from fastapi import Depends, Request, Security
from fastapi.security import APIKeyHeader, HTTPBearer
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Receive, Scope, Send

from vifcast.api.problems import STORE_UNAVAILABLE, log_store_error, problem
from vifcast.errors import StoreError
from vifcast.identity.asked import Asked, Authenticator
from vifcast.identity.caller import Caller
from vifcast.identity.refusal import Refusal
from vifcast.identity.static_tokens import shown_token
from vifcast.metrics import Metrics

CALLER = "vifcast.caller"
_ASKED = "vifcast.asked"

# Answers to these hold nothing of the cloud.
_OPEN_TO_ALL = frozenset(
    {"/", "/v1", "/v1/", "/openapi.json", "/healthz", "/readyz", "/v1/schemas"}
)
_FILES = ("/ui/static/", "/v1/schemas/")
# What whoever is not signed in sees of the pages.
_BEFORE_SIGN_IN = frozenset({"/ui/sign-in", "/ui/sign-out", "/ui/language"})


class Authentication:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp, authenticator: Authenticator, metrics: Metrics) -> None:
        self._app = app
        self._authenticator = authenticator
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or pass on with the caller in the scope."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        asked = _asked(scope)
        is_open = _is_open(asked.path)
        found: Caller | Refusal | None = self._authenticator.remembered(asked)
        if found is None and not (is_open and shown_token(asked.headers) is None):
            try:
                found = await run_in_threadpool(self._authenticator.find, asked)
            except StoreError as error:
                # Whose token it is nobody knows now.
                log_store_error(error)
                found = Refusal(503, StoreError.code, STORE_UNAVAILABLE)
            if is_open and isinstance(found, Refusal):
                found = None
        app: Any = self._app
        if isinstance(found, Refusal):
            self._metrics.authentication_failures.labels(found.code).inc()
            app = problem(found.status, found.code, found.detail, headers=dict(found.headers))
        else:
            scope[CALLER], scope[_ASKED] = found, asked
        await app(scope, receive, send)


def caller_of(scope: Scope) -> Caller:
    """Who sent it; for paths that are not open to all."""
    found: Caller = scope[CALLER]
    return found


def _caller_of(request: Request) -> Caller:
    return caller_of(request.scope)


def asked_of(request: Request) -> Asked:
    """By what the caller was found, for who has to find out again."""
    found: Asked = request.scope[_ASKED]
    return found


def _maybe_caller_of(request: Request) -> Caller | None:
    """Who sent it, if that is known; for paths that are open to all."""
    found: Caller | None = request.scope[CALLER]
    return found


# For the OpenAPI document; the middleware reads the headers.
SHOWN_BY = [
    Security(HTTPBearer(auto_error=False, description="A token of `vifcast token create`.")),
    Security(
        APIKeyHeader(
            name="X-Auth-Token", auto_error=False, description="A token of Keystone, or the same."
        )
    ),
]

AsCaller = Annotated[Caller, Depends(_caller_of)]
MaybeCaller = Annotated[Caller | None, Depends(_maybe_caller_of)]


def _is_open(path: str) -> bool:
    return path in _OPEN_TO_ALL | _BEFORE_SIGN_IN or path.startswith(_FILES)


def _asked(scope: Scope) -> Asked:
    headers: dict[str, str] = {}
    for name, value in scope["headers"]:
        headers.setdefault(name.decode("latin-1"), value.decode("latin-1"))
    client = scope.get("client")
    # Without a proxy's prefix: access rules of application credentials are the same with any proxy.
    path = scope["path"].removeprefix(scope.get("root_path", ""))
    return Asked(scope["method"], path, headers, client[0] if client else "")
