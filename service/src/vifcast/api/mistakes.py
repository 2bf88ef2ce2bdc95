"""Answers what no handler expected, and logs it with the id of its request.

FastAPI's own handler of it stands outside of every middleware, where no header is added.
"""

import logging

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vifcast.api.problems import our_mistake

LOG = logging.getLogger(__name__)


class Mistakes:
    """ASGI middleware, the innermost."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on."""
        has_begun = False

        async def send_noting(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._app(scope, receive, send_noting)
        except Exception as error:
            if has_begun or scope["type"] != "http":
                raise
            LOG.exception("%s %s failed", scope["method"], scope["path"])
            await our_mistake(scope["path"], error)(scope, receive, send)
