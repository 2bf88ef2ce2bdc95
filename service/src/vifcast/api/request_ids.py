"""``X-Openstack-Request-Id``: every answer has one, and the log of its request, too."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vifcast.request_id import CURRENT, RequestId

HEADER = b"x-openstack-request-id"


class RequestIds:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on; what is logged meanwhile, in threads too, has the id."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        sent = next((value for name, value in scope["headers"] if name == HEADER), None)
        request_id = RequestId.new(None if sent is None else sent.decode("latin-1"))

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (HEADER, request_id.own.encode())]
            await send(message)

        token = CURRENT.set(request_id)
        try:
            await self._app(scope, receive, send_with_id)
        finally:
            CURRENT.reset(token)
