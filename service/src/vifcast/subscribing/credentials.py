"""Certificates and keys for a receiver, as PEM."""

import datetime as dt

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

from vifcast.errors import InvalidValueError

_LAST = "-----END CERTIFICATE-----"


def check_client_certificate(certificate: str | None, key: str | None, now: dt.datetime) -> None:
    """Whether they are a certificate and its key, or both none. Raises InvalidValueError."""
    if certificate is None and key is None:
        return
    if certificate is None or key is None:
        have, lack = "client_certificate", "client_key"
        if certificate is None:
            have, lack = lack, have
        raise InvalidValueError(f"{have} is given without {lack}; give both, or neither")
    first = _certificates("client_certificate", certificate, now)[0]
    try:
        loaded = load_pem_private_key(key.encode(), password=None)
    except TypeError:
        raise InvalidValueError(
            "client_key is encrypted with a password; give it without (openssl pkey -in KEY)"
        ) from None
    except (ValueError, UnsupportedAlgorithm):
        raise InvalidValueError(
            "client_key is no private key in PEM; it begins with -----BEGIN PRIVATE KEY----- or "
            "the like"
        ) from None
    of_key, of_certificate = (
        each.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        for each in (loaded.public_key(), first.public_key())
    )
    if of_key != of_certificate:
        raise InvalidValueError(
            "client_key is not the key of client_certificate; the certificate of the client comes "
            "first in it, those of its authorities behind"
        )


def check_ca_certificate(certificates: str | None, now: dt.datetime) -> None:
    """Whether they are certificates. Raises InvalidValueError."""
    if certificates is not None:
        _certificates("ca_certificate", certificates, now)


def _certificates(named: str, text: str, now: dt.datetime) -> list[x509.Certificate]:
    try:
        found = x509.load_pem_x509_certificates(text.encode())
    except ValueError:
        found = []
    if not found or len(found) != text.count(_LAST):
        raise InvalidValueError(
            f"{named} is no certificate in PEM; it begins with -----BEGIN CERTIFICATE----- and "
            f"ends with {_LAST}"
        )
    until = found[0].not_valid_after_utc
    if until < now:
        raise InvalidValueError(
            f"{named} has been valid until {until:%Y-%m-%d}; give one that is valid"
        )
    return found
