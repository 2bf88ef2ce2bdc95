"""URLs that deliveries are sent to."""

import socket
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

from vifcast.errors import InvalidValueError

MAX_LENGTH = 2048

_HTTP = ("http", "https")
_AMQP = ("amqp", "amqps")


def checked_http_url(text: str, named: str = "url") -> str:
    """The URL of a receiver. Raises InvalidValueError, which does not quote what may be secret."""
    parts = _split(text, named, _HTTP, "https://cmp.example.org/hooks/nic")
    if "@" in parts.netloc:
        raise InvalidValueError(
            f"{named} has a user or a password in it; leave them out, and give the receiver's "
            "credentials as a header, as a client certificate or as oauth2"
        )
    if parts.fragment or text.endswith("#"):
        raise InvalidValueError(f"{named} has a # in it, which is never sent; leave it out")
    return text


def checked_amqp_url(text: str, named: str = "url") -> tuple[str, str | None]:
    """The URL of a broker without its password, and the password. Raises InvalidValueError."""
    parts = _split(text, named, _AMQP, "amqps://USER:PASSWORD@rabbit.example.org:5671/VHOST")
    if parts.query or parts.fragment:
        raise InvalidValueError(f"{named} of a broker has no ? and no #; leave out what is behind")
    user, at, place = parts.netloc.rpartition("@")
    name, has_password, password = user.partition(":")
    bare = urlunsplit(parts._replace(netloc=f"{name}{at}{place}"))
    return bare, unquote(password) if has_password else None


def _split(text: str, named: str, schemes: tuple[str, ...], example: str) -> SplitResult:
    if not text or len(text) > MAX_LENGTH:
        raise InvalidValueError(f"{named} must have 1 to {MAX_LENGTH} characters, not {len(text)}")
    if not text.isascii() or not text.isprintable() or " " in text:
        raise InvalidValueError(
            f"{named} has a blank, a control character or a letter outside of ASCII; write them "
            "as %20, and a name of other letters as xn--…"
        )
    try:
        parts = urlsplit(text)
        is_whole = parts.scheme in schemes and bool(parts.hostname)
        # 0 is no port that anything listens on.
        is_whole = is_whole and parts.port != 0
    except ValueError:
        is_whole = False
    if not is_whole:
        kinds = " or ".join(f"{scheme}://" for scheme in schemes)
        raise InvalidValueError(
            f"{named} must begin with {kinds} and a host, and its port be 1 to 65535, as in "
            f"{example}"
        )
    _check_host(parts.hostname or "", named)
    return parts


def _check_host(host: str, named: str) -> None:
    name = host.removesuffix(".")
    if not name or "" in name.split("."):
        raise InvalidValueError(f"{named}: its host has no name between two full stops")
    if name != host and _is_address(name):
        raise InvalidValueError(f"{named} has a full stop behind its address; leave it out")


def _is_address(host: str) -> bool:
    """Also in the spellings that only the C library reads, such as 0x7f.1."""
    try:
        socket.inet_aton(host)
    except OSError:
        return False
    return True
