"""``StaticTokens``: finds who asks by a token that ``vifcast token create`` made."""

import base64
import binascii
import datetime as dt
import logging
import time
from collections import OrderedDict
from collections.abc import Mapping

from vifcast import times
from vifcast.errors import StoreError
from vifcast.identity.asked import Asked
from vifcast.identity.caller import Caller, of_token
from vifcast.identity.refusal import Refusal
from vifcast.repeats import Repeats
from vifcast.store import Store
from vifcast.token import Token, digest, read_text

LOG = logging.getLogger(__name__)

# How long a token that was revoked meanwhile still lets in.
_KEEP_S = 5.0
_KEEP = 1000
_NOTE_USE_EVERY = dt.timedelta(minutes=1)

_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="vifcast", Basic realm="vifcast"'}


class StaticTokens:
    """Called from several threads; a token that is found is remembered for five seconds."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._repeats = Repeats()
        self._known: OrderedDict[str, tuple[float, Token]] = OrderedDict()

    def remembered(self, asked: Asked) -> Caller | None:
        """Who asks, where that needs no look into the store."""
        text = shown_token(asked.headers)
        entry = self._known.get(digest(text)) if text is not None else None
        if entry is None or entry[0] < time.monotonic():
            return None
        token = entry[1]
        if token.expires_at is not None and token.expires_at <= times.now():
            return None
        return of_token(token)

    def find(self, asked: Asked) -> Caller | Refusal:
        """Who asks. Raises StoreError.

        ``Authorization: Bearer``, ``X-Auth-Token`` as OpenStack's clients send it, or, for
        browsers, HTTP Basic with the token as password.
        """
        text = shown_token(asked.headers)
        if text is None:
            return _refused(
                "no token was sent; send one of vifcast token create as Authorization: Bearer TOKEN"
            )
        parts = read_text(text)
        token = self._store.token(parts[0]) if parts else None
        if parts is None or token is None:
            return _refused("the token is unknown; vifcast token list shows which exist")
        now = times.now()
        if why := token.refusal(parts[1], now):
            return _refused(f"the token {why}; vifcast token create makes another")
        self._remember(text, token)
        self._note_use(token, now)
        return of_token(token)

    def _remember(self, text: str, token: Token) -> None:
        self._known[digest(text)] = (time.monotonic() + _KEEP_S, token)
        while len(self._known) > _KEEP:
            try:
                self._known.popitem(last=False)
            except KeyError:  # another thread took the last
                break

    def _note_use(self, token: Token, now: dt.datetime) -> None:
        if token.last_used_at is not None and now - token.last_used_at < _NOTE_USE_EVERY:
            return
        try:
            self._store.token_used(token.id, now)
        except StoreError as error:
            # Whoever may read is answered, also from a database that cannot be written now.
            if self._repeats.is_new(str(error)):
                LOG.warning("cannot note that token %s was used: %s", token.id, error)


def shown_token(headers: Mapping[str, str]) -> str | None:
    """The token in a request's headers, whose names are in lower case; None: there is none."""
    if found := headers.get("x-auth-token", "").strip():
        return found
    scheme, _, value = headers.get("authorization", "").strip().partition(" ")
    value = value.strip()
    if scheme.lower() == "bearer":
        return value or None
    if scheme.lower() == "basic":
        try:
            pair = base64.b64decode(value, validate=True).decode("ascii")
        except (binascii.Error, ValueError):
            return None
        return pair.partition(":")[2] or None
    return None


def _refused(detail: str) -> Refusal:
    return Refusal(401, "not_authenticated", detail, _CHALLENGE)
