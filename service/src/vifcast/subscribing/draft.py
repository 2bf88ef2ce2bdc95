"""``Draft``: a subscription as somebody wants it, before it is checked."""

from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import asdict, replace

from vifcast.subscription.secrets import OAuth2, Secrets, SignatureKind
from vifcast.subscription.subscription import Format, Ordering, Subscription, Target

# Of a change: these are encrypted.
OF_SECRETS = frozenset({"headers", "client_certificate", "client_key", "ca_certificate", "oauth2"})


# What a receiver is shown, and nobody else.
_NO_CREDENTIALS: dict[str, Any] = {
    "headers": {},
    "oauth2": None,
    "client_certificate": None,
    "client_key": None,
}


class Draft(Struct, frozen=True, kw_only=True):
    """``password`` is that of an AMQP URL, apart from it once it is checked."""

    url: str
    target: Target = Target.WEBHOOK
    description: str = ""
    filter: str = ""
    format: Format = Format.CLOUDEVENTS
    ordering: Ordering = Ordering.INSTANCE
    rate_per_s: float | None = None
    settings: dict[str, str] = {}
    headers: dict[str, str] = {}
    client_certificate: str | None = None
    client_key: str | None = None
    ca_certificate: str | None = None
    oauth2: OAuth2 | None = None
    password: str | None = None
    signing: SignatureKind = SignatureKind.HMAC
    project_id: str | None = None


def draft_of(subscription: Subscription, secrets: Secrets) -> Draft:
    """The draft that a subscription would have been made of."""
    names = Draft.__struct_fields__
    known = asdict(subscription) | {name: getattr(secrets, name) for name in OF_SECRETS}
    given = {name: value for name, value in known.items() if name in names}
    return Draft(**given, password=secrets.password)


def changed(draft: Draft, changes: dict[str, Any]) -> Draft:
    """The draft with some of its fields replaced; null headers and settings are none."""
    given = {
        name: {} if value is None and name in ("headers", "settings") else value
        for name, value in changes.items()
    }
    if "url" in given:
        # A password is for one address; the new URL has its own.
        given["password"] = None
        if is_elsewhere(draft.url, given["url"]):
            # Whoever may change the URL must not have them sent to a receiver of its own.
            given = _NO_CREDENTIALS | given
    return replace(draft, **given)


def is_elsewhere(known: str, url: str) -> bool:
    """Whether the second URL has another scheme, host or port."""
    return _origin(known) != _origin(url)


def _origin(url: str) -> tuple[str, str]:
    """Scheme, host and port, as they are written."""
    try:
        found = urlsplit(url)
    except ValueError:
        # No URL at all, which is refused with the rest of the draft.
        return "", url
    return found.scheme, found.netloc.rpartition("@")[2].lower()
