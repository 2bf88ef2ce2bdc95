"""``Caller``: who sent a request, as Keystone, a token or the absence of both says."""

from typing import Any

from msgspec import Struct

from vifcast.subscription.subscription import Owner
from vifcast.token import Role, Token

# As Keystone's bootstrap has them imply each other.
_IMPLIED = {
    Role.READER: ("reader",),
    Role.MEMBER: ("member", "reader"),
    Role.ADMIN: ("admin", "member", "reader"),
}


class Caller(Struct, frozen=True):
    """``name`` is for the log and for counting requests: no secret is in it.

    A caller is of a project, of the system, or of neither (a token without scope).
    """

    name: str
    user_id: str | None
    project_id: str | None
    is_system: bool
    roles: tuple[str, ...]

    def credentials(self) -> dict[str, Any]:
        """What oslo.policy compares with its rules."""
        return {
            "user_id": self.user_id,
            "project_id": self.project_id,
            "system_scope": "all" if self.is_system else None,
            "roles": list(self.roles),
        }


# Of [api] auth = none: whoever is on this machine.
LOCAL = Caller("local", None, None, is_system=True, roles=_IMPLIED[Role.ADMIN])


def of_owner(owner: Owner) -> Caller:
    """Whoever made a subscription, as that one was then."""
    return Caller(
        owner.name, owner.user_id, owner.project_id, is_system=owner.is_system, roles=owner.roles
    )


def of_token(token: Token) -> Caller:
    """Whoever shows this token."""
    return Caller(
        f"token {token.id}",
        None,
        token.project_id,
        is_system=token.project_id is None,
        roles=_IMPLIED[token.role],
    )
