"""``Receiver``: what requests to one receiver have beside the message."""

import datetime as dt
import os
import ssl
import tempfile
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from vifcast.delivery.request import Request
from vifcast.delivery.signing import Signer
from vifcast.errors import InvalidValueError
from vifcast.secret_box import SecretBox
from vifcast.subscription.secrets import OAuth2, Secrets
from vifcast.subscription.subscription import Subscription


@dataclass(frozen=True, slots=True)
class Receiver:
    """``headers`` are sent with every request; what is ours wins over one of the same name.

    ``ssl_context`` is None for the certificate authorities of this host and no client certificate.
    ``password`` is that of a broker. ``signer`` is None where nothing is to be signed, and nothing
    has an id.
    """

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    ssl_context: ssl.SSLContext | None = None
    signer: Signer | None = None
    oauth2: OAuth2 | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)

    def headers_of(self, request: Request, now: dt.datetime) -> dict[str, str]:
        """The headers of one attempt."""
        signed = self.signer.headers(request.message_id, request.body, now) if self.signer else {}
        return {**request.headers, **signed}


ANY = Receiver()


class Receivers:
    """The receivers of subscriptions; each is opened once, until its subscription changes."""

    def __init__(self, box: Callable[[], SecretBox]) -> None:
        self._box = box
        self._known: dict[str, tuple[int, str | None, Receiver]] = {}

    def of(self, subscription: Subscription) -> Receiver:
        """Raises ConfigError or InvalidValueError where its secrets cannot be opened or used."""
        known = self._known.get(subscription.id)
        if known is not None and known[:2] == (subscription.revision, subscription.secrets):
            return known[2]
        sealed = subscription.secrets
        found = receiver_of(Secrets() if sealed is None else self._box().open(sealed))
        self._known[subscription.id] = (subscription.revision, sealed, found)
        return found

    def forget(self, but: Collection[str]) -> None:
        """Keep only the receivers of these subscriptions."""
        for each in self._known.keys() - set(but):
            del self._known[each]


def receiver_of(secrets: Secrets) -> Receiver:
    """Raises InvalidValueError where a certificate or a key cannot be used."""
    return Receiver(
        headers=dict(secrets.headers),
        ssl_context=_ssl_context(secrets),
        signer=Signer(secrets.signing),
        oauth2=secrets.oauth2,
        password=secrets.password,
    )


def _ssl_context(secrets: Secrets) -> ssl.SSLContext | None:
    """Verified, TLS 1.2 or later; an authority of its own stands in for those of this host."""
    if secrets.ca_certificate is None and secrets.client_certificate is None:
        return None
    try:
        context = ssl.create_default_context(cadata=secrets.ca_certificate)
    except (ssl.SSLError, ValueError) as error:
        raise InvalidValueError(
            f"the subscription's ca_certificate cannot be used: {_why(error)}"
        ) from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if secrets.client_certificate is not None:
        try:
            _load_chain(context, secrets.client_certificate, secrets.client_key or "")
        except (ssl.SSLError, ValueError) as error:
            raise InvalidValueError(
                f"the subscription's client_certificate and client_key cannot be used: "
                f"{_why(error)}"
            ) from None
    return context


def _load_chain(context: ssl.SSLContext, certificate: str, key: str) -> None:
    # ssl reads them from a file only. It can be read by nobody else, and is gone at once.
    handle, path = tempfile.mkstemp(prefix="vifcast-")
    try:
        with os.fdopen(handle, "w") as file:
            file.write(f"{key.strip()}\n{certificate.strip()}\n")
        # A key with a password would have OpenSSL ask for it on the terminal.
        context.load_cert_chain(path, password=lambda: "")
    finally:
        Path(path).unlink()


def _why(error: Exception) -> str:
    return getattr(error, "reason", None) or str(error) or type(error).__name__
