"""``Permit``: what lets a reader read, looked at again and again while it does."""

from dataclasses import dataclass

from vifcast.api.stream.reader import End
from vifcast.errors import StoreError
from vifcast.identity.asked import Asked, Authenticator
from vifcast.identity.policy import ForbiddenError, Policy, View
from vifcast.identity.refusal import Refusal
from vifcast.identity.static_tokens import shown_token

RULE = "vifcast:stream:read"

_UNAVAILABLE = 503


@dataclass(frozen=True, slots=True)
class Permit:
    """How the reader said who it is, and what it was let see then."""

    asked: Asked
    view: View

    @property
    def key(self) -> tuple[str | None, str | None, str, View]:
        """The same for all that are lost together."""
        headers = self.asked.headers
        return shown_token(headers), headers.get("x-service-token"), self.asked.client, self.view


class Permits:
    """Finds out which are lost; blocks on the store or on Keystone."""

    def __init__(self, authenticator: Authenticator, policy: Policy) -> None:
        self._authenticator = authenticator
        self._policy = policy

    def lost(self, permit: Permit) -> End | None:
        """Why it is; None where it holds, or nobody can find out at present."""
        asked = permit.asked
        try:
            found = self._authenticator.remembered(asked) or self._authenticator.find(asked)
        except StoreError:
            return None
        if isinstance(found, Refusal):
            return None if found.status == _UNAVAILABLE else End(found.code, found.detail)
        try:
            view = self._policy.view(found, RULE)
        except ForbiddenError as error:
            return End("forbidden", str(error))
        if view != permit.view:
            return End("forbidden", "what you may see has changed since you connected; reconnect")
        return None
