"""``Taken``: deliveries that this process has claimed and not begun to send.

A claim is a transaction, which costs more than what is in it. So more is claimed than can be sent
at once, of subscriptions whose receivers are well. What cannot be sent soon is given back: another
process, or a later attempt, must not have to wait until the claim ends.
"""

import time
from collections import defaultdict, deque
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from vifcast.subscription.delivery import Delivery
from vifcast.subscription.message import Message

# So many runs of one subscription at most, and when to claim the next.
_AHEAD = 400
_LOW = 100
# Of all subscriptions; what is sent before a claim ends.
_TOTAL = 4000


@dataclass(frozen=True, slots=True)
class Run:
    """Deliveries of one line, to be sent in their order, and what they are about.

    ``until_s`` is when no other attempt may begin, by a clock that only goes forward: the claim
    ends soon after. ``is_probe``: it shows whether a destination is well again.
    """

    deliveries: Sequence[Delivery]
    messages: Mapping[int, Message]
    until_s: float
    is_probe: bool = False

    @property
    def line(self) -> str | None:
        """That of its deliveries."""
        return self.deliveries[0].line

    @property
    def is_late(self) -> bool:
        """Whether it is too late to begin an attempt."""
        return time.monotonic() > self.until_s


class Taken:
    """Of one process, by subscription."""

    def __init__(self) -> None:
        self._runs: defaultdict[str, deque[Run]] = defaultdict(deque)
        self._count = 0

    def wanted(self, subscription_id: str) -> int:
        """How many runs to claim beside those that can be sent now."""
        there = len(self._runs.get(subscription_id, ()))
        left = _TOTAL - self._count
        return max(0, min(_AHEAD - there, left)) if there < _LOW else 0

    def has(self, subscription_id: str) -> bool:
        """Whether there are any of it."""
        return bool(self._runs.get(subscription_id))

    def add(self, subscription_id: str, run: Run) -> None:
        """Behind what is there already."""
        self._runs[subscription_id].append(run)
        self._count += 1

    def next(self, subscription_id: str) -> Run | None:
        """The first, which is the caller's now; None where there is none."""
        runs = self._runs.get(subscription_id)
        if not runs:
            return None
        run = runs.popleft()
        self._count -= 1
        if not runs:
            del self._runs[subscription_id]
        return run

    def all_of(self, subscription_id: str) -> Collection[Run]:
        """All of them, which are the caller's now."""
        runs = self._runs.pop(subscription_id, deque())
        self._count -= len(runs)
        return runs

    def subscriptions(self) -> list[str]:
        """Those of which there are any."""
        return list(self._runs)
