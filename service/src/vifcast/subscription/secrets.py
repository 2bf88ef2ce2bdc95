"""``Secrets``: what of a subscription nobody may read, in the database or anywhere else."""

import datetime as dt
from enum import StrEnum

from msgspec import Struct


class SignatureKind(StrEnum):
    """As Standard Webhooks names them: ``v1`` is HMAC-SHA256, ``v1a`` ed25519."""

    HMAC = "v1"
    ED25519 = "v1a"


class SigningSecret(Struct, frozen=True, kw_only=True):
    """``secret`` is ``whsec_`` and base64 for HMAC, ``whsk_`` and base64 (a seed) for ed25519.

    Of several, every one that has not expired signs. ``expires_at`` is None until it is rotated.
    """

    kind: SignatureKind
    secret: str
    created_at: dt.datetime
    expires_at: dt.datetime | None = None


class OAuth2(Struct, frozen=True, kw_only=True):
    """Client credentials (RFC 6749, section 4.4), sent to ``token_url``."""

    token_url: str
    client_id: str
    client_secret: str
    scope: str | None = None


class Secrets(Struct, frozen=True, kw_only=True):
    """``headers`` are sent as they are. Certificates and keys are PEM texts.

    ``password`` is that of the target's URL, which is kept without it.
    """

    signing: tuple[SigningSecret, ...] = ()
    headers: dict[str, str] = {}
    client_certificate: str | None = None
    client_key: str | None = None
    ca_certificate: str | None = None
    oauth2: OAuth2 | None = None
    password: str | None = None
