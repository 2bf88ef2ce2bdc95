"""``Sessions``: who is signed in, kept in the database so that every API process knows.

A session holds a token, which is a secret: it is encrypted with a key that only the browser has, in
its cookie. Whoever reads the database alone learns neither.
"""

import base64
import datetime as dt
import hashlib
import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import msgspec
from cryptography.fernet import Fernet, InvalidToken

from vifcast import times
from vifcast.errors import StoreError
from vifcast.repeats import Repeats
from vifcast.store import Store, WebSessions
from vifcast.web_session import WebSession

LOG = logging.getLogger(__name__)

# How precisely the last use is known; each request would be a write otherwise.
_NOTE_USE_EVERY = dt.timedelta(seconds=60)


class _Sealed(msgspec.Struct, frozen=True):
    token: str
    name: str


@dataclass(frozen=True, slots=True)
class Session:
    """``token`` is what its browser showed, or what Keystone gave for it."""

    token: str
    name: str


class Sessions:
    """``idle``: how long one lives unused; ``longest``: however much it is used."""

    def __init__(self, store: Store, idle: dt.timedelta, longest: dt.timedelta) -> None:
        self._kept = WebSessions(store)
        self._idle = idle
        self._longest = longest
        # A database that cannot be written, or is slow to, keeps nobody from reading.
        self._noting = ThreadPoolExecutor(1, "vifcast-web-sessions")
        self._noted: set[str] = set()
        self._repeats = Repeats()

    def open(self, secret: str, session: Session) -> None:
        """Keep a new one, and forget those that have ended. Raises StoreError."""
        now = times.now()
        content = msgspec.json.encode(_Sealed(session.token, session.name))
        self._kept.forget_ended(used_before=now - self._idle, created_before=now - self._longest)
        self._kept.add(
            WebSession(
                id=_digest(secret),
                sealed=_box(secret).encrypt(content).decode(),
                created_at=now,
                seen_at=now,
            )
        )

    def find(self, secret: str, *, is_use: bool = True) -> Session | None:
        """The one of a browser, unless it has ended. Raises StoreError.

        ``is_use``: whether a person did something, and not a page that was left open.
        """
        now = times.now()
        kept = self._kept.get(_digest(secret))
        if kept is None or now - kept.seen_at > self._idle or now - kept.created_at > self._longest:
            return None
        try:
            content = msgspec.json.decode(_box(secret).decrypt(kept.sealed.encode()), type=_Sealed)
        except (InvalidToken, msgspec.DecodeError):
            return None
        if is_use and now - kept.seen_at > _NOTE_USE_EVERY:
            self._note_use(kept.id, now)
        return Session(content.token, content.name)

    def _note_use(self, session_id: str, now: dt.datetime) -> None:
        if session_id in self._noted:
            return
        self._noted.add(session_id)
        self._noting.submit(self._write_use, session_id, now)

    def _write_use(self, session_id: str, now: dt.datetime) -> None:
        try:
            self._kept.used(session_id, now)
        except StoreError as error:
            if self._repeats.is_new(str(error)):
                LOG.warning("cannot note that a browser's session was used: %s", error)
        finally:
            self._noted.discard(session_id)

    def close(self, secret: str) -> None:
        """End the one of a browser. Raises StoreError."""
        self._kept.remove(_digest(secret))


def _digest(secret: str) -> str:
    return hashlib.sha256(b"vifcast session id " + secret.encode()).hexdigest()


def _box(secret: str) -> Fernet:
    # The secret has 256 random bits: a digest of it is a key, no slow derivation is needed.
    key = hashlib.sha256(b"vifcast session key " + secret.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))
