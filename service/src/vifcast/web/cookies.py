"""Cookies of a request, and those that a response sets."""

from collections.abc import Iterable
from http.cookies import Morsel, SimpleCookie

Cookies = dict[str, str]


def read(headers: Iterable[tuple[bytes, bytes]]) -> Cookies:
    """By name, of the raw headers of a request; what is no cookie is left out."""
    found: Cookies = {}
    for name, value in headers:
        if name == b"cookie":
            for pair in value.decode("latin-1").split(";"):
                key, _, text = pair.strip().partition("=")
                found.setdefault(key, text)
    return found


def written(
    name: str, value: str, *, path: str, is_secure: bool, age_s: int | None = None
) -> bytes:
    """A ``Set-Cookie`` that no script reads and no other site sends along with a form.

    ``age_s`` is how long the browser keeps it: until it is closed, if None.
    """
    cookie: SimpleCookie = SimpleCookie()
    cookie[name] = value
    morsel: Morsel[str] = cookie[name]
    morsel.update({"path": path, "httponly": True, "samesite": "Lax"})
    if is_secure:
        morsel["secure"] = True
    if age_s is not None:
        morsel["max-age"] = str(age_s)
    return morsel.OutputString().encode("latin-1")
