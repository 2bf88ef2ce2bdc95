"""``Sending``: sends requests, with an access token where the receiver wants one."""

import time
from dataclasses import replace
from http import HTTPStatus

from vifcast.delivery.access_tokens import AccessTokens, NoTokenError
from vifcast.delivery.answer import Answer
from vifcast.delivery.receiver import Receiver
from vifcast.delivery.request import Request
from vifcast.delivery.webhooks import Webhooks
from vifcast.subscription.secrets import OAuth2


class Sending:
    """Sends requests, with an OAuth2 token where the receiver wants one."""

    def __init__(self, webhooks: Webhooks) -> None:
        self._webhooks = webhooks
        self._tokens = AccessTokens(
            lambda url, request, receiver, keep_bytes: webhooks.send(
                url, request, receiver, keep_bytes=keep_bytes
            )
        )

    async def send(self, url: str, request: Request, receiver: Receiver) -> Answer:
        """One attempt. Raises nothing that comes from the receiver or the way there."""
        if receiver.oauth2 is None:
            return await self._webhooks.send(url, request, receiver)
        try:
            return await self._send_with_token(url, request, receiver, receiver.oauth2)
        except NoTokenError as error:
            return Answer(None, str(error))

    async def _send_with_token(
        self, url: str, request: Request, receiver: Receiver, oauth2: OAuth2
    ) -> Answer:
        began_at = time.monotonic()
        token = await self._tokens.of(oauth2, receiver)
        answer = await self._webhooks.send(url, request, _with(receiver, token))
        if answer.status_code == HTTPStatus.UNAUTHORIZED and self._tokens.refused(
            oauth2, token, began_at
        ):
            token = await self._tokens.of(oauth2, receiver)
            answer = await self._webhooks.send(url, request, _with(receiver, token))
        return answer


def _with(receiver: Receiver, token: str) -> Receiver:
    return replace(receiver, headers={**receiver.headers, "Authorization": f"Bearer {token}"})
