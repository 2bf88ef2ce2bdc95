"""``Credentials``: what a person signs in with, and why that may fail."""

from dataclasses import dataclass
from typing import Protocol

from vifcast.errors import AccessDeniedError, VifcastError


class SignInRefusedError(AccessDeniedError):
    """Keystone knows no such user, or not with this password in this project."""

    code = "sign_in_refused"


class KeystoneAwayError(VifcastError):
    """Keystone does not answer; trying again may help."""

    code = "keystone_unavailable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """``project`` None: for the whole system."""

    user: str
    password: str
    user_domain: str
    project: str | None
    project_domain: str


class SignIn(Protocol):
    """Gives tokens for names and passwords; called from several threads."""

    def token(self, given: Credentials) -> str:
        """A token. Raises SignInRefusedError and KeystoneAwayError."""

    def revoke(self, token: str) -> None:
        """End a token, so that a copy of it is worth nothing."""
