"""Cookies of a request, and those that a response sets (RFC 6265)."""

from collections.abc import Iterable

Cookies = dict[str, str]


def read(headers: Iterable[tuple[bytes, bytes]]) -> Cookies:
    """By name, of the raw headers of a request; of two of one name the first, as RFC 6265 wants."""
    found: Cookies = {}
    for name, value in headers:
        if name == b"cookie":
            for pair in value.decode("latin-1").split(";"):
                key, _, text = pair.strip().partition("=")
                found.setdefault(key, text)
    return found


def written(name: str, value: str, *, path: str, is_secure: bool, age_s: int | None = None) -> str:
    """A ``Set-Cookie`` that no script reads, and that no form of another site sends along.

    ``value`` is of letters, digits, ``-`` and ``_``. ``age_s`` is how long the browser keeps it:
    until it is closed, if None.
    """
    parts = [f"{name}={value}", f"Path={path}", "HttpOnly", "SameSite=Lax"]
    if is_secure:
        parts.append("Secure")
    if age_s is not None:
        parts.append(f"Max-Age={age_s}")
    return "; ".join(parts)
