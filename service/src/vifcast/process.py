"""Processes of vifcast, as they report themselves: which run, where, and how far behind."""

import datetime as dt
from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct

# A process that reports nothing for so many of its intervals is silent.
_SILENT_AFTER = 3


class Role(StrEnum):
    """What a process does; ``serve`` is all of it."""

    SERVE = "serve"
    INGEST = "ingest"
    API = "api"
    DELIVER = "deliver"

    @property
    def ingests(self) -> bool:
        """Whether it reads the bus."""
        return self in (Role.SERVE, Role.INGEST)

    @property
    def answers(self) -> bool:
        """Whether it has the API and the page."""
        return self in (Role.SERVE, Role.API)

    @property
    def delivers(self) -> bool:
        """Whether it sends what subscriptions are to be sent."""
        return self in (Role.SERVE, Role.DELIVER)


class ReadBroker(Struct, frozen=True, gc=False, kw_only=True):
    """How a process reads one broker.

    ``broker`` is its address without password; ``queued`` how many notifications wait there, None
    while that is unknown. ``problem``: nothing is read; ``warning``: what does not stop reading.
    """

    name: str | None
    region: str | None
    broker: str
    connected: bool
    problem: str | None
    warning: str | None
    last_received_at: dt.datetime | None
    queued: int | None


class Process(Struct, frozen=True, gc=False, kw_only=True):
    """``url``: where its API is; None where it has none. ``seen_at`` is its last report."""

    id: str
    role: Role
    host: str
    pid: int
    version: str
    started_at: dt.datetime
    seen_at: dt.datetime
    interval_s: float
    url: str | None
    brokers: tuple[ReadBroker, ...]

    def is_silent(self, now: dt.datetime) -> bool:
        """Whether it should have reported meanwhile: it was killed, or cannot write."""
        return now - self.seen_at > dt.timedelta(seconds=_SILENT_AFTER * self.interval_s)


def replaced(processes: Iterable[Process]) -> frozenset[str]:
    """Ids of those after whose last report another of the same role began on the same host.

    Each replaces one: where two were killed and one was started, one is missing. What replaced one
    may have been replaced itself.
    """
    newest_first = sorted(processes, key=lambda each: each.seen_at, reverse=True)
    successors = set(newest_first)
    found: set[str] = set()
    for each in newest_first:
        # All that may replace this one may replace an earlier one, too: any of them will do.
        for other in successors:
            is_same = (other.role, other.host) == (each.role, each.host)
            if is_same and other is not each and other.started_at >= each.seen_at:
                successors.remove(other)
                found.add(each.id)
                break
    return frozenset(found)
