"""``Asked``: what of a request says who sent it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from vifcast.identity.caller import LOCAL, Caller
from vifcast.identity.refusal import Refusal


@dataclass(frozen=True, slots=True)
class Asked:
    """``headers``: names in lower case, of several of one name the first."""

    method: str
    path: str
    headers: Mapping[str, str]
    client: str


class Authenticator(Protocol):
    """One way to find who asks; called from several threads."""

    def remembered(self, asked: Asked) -> Caller | None:
        """Who asks, where that is known at once."""

    def find(self, asked: Asked) -> Caller | Refusal:
        """Who asks, however long it takes. Raises StoreError."""


class NoAuthentication:
    """[api] auth = none: everybody is whoever is on this machine."""

    def remembered(self, _asked: Asked) -> Caller:
        """The same for all."""
        return LOCAL

    def find(self, _asked: Asked) -> Caller:
        """The same for all."""
        return LOCAL
