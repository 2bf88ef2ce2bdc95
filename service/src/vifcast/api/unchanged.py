"""``ETag``, and 304 where the asker has that answer already (RFC 9110, 8.8.3 and 13.1.2).

The answer is made all the same: what is saved is sending it. The tag is weak, because
compression gives the same answer other bytes.
"""

from hashlib import blake2b

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_OK = 200
_NOT_MODIFIED = 304
_PATHS = "/v1/"
_IF_NONE_MATCH = b"if-none-match"


class Unchanged:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on; answers to GET below /v1 that are sent in one piece get a tag."""
        if scope["type"] != "http" or scope["method"] != "GET" or not _is_ours(scope):
            await self._app(scope, receive, send)
            return
        start: Message | None = None

        async def send_tagged(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                if message["status"] == _OK:
                    start = message
                    return
            elif start is not None:
                begun, start = start, None
                if not message.get("more_body", False):
                    begun, message = _tagged(scope, begun, message)
                await send(begun)
            await send(message)

        await self._app(scope, receive, send_tagged)


def _is_ours(scope: Scope) -> bool:
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", "")).startswith(_PATHS)


def _tagged(scope: Scope, start: Message, message: Message) -> tuple[Message, Message]:
    tag = f'W/"{blake2b(message["body"], digest_size=16).hexdigest()}"'
    headers = MutableHeaders(raw=list(start["headers"]))
    headers["etag"] = tag
    # It may be kept, but not used without asking; and by nobody else.
    headers["cache-control"] = "private, no-cache"
    if not _has(scope, tag):
        return {**start, "headers": headers.raw}, message
    del headers["content-length"]
    del headers["content-type"]
    return {**start, "status": _NOT_MODIFIED, "headers": headers.raw}, {**message, "body": b""}


def _has(scope: Scope, tag: str) -> bool:
    sent = [value.decode("latin-1") for name, value in scope["headers"] if name == _IF_NONE_MATCH]
    known = {each.strip().removeprefix("W/") for value in sent for each in value.split(",")}
    return "*" in known or tag.removeprefix("W/") in known
