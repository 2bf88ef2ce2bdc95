"""Lets browsers in by their session, and sends those without one to the sign-in page.

What is behind it is the same as for every other program: the session's token becomes the header
that the API reads, so that each page and each action is decided by the same policy. The cookie
means something below ``/ui/`` only; ``/v1/`` does not read it, so no form of another site can
reach that with it.
"""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vifcast.api.problems import MEDIA_TYPE, STORE_UNAVAILABLE, log_store_error
from vifcast.errors import StoreError
from vifcast.web import browser, cookies
from vifcast.web.browser import Browser
from vifcast.web.sessions import Sessions

_BELOW = "/ui"
_PAGES = f"{_BELOW}/"
_FILES = f"{_PAGES}static/"
_SIGN_IN = "sign-in"
_BACKGROUND = b"x-background"
_HTMX = b"hx-request"
_PAGE_OF_PART = b"hx-current-url"
_TOKEN_HEADERS = frozenset({b"x-auth-token", b"authorization"})
_UNAUTHORIZED = 401
_UNAVAILABLE = 503

# Makes a page of a status and a sentence.
ShowProblem = Callable[[Request, int, str], Response]


class Wall:
    """ASGI middleware, around the authentication; ``sessions`` is None without sign-in."""

    def __init__(self, app: ASGIApp, sessions: Sessions | None, show: ShowProblem) -> None:
        self._app = app
        self._sessions = sessions
        self._show = show

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on with the session's token; what is refused behind becomes a page."""
        root: str = scope.get("root_path", "")
        path = scope["path"].removeprefix(root) if scope["type"] == "http" else ""
        if path == _BELOW:
            to = RedirectResponse(f"{root}{_PAGES}", 303)
            await to(scope, receive, send)
            return
        if not path.startswith(_PAGES) or path.startswith(_FILES):
            await self._app(scope, receive, send)
            return
        secret = cookies.read(scope["headers"]).get(browser.COOKIE, "")
        browser.put(scope, Browser(secret or browser.new_secret()))
        answer = _Answer(dict(scope), root, self._show, is_new=not secret)
        if secret and self._sessions is not None:
            try:
                session = await run_in_threadpool(
                    self._sessions.find, secret, is_use=not _has(scope, _BACKGROUND)
                )
            except StoreError as error:
                log_store_error(error)
                await answer.of(_UNAVAILABLE, STORE_UNAVAILABLE)(scope, receive, send)
                return
            if session is not None:
                browser.put(scope, Browser(secret, session.name))
                _show_token(scope, session.token)
        await self._app(scope, receive, answer.sending(send))


class _Answer:
    """What one browser is sent. ``asked`` is a copy: what is behind changes the scope."""

    def __init__(self, asked: Scope, root: str, show: ShowProblem, *, is_new: bool) -> None:
        self._asked = asked
        self._root = root
        self._show = show
        self._is_new = is_new

    def sending(self, send: Send) -> Send:
        """Sends on; problems of the API become pages, and a new browser gets its cookie."""
        start: Message | None = None
        body = b""

        async def send_on(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=list(message["headers"]))
                if self._is_new and "set-cookie" not in headers:
                    headers.append("set-cookie", cookie_of(self._asked, self._root))
                message = {**message, "headers": headers.raw}
                if headers.get("content-type") == MEDIA_TYPE:
                    start = message
                    return
            elif start is not None:
                body += message.get("body", b"")
                if not message.get("more_body", False):
                    await self._send_page(start, json.loads(body)["detail"], send)
                return
            await send(message)

        return send_on

    async def _send_page(self, start: Message, detail: str, send: Send) -> None:
        response = self.of(start["status"], detail)
        kept = [each for each in start["headers"] if each[0] in {b"set-cookie", b"retry-after"}]
        headers = [*response.raw_headers, *kept]
        await send({**start, "status": response.status_code, "headers": headers})
        await send({"type": "http.response.body", "body": response.body})

    def of(self, status: int, detail: str) -> Response:
        """The page in place of a problem."""
        if status == _UNAUTHORIZED:
            return self._to_sign_in()
        asked = {**self._asked, "root_path": f"{self._root}{_BELOW}"}
        return self._show(Request(asked), status, detail)

    def _to_sign_in(self) -> Response:
        place = f"{self._root}{_PAGES}{_SIGN_IN}"
        if wanted := self._page_of():
            place += f"?{urlencode({'next': wanted})}"
        if _has(self._asked, _HTMX):
            # The whole page goes there, not the part that htmx would put into it.
            return Response(status_code=204, headers={"hx-redirect": place})
        return Response(status_code=303, headers={"location": place})

    def _page_of(self) -> str:
        """Where the person was, below /ui/: of a form or a part, the page that it is on."""
        headers: dict[bytes, bytes] = dict(self._asked["headers"])
        on = headers.get(_PAGE_OF_PART, headers.get(b"referer", b"")).decode("latin-1")
        if self._asked["method"] == "GET" and not _has(self._asked, _HTMX):
            path, query = self._asked["path"], self._asked["query_string"].decode("latin-1")
        else:
            path, query = urlsplit(on).path, urlsplit(on).query
        below: str = path.removeprefix(self._root)
        if not below.startswith(_PAGES):
            return ""
        return below.removeprefix(_PAGES) + (f"?{query}" if query else "")


def cookie_of(scope: Scope, root: str, secret: str | None = None) -> str:
    """The ``Set-Cookie`` of a browser's secret, or of another one, for our pages alone.

    ``root`` is the path below which a proxy offers the API.
    """
    return cookies.written(
        browser.COOKIE,
        secret or browser.of(Request(scope)).secret,
        path=f"{root}{_PAGES}",
        is_secure=scope["scheme"] == "https",
    )


def root_of(scope: Scope) -> str:
    """The same, as a page sees it, which is behind the mount."""
    root: str = scope.get("root_path", "")
    return root.removesuffix(_BELOW)


def _has(scope: Scope, header: bytes) -> bool:
    return any(name == header for name, _ in scope["headers"])


def _show_token(scope: Scope, token: str) -> None:
    # The one of the session only: who shows both is not to be two callers.
    headers: list[Any] = [each for each in scope["headers"] if each[0] not in _TOKEN_HEADERS]
    scope["headers"] = [*headers, (b"x-auth-token", token.encode("latin-1"))]
