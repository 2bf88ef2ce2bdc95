"""Errors as OpenStack's clients read them, for requests with ``X-Auth-Token``.

keystoneauth takes the sentence of an error from ``error.message`` of a JSON body, and openstacksdk
too; both look only at the content type ``application/json``. The members of the problem stay.
"""

import json

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vifcast.api.problems import MEDIA_TYPE

_TOKEN = b"x-auth-token"


class KeystoneErrors:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, problems in the other form."""
        if scope["type"] != "http" or all(name != _TOKEN for name, _ in scope["headers"]):
            await self._app(scope, receive, send)
            return
        start: Message | None = None

        async def send_as_keystone_does(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                content_type = MutableHeaders(raw=message["headers"]).get("content-type", "")
                if content_type.startswith(MEDIA_TYPE):
                    # Problems are small, and sent at once.
                    start = message
                    return
            elif start is not None:
                message = {**message, "body": _with_error(message["body"])}
                headers = MutableHeaders(raw=list(start["headers"]))
                headers["content-type"] = "application/json"
                headers["content-length"] = str(len(message["body"]))
                await send({**start, "headers": headers.raw})
                start = None
            await send(message)

        await self._app(scope, receive, send_as_keystone_does)


def _with_error(body: bytes) -> bytes:
    found = json.loads(body)
    error = {"code": found["status"], "title": found["title"], "message": found["detail"]}
    return json.dumps(found | {"error": error}, ensure_ascii=False).encode()
