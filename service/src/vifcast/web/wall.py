"""Lets browsers in by their session, and sends those without one to the sign-in page.

What is behind it is the same as for every other program: the session's token becomes the header
that the API reads, so that each page and each action is decided by the same policy. The cookie
means something below ``/ui/`` only; ``/v1/`` does not read it, so no form of another site can
reach that with it.
"""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vifcast.api.problems import MEDIA_TYPE, log_store_error
from vifcast.errors import StoreError
from vifcast.web import browser, cookies
from vifcast.web.browser import Browser
from vifcast.web.sessions import Sessions

_PAGES = "/ui/"
_FILES = "/ui/static/"
SIGN_IN = "/ui/sign-in"
_UNAUTHORIZED = 401
_TOKEN_HEADERS = (b"x-auth-token", b"authorization")

ShowProblem = Callable[[Request, int, str], HTMLResponse]


class Wall:
    """ASGI middleware, around the authentication; ``sessions`` is None without sign-in."""

    def __init__(self, app: ASGIApp, sessions: Sessions | None, show: ShowProblem) -> None:
        self._app = app
        self._sessions = sessions
        self._show = show

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on with the session's token; what is refused behind becomes a page."""
        root = scope.get("root_path", "")
        path = scope["path"].removeprefix(root) if scope["type"] == "http" else ""
        if not path.startswith(_PAGES) or path.startswith(_FILES):
            await self._app(scope, receive, send)
            return
        sent = cookies.read(scope["headers"]).get(browser.COOKIE, "")
        found = Browser(sent or browser.new_secret())
        browser.put(scope, found)
        if sent and self._sessions is not None:
            try:
                session = await run_in_threadpool(self._sessions.find, sent)
            except StoreError as error:
                log_store_error(error)
                await self._problem(scope, 503, str(error))(scope, receive, send)
                return
            if session is not None:
                browser.put(scope, Browser(sent, session.name))
                _show_token(scope, session.token)
        await self._app(scope, receive, self._translated(scope, send, is_new=not sent))

    def _translated(self, scope: Scope, send: Send, *, is_new: bool) -> Send:
        """Sends on; problems of the API become pages, and a new browser gets its cookie."""
        start: Message | None = None
        body = b""

        async def send_on(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=list(message["headers"]))
                if is_new and not headers.get("set-cookie"):
                    headers.append("set-cookie", cookie_of(scope, browser_of(scope)).decode())
                message = {**message, "headers": headers.raw}
                if headers.get("content-type") == MEDIA_TYPE:
                    start = message
                    return
            elif start is not None:
                body += message.get("body", b"")
                if message.get("more_body", False):
                    return
                begun, start = start, None
                response = self._answer(scope, begun["status"], json.loads(body)["detail"])
                kept = [each for each in begun["headers"] if each[0] in (b"set-cookie",)]
                response.raw_headers.extend(kept)
                await send(
                    {**begun, "status": response.status_code, "headers": response.raw_headers}
                )
                await send({"type": "http.response.body", "body": response.body})
                return
            await send(message)

        return send_on

    def _answer(self, scope: Scope, status: int, detail: str) -> Response:
        if status != _UNAUTHORIZED:
            return self._problem(scope, status, detail)
        root = scope.get("root_path", "")
        # The mounted application has taken its own part of the path by now.
        root = root.removesuffix("/ui")
        if any(name == b"hx-request" for name, _ in scope["headers"]):
            # The whole page goes there, not the part that htmx would put into it.
            return Response(status_code=204, headers={"hx-redirect": f"{root}{SIGN_IN}"})
        to = scope["path"].removeprefix(root).removeprefix(_PAGES)
        query = scope["query_string"].decode("latin-1")
        wanted = f"{to}?{query}" if query else to
        location = f"{root}{SIGN_IN}"
        if wanted and scope["method"] == "GET":
            location += f"?{urlencode({'next': wanted})}"
        return Response(status_code=303, headers={"location": location})

    def _problem(self, scope: Scope, status: int, detail: str) -> HTMLResponse:
        return self._show(Request(_below(scope)), status, detail)


def browser_of(scope: Scope) -> Browser:
    """Whose request it is."""
    return browser.of(Request(scope))


def cookie_of(scope: Scope, found: Browser, age_s: int | None = None) -> bytes:
    """The ``Set-Cookie`` of a browser's secret, for our pages alone."""
    root = scope.get("root_path", "").removesuffix("/ui")
    return cookies.written(
        browser.COOKIE,
        found.secret,
        path=f"{root}{_PAGES}",
        is_secure=scope["scheme"] == "https",
        age_s=age_s,
    )


def _below(scope: Scope) -> dict[str, Any]:
    """The scope as the mounted application sees it, for links."""
    root = scope.get("root_path", "")
    return scope if root.endswith("/ui") else {**scope, "root_path": f"{root}/ui"}  # type: ignore[return-value]


def _show_token(scope: Scope, token: str) -> None:
    # The one of the session only: who shows both is not to be two callers.
    headers = [each for each in scope["headers"] if each[0] not in _TOKEN_HEADERS]
    scope["headers"] = [*headers, (b"x-auth-token", token.encode("latin-1"))]
