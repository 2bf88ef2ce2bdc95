"""``Sending``: sends messages to the receiver of a subscription, once."""

import time
from collections.abc import Sequence
from dataclasses import replace
from http import HTTPStatus

from vifcast.delivery.access_tokens import AccessTokens, NoTokenError
from vifcast.delivery.answer import Answer
from vifcast.delivery.formats import request_of
from vifcast.delivery.receiver import Receiver, Receivers
from vifcast.delivery.request import Request
from vifcast.delivery.visible import Visibility
from vifcast.delivery.webhooks import Webhooks
from vifcast.errors import ConfigError, InvalidValueError
from vifcast.identity.policy import View
from vifcast.subscription.message import Message
from vifcast.subscription.secrets import OAuth2
from vifcast.subscription.subscription import Subscription


class Sending:
    """What an attempt is made of: format, what may be seen, secrets, and HTTP."""

    def __init__(self, visibility: Visibility, receivers: Receivers, webhooks: Webhooks) -> None:
        self._visibility = visibility
        self._receivers = receivers
        self._webhooks = webhooks
        self._tokens = AccessTokens(
            lambda url, request, receiver, keep_bytes: webhooks.send(
                url, request, receiver, keep_bytes=keep_bytes
            )
        )

    def view(self, subscription: Subscription, message: Message) -> View:
        """What of the message the subscription gets. Raises UnsendableError: nothing."""
        return self._visibility.view(subscription, message)

    async def send(
        self,
        subscription: Subscription,
        messages: Sequence[Message],
        view: View,
        *,
        replay_id: int | None = None,
    ) -> Answer:
        """One attempt, of several messages if the format takes them in one request.

        Raises UnsendableError where the format has no form for a message, and nothing that
        comes from the receiver or the way there.
        """
        request = request_of(subscription, messages, view, replay_id=replay_id)
        return await self.send_request(subscription, request)

    async def send_request(self, subscription: Subscription, request: Request) -> Answer:
        """One attempt of what is in its format already."""
        try:
            receiver = self._receivers.of(subscription)
        except (ConfigError, InvalidValueError) as error:
            return Answer(None, str(error))
        if receiver.oauth2 is None:
            return await self._webhooks.send(subscription.url, request, receiver)
        try:
            return await self._send_with_token(subscription.url, request, receiver, receiver.oauth2)
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
