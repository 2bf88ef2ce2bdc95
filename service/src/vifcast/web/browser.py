"""``Browser``: which browser sent a request, and whether it is signed in."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass

from starlette.requests import Request
from starlette.types import Scope

COOKIE = "vifcast_session"
_BROWSER = "vifcast.browser"
_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class Browser:
    """``secret`` is in its cookie and nowhere else; the database has a digest of it.

    ``signed_in_as`` is what the user calls itself; None: it is not signed in.
    """

    secret: str
    signed_in_as: str | None = None

    @property
    def csrf(self) -> str:
        """What our own forms carry, and no other site can know (OWASP's HMAC-based pattern)."""
        return hmac.new(self.secret.encode(), b"vifcast csrf", hashlib.sha256).hexdigest()

    def has_sent(self, csrf: str) -> bool:
        """Whether a form came from one of our pages in this browser."""
        return hmac.compare_digest(self.csrf.encode(), csrf.encode())


def new_secret() -> str:
    """For a browser that has none yet, and for each sign-in."""
    return secrets.token_urlsafe(_SECRET_BYTES)


def put(scope: Scope, browser: Browser) -> None:
    """Note whose request it is."""
    scope[_BROWSER] = browser


def of(request: Request) -> Browser:
    """Whose request it is."""
    found: Browser = request.scope[_BROWSER]
    return found
