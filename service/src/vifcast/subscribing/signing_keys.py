"""Secrets that sign deliveries, as Standard Webhooks writes them."""

import base64
import datetime as dt
import secrets

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace

from vifcast.subscription.secrets import SignatureKind, SigningSecret

_BYTES = 32
_PREFIXES = {SignatureKind.HMAC: "whsec_", SignatureKind.ED25519: "whsk_"}
_PUBLIC = "whpk_"
# Each is one signature more in a header.
_MAX_OLD = 4


def new_secret(kind: SignatureKind, now: dt.datetime) -> SigningSecret:
    """A secret of 256 random bits."""
    text = _PREFIXES[kind] + base64.b64encode(secrets.token_bytes(_BYTES)).decode()
    return SigningSecret(kind=kind, secret=text, created_at=now)


def shared(secret: SigningSecret) -> str | None:
    """What the receiver has to be given in secret; None where it needs the public key alone."""
    return secret.secret if secret.kind is SignatureKind.HMAC else None


def public_key(secret: SigningSecret) -> str | None:
    """``whpk_…``, which verifies; None where that needs the secret itself."""
    if secret.kind is not SignatureKind.ED25519:
        return None
    seed = base64.b64decode(secret.secret.removeprefix(_PREFIXES[secret.kind]))
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key()
    return _PUBLIC + base64.b64encode(public.public_bytes_raw()).decode()


def rotated(
    old: tuple[SigningSecret, ...], new: SigningSecret, now: dt.datetime, overlap: dt.timedelta
) -> tuple[SigningSecret, ...]:
    """The new one first, and those of the old ones that go on signing for a while."""
    ends_at = now + overlap
    kept = []
    for each in old:
        until = ends_at if each.expires_at is None else min(each.expires_at, ends_at)
        if until > now:
            kept.append(replace(each, expires_at=until))
    return (new, *kept[:_MAX_OLD])


def active(known: tuple[SigningSecret, ...], now: dt.datetime) -> list[SigningSecret]:
    """Those that sign now."""
    return [each for each in known if each.expires_at is None or each.expires_at > now]
