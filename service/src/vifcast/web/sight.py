"""``Sight``: what one caller may see of how things are; pages of equal sight share figures."""

from dataclasses import dataclass

from vifcast.identity.caller import Caller
from vifcast.identity.policy import Policy, View

_HEALTH = "vifcast:health:get"
_HOSTS = "vifcast:host:list"
_LETTERS = "vifcast:dead_letter:list"
_SUBSCRIPTIONS = "vifcast:subscription:list"
_DELIVERIES = "vifcast:delivery:list"
_GAPS = "vifcast:gap:list"
_OPTIONAL = (_HEALTH, _HOSTS, _LETTERS, _SUBSCRIPTIONS, _DELIVERIES, _GAPS)


@dataclass(frozen=True, slots=True)
class Sight:
    """``may`` are the rules of the policy that allow more than operations."""

    view: View
    may: frozenset[str]

    @property
    def sees_system(self) -> bool:
        """Whether brokers, processes and the database may be named."""
        return _HEALTH in self.may

    @property
    def sees_hosts(self) -> bool:
        """Whether compute hosts may be counted."""
        return _HOSTS in self.may

    @property
    def sees_letters(self) -> bool:
        """Whether dead letters may be counted."""
        return _LETTERS in self.may

    @property
    def sees_gaps(self) -> bool:
        """Whether gaps may be counted; those of single hosts only with the view's details."""
        return _GAPS in self.may

    @property
    def sees_deliveries(self) -> bool:
        """Whether subscriptions and what is sent to them may be counted."""
        return {_SUBSCRIPTIONS, _DELIVERIES} <= self.may


def sight_of(policy: Policy, caller: Caller) -> Sight:
    """The caller's. Raises ForbiddenError where it may not even see operations."""
    view = policy.view(caller, "vifcast:operation:list")
    return Sight(view, frozenset(rule for rule in _OPTIONAL if policy.allows(caller, rule)))
