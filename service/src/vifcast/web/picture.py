"""``Picture``: periods as lanes over time, in units of a drawing that is ``WIDTH`` wide."""

import datetime as dt
from collections.abc import Sequence

from msgspec import Struct

from vifcast.gap import Gap
from vifcast.model import Attachment
from vifcast.web.periods import Conflict, Period

WIDTH = 1000.0

# What is shorter is drawn as long as this, to be seen at all.
_LEAST = 3.0
_SHORTEST = dt.timedelta(seconds=60)
# Room before the first start that nobody saw, and behind the last end; parts of the whole.
_BEFORE, _BEHIND = 0.08, 0.03
_TICKS = 5


class Span(Struct, frozen=True):
    """From ``x`` on, ``width`` long."""

    x: float
    width: float


class Bar(Struct, frozen=True):
    """A period as it is drawn: what is sure of it, and what is not."""

    period: Period
    certain: Span | None
    uncertain: Span | None


class Lane(Struct, frozen=True):
    """Those of one NIC on one server; ``attachment`` is the newest of them."""

    attachment: Attachment
    bars: list[Bar]
    conflicts: list[Span]


class Picture(Struct, frozen=True):
    """``ticks`` are as far from each other as they are drawn."""

    from_at: dt.datetime
    to_at: dt.datetime
    lanes: list[Lane]
    gaps: list[Span]
    ticks: list[dt.datetime]
    has_uncertain: bool

    def x(self, at: dt.datetime) -> float:
        """Where a moment is, at the edge where it is outside."""
        return _x(self.from_at, self.to_at, at)


def draw(
    found: Sequence[Period],
    conflicts: Sequence[Conflict],
    gaps: Sequence[Gap],
    now: dt.datetime,
    since: dt.datetime | None = None,
    until: dt.datetime | None = None,
) -> Picture | None:
    """The picture of these, between two moments if given; None where there is nothing to draw."""
    if not found:
        return None
    from_at, to_at = _window(found, now, since, until)

    def span(begin: dt.datetime | None, end: dt.datetime | None) -> Span | None:
        begin = from_at if begin is None else max(begin, from_at)
        end = min(end or now, to_at)
        if begin > end:
            return None
        x = _x(from_at, to_at, begin)
        width = max(_x(from_at, to_at, end) - x, _LEAST)
        return Span(round(min(x, WIDTH - width), 2), round(width, 2))

    def bar(period: Period) -> Bar:
        if period.is_inferred:
            return Bar(period, None, span(period.from_at, period.to_at))
        unseen = span(None, period.certain_at) if period.from_at is None else None
        is_known = period.to_at is None or period.certain_at < period.to_at or unseen is None
        return Bar(period, span(period.certain_at, period.to_at) if is_known else None, unseen)

    lanes: dict[tuple[str, str], Lane] = {}
    for each in found:
        key = each.attachment.instance_id, each.attachment.nic
        lane = lanes.setdefault(key, Lane(each.attachment, [], []))
        lane.bars.append(bar(each))
    for conflict in conflicts:
        marked = span(conflict.from_at, conflict.to_at)
        for each in (conflict.first, conflict.second):
            if marked is not None:
                lanes[each.attachment.instance_id, each.attachment.nic].conflicts.append(marked)
    step = (to_at - from_at) / (_TICKS - 1)
    shades = [span(each.from_at, each.to_at) for each in gaps]
    return Picture(
        from_at,
        to_at,
        list(lanes.values()),
        [each for each in shades if each is not None],
        [from_at + number * step for number in range(_TICKS)],
        any(each.uncertain for lane in lanes.values() for each in lane.bars),
    )


def _window(
    found: Sequence[Period],
    now: dt.datetime,
    since: dt.datetime | None,
    until: dt.datetime | None,
) -> tuple[dt.datetime, dt.datetime]:
    """From the first start to now, or to a little behind the last end where all have ended."""
    begin = min(each.certain_at for each in found)
    ends = [each.to_at for each in found]
    end = max((each for each in ends if each is not None), default=now)
    if None in ends:
        end = max(now, begin)
    whole = max(end - begin, _SHORTEST)
    begin = end - whole
    if any(each.from_at is None for each in found):
        begin -= whole * _BEFORE
    if None not in ends:
        end += whole * _BEHIND
    begin, end = since or begin, until or end
    return (begin, end) if begin < end else (end - _SHORTEST, end)


def _x(from_at: dt.datetime, to_at: dt.datetime, at: dt.datetime) -> float:
    part = (at - from_at) / (to_at - from_at)
    return min(max(part, 0.0), 1.0) * WIDTH
