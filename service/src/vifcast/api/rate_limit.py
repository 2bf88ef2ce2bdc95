"""Limits how much a caller may ask for in a time, and says so in headers.

These are of draft-ietf-httpapi-ratelimit-headers: ``RateLimit-Policy`` is the limit,
``RateLimit`` what is left of it (``r``) and in how many seconds there is more (``t``). Each
process counts for itself.
"""

import time
from math import ceil
from typing import Any

from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vifcast.api.authentication import CALLER
from vifcast.api.problems import problem
from vifcast.api_settings import RateLimit

_POLICY = b"ratelimit-policy"
_LEFT = b"ratelimit"


class RateLimits:
    """ASGI middleware; comes after authentication. Requests of nobody are not counted."""

    def __init__(self, app: ASGIApp, limit: RateLimit) -> None:
        self._app = app
        self._item = RateLimitItemPerSecond(limit.requests, limit.window_s)
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._policy = f'"default";q={limit.requests};w={limit.window_s}'.encode()
        self._sentence = f"at most {limit.requests} requests in {limit.window_s} s"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, or refuse with 429."""
        caller = scope.get(CALLER)
        if scope["type"] != "http" or caller is None:
            await self._app(scope, receive, send)
            return
        is_allowed = self._limiter.hit(self._item, caller.name)
        stats = self._limiter.get_window_stats(self._item, caller.name)
        wait_s = max(1, ceil(stats.reset_time - time.time()))
        left = f'"default";r={max(0, stats.remaining)};t={wait_s}'.encode()

        async def send_counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                counted = [(_POLICY, self._policy), (_LEFT, left)]
                message["headers"] = [*message["headers"], *counted]
            await send(message)

        app: Any = self._app
        if not is_allowed:
            app = problem(
                429,
                "rate_limited",
                f"{caller.name} asks too often: {self._sentence}; ask again in {wait_s} s, for "
                "more items at once (limit), or follow new events with order=oldest_first",
                {"retry-after": str(wait_s)},
            )
        await app(scope, receive, send_counted)
