"""The address and the token of an API, as a person gave them."""

import ipaddress
from urllib.parse import urlsplit

from vifcast.errors import InvalidValueError

_VERSION = "/v1"


def base_url(text: str) -> str:
    """The address below which ``/v1`` is; raises InvalidValueError.

    The catalogue's may name the version, and a person may have copied it from there.
    """
    try:
        parts = urlsplit(text.strip())
        is_whole = parts.scheme in {"http", "https"} and bool(parts.hostname)
        _ = parts.port
    except ValueError:
        is_whole = False
    if not is_whole:
        raise InvalidValueError(
            f"{text[:200]!r} is not the address of an API; write it like "
            "https://vifcast.example:8733"
        )
    if parts.username is not None or parts.password is not None:
        raise InvalidValueError(
            "the address of the API has a user or password in it; leave them out, and give the "
            "token apart"
        )
    if parts.query or parts.fragment:
        raise InvalidValueError(
            f"the address of the API, {text[:200]}, has a ? or # in it; leave out what begins there"
        )
    return text.strip().rstrip("/").removesuffix(_VERSION).rstrip("/")


def is_open_road(url: str) -> bool:
    """Whether others on the way can read what is sent: no TLS, and not this machine."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        is_here = ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_here = host == "localhost"
    return parts.scheme == "http" and not is_here


def checked_token(text: str) -> str:
    """The token, fit for a header; raises InvalidValueError, which does not quote it."""
    token = text.strip()
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise InvalidValueError(
            "the token is empty, or has characters that no token has; give it as vifcast token "
            "create or openstack token issue printed it, on one line"
        )
    return token
