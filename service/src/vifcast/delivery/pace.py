"""``Pace``: how much may be sent to each subscription now.

One that is slow or dead must not slow others: its circuit opens, and however many are slow, none
takes more than half of what is left to all.
"""

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from msgspec.structs import replace

from vifcast.delivery.rate import Rate
from vifcast.delivery_settings import DeliverySettings
from vifcast.subscription.subscription import (
    Circuit,
    Destination,
    Subscription,
    SubscriptionState,
)


@dataclass(frozen=True, slots=True)
class Room:
    """How many requests may begin. ``probe_of``: one, if nobody else probes that circuit."""

    requests: int
    probe_of: dt.datetime | None = None


_NONE = Room(0)


class Pace:
    """That of one process; ``deliverers`` share the rates of subscriptions."""

    def __init__(self, settings: DeliverySettings) -> None:
        self._settings = settings
        self._in_flight: Counter[str] = Counter()
        self._destinations: dict[str, Destination] = {}
        self._rates: dict[str, Rate] = {}
        self._deliverers = 1

    def refresh(self, destinations: Mapping[str, Destination], deliverers: int) -> None:
        """What the database knows now."""
        self._destinations = dict(destinations)
        self._deliverers = deliverers

    def forget_others(self, known: frozenset[str]) -> None:
        """Subscriptions that are not known any more are gone."""
        for gone in self._rates.keys() - known:
            del self._rates[gone]

    def note(self, destination: Destination) -> None:
        """What has just been found out about one."""
        self._destinations[destination.subscription_id] = destination

    def note_probed(self, subscription_id: str, until: dt.datetime) -> None:
        """Its circuit is being probed, by us or by another."""
        known = self._destinations[subscription_id]
        self._destinations[subscription_id] = replace(known, open_until_at=until)

    def begin(self, subscription_id: str, requests: int = 1) -> None:
        """So many are being sent."""
        self._in_flight[subscription_id] += requests
        if subscription_id in self._rates:
            self._rates[subscription_id].take(requests)

    def end(self, subscription_id: str) -> None:
        """One has been sent."""
        self._in_flight[subscription_id] -= 1
        if not self._in_flight[subscription_id]:
            del self._in_flight[subscription_id]

    def room(self, of: Subscription, now: dt.datetime, now_s: float) -> Room:
        """How much may begin now; ``now_s`` is by a clock that only goes forward."""
        if of.state is not SubscriptionState.ACTIVE:
            return _NONE
        destination = self._destinations.get(of.id)
        allowed = self._allowed(of.id)
        probe_of = None
        if destination is not None:
            circuit = destination.circuit(now)
            if circuit is Circuit.OPEN:
                return _NONE
            if circuit is Circuit.HALF_OPEN:
                allowed, probe_of = min(allowed, 1), destination.open_until_at
            elif destination.failures:
                # No more than may fail until its circuit opens.
                left = self._settings.circuit_failures - destination.failures
                allowed = min(allowed, max(1, left) - self._in_flight[of.id])
        if of.rate_per_s is not None:
            allowed = min(allowed, self._rate(of.id, of.rate_per_s, now_s).available(now_s))
        return Room(allowed, probe_of) if allowed > 0 else _NONE

    def is_well(self, of: Subscription) -> bool:
        """Whether as much is sent as it takes: its last attempt succeeded, and it has no rate."""
        destination = self._destinations.get(of.id)
        return of.rate_per_s is None and (destination is None or not destination.failures)

    def _allowed(self, subscription_id: str) -> int:
        mine = self._in_flight[subscription_id]
        left = self._settings.in_flight_total - self._in_flight.total()
        # One that has nothing under way always gets something.
        return max(min(self._settings.in_flight - mine, left // 2), 0 if mine else 1)

    def _rate(self, subscription_id: str, per_s: float, now_s: float) -> Rate:
        share = per_s / self._deliverers
        rate = self._rates.get(subscription_id)
        if rate is None:
            rate = self._rates[subscription_id] = Rate(share, now_s)
        rate.set(share)
        return rate
