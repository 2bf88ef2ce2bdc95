"""``Webhooks``: sends requests over HTTP, and says what came of it."""

import asyncio
from types import TracebackType
from typing import Self

import aiohttp

from vifcast.delivery.answer import Answer
from vifcast.delivery.request import Request
from vifcast.delivery_settings import DeliverySettings
from vifcast.subscription.subscription import Subscription

_KEEP_BYTES = 4096
_FIRST_ERROR = 300


class Webhooks:
    """The connections of one process; used in one event loop."""

    def __init__(self, settings: DeliverySettings) -> None:
        self._settings = settings
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            timeout=aiohttp.ClientTimeout(
                total=self._settings.timeout_s, connect=self._settings.connect_timeout_s
            ),
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def send(self, subscription: Subscription, request: Request) -> Answer:
        """One attempt. Raises nothing that comes from the receiver or the way there."""
        if self._session is None:
            raise RuntimeError("enter it first")
        try:
            async with self._session.post(
                subscription.url,
                data=request.body,
                headers=request.headers,
                allow_redirects=False,
            ) as response:
                body = await response.content.read(_KEEP_BYTES)
                error = (
                    None
                    if response.status < _FIRST_ERROR
                    else f"the receiver answers {response.status} {response.reason or ''}".strip()
                )
                return Answer(response.status, error, body.decode(errors="replace"))
        except TimeoutError:
            return Answer(None, f"no answer within {self._settings.timeout_s:g} s")
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return Answer(None, str(error) or type(error).__name__)
        except asyncio.CancelledError:
            raise
