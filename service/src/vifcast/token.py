"""``Token``: what a program or a person that may ask the API shows instead of a password."""

import datetime as dt
import hashlib
import hmac
import secrets
from enum import StrEnum

from msgspec import Struct

# So that people, and programs that look for secrets in sources, see what it is.
_PREFIX = "vfc"
_ID_BYTES = 6
_SECRET_BYTES = 32


class Role(StrEnum):
    """Keystone's names; each includes those before it."""

    READER = "reader"
    MEMBER = "member"
    ADMIN = "admin"


class Token(Struct, frozen=True, gc=False, kw_only=True):
    """All of a token but its secret, of which only a digest is known.

    ``project_id`` is the project whose NICs it may see; None: the whole system's. Without
    ``expires_at`` it ends when it is revoked. ``last_used_at`` is right to a minute.
    """

    id: str
    name: str
    role: Role
    project_id: str | None
    created_at: dt.datetime
    expires_at: dt.datetime | None
    revoked_at: dt.datetime | None = None
    last_used_at: dt.datetime | None = None
    secret_sha256: str

    def refusal(self, secret: str, now: dt.datetime) -> str | None:
        """Why it does not let in whoever has this secret; None: it does.

        The secret has 256 random bits, so one SHA-256 of it cannot be guessed back, and a slow
        hash would add nothing. The comparison takes as long wherever they differ.
        """
        if not hmac.compare_digest(digest(secret), self.secret_sha256):
            return "is unknown"
        if self.revoked_at is not None:
            return "is revoked"
        if self.expires_at is not None and self.expires_at <= now:
            return "has expired"
        return None


def new_token(
    name: str,
    role: Role,
    project_id: str | None,
    created_at: dt.datetime,
    expires_at: dt.datetime | None,
) -> tuple[Token, str]:
    """A token, and the text that its owner shows: the only time that it is known."""
    token_id, secret = secrets.token_hex(_ID_BYTES), secrets.token_urlsafe(_SECRET_BYTES)
    token = Token(
        id=token_id,
        name=name,
        role=role,
        project_id=project_id,
        created_at=created_at,
        expires_at=expires_at,
        secret_sha256=digest(secret),
    )
    return token, f"{_PREFIX}_{token_id}_{secret}"


def read_text(text: str) -> tuple[str, str] | None:
    """The id and the secret in a token's text; None where it is none of ours."""
    prefix, _, rest = text.partition("_")
    token_id, _, secret = rest.partition("_")
    if prefix != _PREFIX or not token_id or not secret or not text.isascii():
        return None
    return token_id, secret


def digest(secret: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()
