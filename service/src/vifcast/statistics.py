"""Statistics of operations: how many, how many failed, how long they took."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from enum import StrEnum
from math import ceil

from msgspec import Struct

from vifcast.model import Action, Status

_PERCENTILES = {"p50": 0.50, "p95": 0.95, "p99": 0.99}
# The name, and the region of it.
_Group = tuple[str | None, str | None]


class Interval(StrEnum):
    """How long a period is; each begins with UTC's minute, hour or day."""

    MINUTE = "minute"
    TEN_MINUTES = "ten_minutes"
    HOUR = "hour"
    DAY = "day"

    @property
    def length(self) -> dt.timedelta:
        """As a span of time."""
        return _LENGTHS[self]


_LENGTHS = {
    Interval.MINUTE: dt.timedelta(minutes=1),
    Interval.TEN_MINUTES: dt.timedelta(minutes=10),
    Interval.HOUR: dt.timedelta(hours=1),
    Interval.DAY: dt.timedelta(days=1),
}


class GroupBy(StrEnum):
    """By what operations are grouped."""

    HOST = "host"
    PROJECT = "project"
    ERROR_CLASS = "error_class"


class Tally(Struct, frozen=True, gc=False):
    """So many operations of a period that have all of this in common; null is not known.

    ``region`` is of a group that is a host: each region may have one of this name. ``period_at``
    is where the period begins; None: all the time is one. ``duration_ms`` is of those that
    succeeded, rounded down by at most one percent.
    """

    period_at: dt.datetime | None
    region: str | None
    group: str | None
    action: Action
    status: Status
    duration_ms: int | None
    count: int


class Durations(Struct, frozen=True, gc=False):
    """Percentiles; None where nothing succeeded."""

    p50: int | None
    p95: int | None
    p99: int | None


class Counts(Struct, frozen=True, gc=False, kw_only=True):
    """Of some operations. ``failure_rate`` is of those that ended; None where none has."""

    running: int
    overdue: int
    succeeded: int
    failed: int
    failure_rate: float | None
    duration_ms: Durations


class Statistic(Struct, frozen=True, gc=False, kw_only=True):
    """Of one period and group. ``region`` is that of a host; null for other groups."""

    from_at: dt.datetime
    to_at: dt.datetime
    region: str | None
    group: str | None
    attach: Counts
    detach: Counts
    total: Counts


class Statistics(Struct, frozen=True, gc=False, kw_only=True):
    """``items`` in order; ``is_whole``: no group was left out."""

    items: tuple[Statistic, ...]
    since: dt.datetime
    until: dt.datetime
    is_whole: bool


def summarize(
    tallies: Iterable[Tally],
    since: dt.datetime,
    until: dt.datetime,
    interval: Interval | None,
    limit: int,
) -> Statistics:
    """Add up; of more groups than ``limit`` those with the most operations."""
    counts: dict[tuple[dt.datetime | None, _Group], list[Tally]] = defaultdict(list)
    sizes: Counter[_Group] = Counter()
    for tally in tallies:
        group = (tally.group, tally.region)
        counts[tally.period_at, group].append(tally)
        sizes[group] += tally.count
    largest = sorted(
        sizes, key=lambda group: (-sizes[group], group[0] is None, _nulls_first(group))
    )
    wanted = set(largest[:limit])
    items = [
        _statistic(period_at, group, found, since, until, interval)
        for (period_at, group), found in counts.items()
        if group in wanted
    ]
    items.sort(key=lambda each: (each.from_at, _nulls_first((each.group, each.region))))
    return Statistics(
        items=tuple(items), since=since, until=until, is_whole=len(wanted) == len(sizes)
    )


def _statistic(
    period_at: dt.datetime | None,
    group: _Group,
    found: list[Tally],
    since: dt.datetime,
    until: dt.datetime,
    interval: Interval | None,
) -> Statistic:
    end = until
    if period_at is not None and interval is not None:
        end = min(until, period_at + interval.length)
    return Statistic(
        from_at=since if period_at is None else max(since, period_at),
        to_at=end,
        group=group[0],
        region=group[1],
        attach=_counts(each for each in found if each.action is Action.ATTACH),
        detach=_counts(each for each in found if each.action is Action.DETACH),
        total=_counts(found),
    )


def _nulls_first(group: _Group) -> list[tuple[bool, str]]:
    return [(each is not None, each or "") for each in group]


def _counts(found: Iterable[Tally]) -> Counts:
    by_status: Counter[Status] = Counter()
    durations: Counter[int] = Counter()
    for each in found:
        by_status[each.status] += each.count
        if each.duration_ms is not None:
            durations[each.duration_ms] += each.count
    ended = by_status[Status.SUCCEEDED] + by_status[Status.FAILED]
    return Counts(
        running=by_status[Status.RUNNING],
        overdue=by_status[Status.OVERDUE],
        succeeded=by_status[Status.SUCCEEDED],
        failed=by_status[Status.FAILED],
        failure_rate=round(by_status[Status.FAILED] / ended, 6) if ended else None,
        duration_ms=_percentiles(durations),
    )


def _percentiles(durations: Mapping[int, int]) -> Durations:
    """Nearest rank: the least duration that so many are not longer than."""
    total = sum(durations.values())
    found: dict[str, int | None] = dict.fromkeys(_PERCENTILES)
    seen = 0
    for duration in sorted(durations):
        seen += durations[duration]
        for name, part in _PERCENTILES.items():
            if found[name] is None and seen >= ceil(part * total):
                found[name] = duration
    return Durations(**found)
