"""``AccessTokens``: OAuth2 client credentials (RFC 6749, 4.4), for receivers that want them."""

import asyncio
import base64
import re
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus, urlencode

import orjson

from vifcast.delivery.answer import Answer
from vifcast.delivery.receiver import Receiver
from vifcast.delivery.request import Request
from vifcast.subscription.secrets import OAuth2

# What a token may be long, with all that stands beside it.
KEEP_BYTES = 65536
# One without expires_in, and how long before its end one is not used any more.
_LIFETIME_S = 300.0
_MARGIN_S = 10.0
# A wrong secret is not tried with every delivery.
_FAILED_S = 5.0
_MAX_ERROR = 100
_TOKEN = re.compile(r"[!-~]+")

_Post = Callable[[str, Request, Receiver, int], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    fetched_at: float
    until: float


class NoTokenError(Exception):
    """Why there is none, without any secret."""


class AccessTokens:
    """Those of one process; used in one event loop. ``post`` is how their endpoints are asked."""

    def __init__(self, post: _Post) -> None:
        self._post = post
        self._known: dict[OAuth2, _Token] = {}
        self._failed: dict[OAuth2, tuple[float, str]] = {}
        self._locks: defaultdict[OAuth2, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def of(self, oauth2: OAuth2, receiver: Receiver) -> str:
        """A token that has not expired. Raises NoTokenError."""
        async with self._locks[oauth2]:
            known = self._known.get(oauth2)
            if known is not None and time.monotonic() < known.until:
                return known.text
            failed = self._failed.get(oauth2)
            if failed is not None and time.monotonic() < failed[0]:
                raise NoTokenError(failed[1])
            try:
                lifetime_s, token = await self._fetch(oauth2, receiver)
            except NoTokenError as error:
                self._failed[oauth2] = (time.monotonic() + _FAILED_S, str(error))
                raise
            now = time.monotonic()
            # Those of subscriptions that have changed are not asked for again.
            self._known = {key: each for key, each in self._known.items() if now < each.until}
            self._known[oauth2] = _Token(token, now, now + lifetime_s)
            return token

    def refused(self, oauth2: OAuth2, token: str, sent_at: float) -> bool:
        """The receiver does not take it; whether another is to be tried.

        Not where it was fetched for this very request, which began at ``sent_at``.
        """
        known = self._known.get(oauth2)
        if known is None or known.text != token:
            return True
        if known.fetched_at >= sent_at:
            return False
        del self._known[oauth2]
        return True

    async def _fetch(self, oauth2: OAuth2, receiver: Receiver) -> tuple[float, str]:
        form = {"grant_type": "client_credentials"}
        if oauth2.scope:
            form["scope"] = oauth2.scope
        # RFC 6749, 2.3.1: each is encoded as in a form, then both as HTTP Basic has it.
        login = f"{quote_plus(oauth2.client_id)}:{quote_plus(oauth2.client_secret)}"
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
            "Authorization": f"Basic {base64.b64encode(login.encode()).decode()}",
        }
        answer = await self._post(
            oauth2.token_url,
            Request("", headers, urlencode(form).encode()),
            Receiver(ssl_context=receiver.ssl_context),
            KEEP_BYTES,
        )
        said = _object(answer.body)
        if answer.error is not None:
            raise NoTokenError(
                f"no OAuth2 token was had from {_place(oauth2)}: {answer.error}{_said(said)}"
            )
        token, kind = said.get("access_token"), said.get("token_type", "Bearer")
        if not isinstance(token, str) or not _TOKEN.fullmatch(token):
            raise NoTokenError(
                f"no OAuth2 token was had from {_place(oauth2)}: its answer is no JSON object with "
                "an access_token; look whether oauth2.token_url is right"
            )
        if not isinstance(kind, str) or kind.lower() != "bearer":
            raise NoTokenError(
                f"the OAuth2 token of {_place(oauth2)} is of a kind other than Bearer, which "
                "vifcast cannot use"
            )
        return _lifetime_s(said.get("expires_in")), token


def _object(body: str | None) -> dict[str, Any]:
    try:
        # The carriage returns between its lines are replaced already in what is kept of an answer.
        found = orjson.loads((body or "").replace("\ufffd", " "))
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _said(said: dict[str, Any]) -> str:
    """The reason by its code (RFC 6749, section 5.2), which quotes nothing."""
    error = said.get("error")
    if not isinstance(error, str) or not error.replace("_", "").isalnum():
        return ""
    return f" ({error[:_MAX_ERROR]})"


def _lifetime_s(expires_in: object) -> float:
    try:
        lifetime_s = float(expires_in) if isinstance(expires_in, int | float | str) else _LIFETIME_S
    except ValueError:
        lifetime_s = _LIFETIME_S
    return max(lifetime_s - _MARGIN_S, lifetime_s / 2, 0.0)


def _place(oauth2: OAuth2) -> str:
    return oauth2.token_url.partition("?")[0]
