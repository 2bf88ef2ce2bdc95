"""``Policy``: whether a caller may do something, by oslo.policy."""

import time
from dataclasses import dataclass
from pathlib import Path

from oslo_policy import policy

from vifcast.config import DEFAULT_CONFIG_FILE
from vifcast.errors import AccessDeniedError
from vifcast.identity.caller import Caller
from vifcast.identity.policy_file import PolicyFile, read_enforcer
from vifcast.identity.rules import ALL_PROJECTS, HOST_DETAILS

# After a change of the policy file, decisions hold for so long.
_KEEP_S = 5.0
_KEEP = 10_000


class ForbiddenError(AccessDeniedError):
    """The caller is known, and may not do this; the text says what is missing."""


@dataclass(frozen=True, slots=True)
class View:
    """What of the ledger a caller sees.

    ``project_id``: only rows of this project; None: all. ``has_details``: also what Nova shows
    to admins only.
    """

    project_id: str | None
    has_details: bool


class Policy:
    """The rules, those of [oslo_policy] policy_file over ``rules``; called from several threads.

    Raises ConfigError where the file cannot be read. A file that changes is read anew; one that is
    then wrong, or gone, changes nothing.
    """

    def __init__(self, file: Path | None) -> None:
        self._file = PolicyFile(file)
        self._decided: dict[tuple[Caller, str], tuple[float, bool]] = {}

    def problem(self) -> str | None:
        """Why the policy file is not the one that holds; None: it is."""
        self._file.look()
        return self._file.problem

    def require(self, caller: Caller, rule: str) -> None:
        """Raise ForbiddenError where the caller may not do that."""
        if not self.allows(caller, rule):
            roles = ", ".join(sorted(caller.roles)) or "none"
            where = "the system" if caller.is_system else f"project {caller.project_id or '(none)'}"
            raise ForbiddenError(
                f"the policy {rule} does not allow this to {caller.name}, whose roles on {where} "
                f"are: {roles}"
            )

    def view(self, caller: Caller, rule: str) -> View:
        """What of this kind the caller sees. Raises ForbiddenError where it is nothing."""
        self.require(caller, rule)
        found = self.reach(caller)
        if found is None:
            raise ForbiddenError(
                f"the token of {caller.name} is for no project, and the policy {ALL_PROJECTS} does "
                "not allow it to see all; ask with a token for a project"
            )
        return found

    def reach(self, caller: Caller) -> View | None:
        """What the caller would see of a kind that it may see; None: nothing."""
        sees_all = self.allows(caller, ALL_PROJECTS)
        if not sees_all and caller.project_id is None:
            return None
        return View(None if sees_all else caller.project_id, self.allows(caller, HOST_DETAILS))

    def allows(self, caller: Caller, rule: str) -> bool:
        """Whether the caller may do that."""
        now = time.monotonic()
        known = self._decided.get((caller, rule))
        if known is not None and known[0] > now:
            return known[1]
        try:
            is_allowed = bool(
                self._file.look().authorize(
                    rule, {"project_id": caller.project_id}, caller.credentials()
                )
            )
        except policy.InvalidScope:
            is_allowed = False
        if len(self._decided) >= _KEEP:
            self._decided.clear()
        self._decided[caller, rule] = (now + _KEEP_S, is_allowed)
        return is_allowed


def get_enforcer() -> policy.Enforcer:
    """For oslo.policy's own programs (oslopolicy-policy-generator): an entry point of theirs."""
    return read_enforcer(DEFAULT_CONFIG_FILE if DEFAULT_CONFIG_FILE.exists() else None)
