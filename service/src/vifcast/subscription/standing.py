"""``Standing``: how it goes with what a subscription is to be sent."""

import datetime as dt
from enum import StrEnum

from msgspec import Struct

from vifcast.subscription.subscription import (
    Circuit,
    Destination,
    Subscription,
    SubscriptionState,
)


class StandingState(StrEnum):
    """``failing``: the last attempts failed, and fewer are made or none."""

    ACTIVE = "active"
    FAILING = "failing"
    PAUSED = "paused"
    DISABLED = "disabled"


class Standing(Struct, frozen=True, kw_only=True):
    """``waiting`` counts what is to be sent, ``oldest_at`` is since when the first of it is."""

    subscription: Subscription
    destination: Destination
    waiting: int
    oldest_at: dt.datetime | None

    def is_open(self, now: dt.datetime) -> bool:
        """Whether its circuit is open, or being probed."""
        return self.destination.circuit(now) is not Circuit.CLOSED

    @property
    def state(self) -> StandingState:
        """In one word."""
        if self.subscription.state is not SubscriptionState.ACTIVE:
            return StandingState(self.subscription.state.value)
        is_failing = self.destination.failing_since_at is not None
        return StandingState.FAILING if is_failing else StandingState.ACTIVE
