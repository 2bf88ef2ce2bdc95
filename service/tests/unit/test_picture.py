"""Periods as lanes: where each is drawn, and what of it is dashed."""

import datetime as dt

import pytest

from ledger_events import T0
from vifcast.gap import Gap, GapReason
from vifcast.model import Attachment
from vifcast.web.kinds import Kind
from vifcast.web.periods import conflicts, periods
from vifcast.web.picture import WIDTH, draw


def at(hours):
    return None if hours is None else T0 + dt.timedelta(hours=hours)


NOW = at(100)


def period(name, begin, end, *, first_known=None, is_inferred=False):
    nic = Attachment(
        nic=f"port-{name}", number=1, port_id=None, instance_id=name, instance_name=None,
        project_id=None, compute_host=None, network_id=None, network_label=None,
        mac_address=None, fixed_ips=(), vif_type=None, vnic_type=None, device_name=None,
        first_known_at=at(begin if first_known is None else first_known), attached_at=at(begin),
        detached_at=at(end), attach_operation_id=None, detach_operation_id=None,
    )  # fmt: skip
    (found,) = periods(nic, Kind.PORT, "", is_inferred=is_inferred)
    return found


def test_nothing_has_no_picture():
    assert draw([], [], [], NOW) is None


def test_open_bars_reach_now_and_each_nic_has_a_lane():
    found = [period("a", 50, None), period("b", 0, 50), period("a", 20, 30)]
    picture = draw(found, [], [], NOW)
    assert (picture.from_at, picture.to_at) == (at(0), NOW)
    first, second = picture.lanes
    assert [(bar.certain.x, bar.certain.width) for bar in first.bars] == [(500, 500), (200, 100)]
    assert [(bar.certain.x, bar.certain.width) for bar in second.bars] == [(0, 500)]
    assert picture.ticks == [at(each) for each in (0, 25, 50, 75, 100)]
    assert [picture.x(at(each)) for each in (-9, 10, 200)] == [0, 100, WIDTH]
    assert not picture.has_uncertain


def test_before_a_start_that_nobody_saw_and_all_that_is_inferred_is_uncertain():
    unseen, inferred = (
        period("a", None, None, first_known=0),
        period("b", 50, 100, is_inferred=True),
    )
    picture = draw([unseen, inferred], [], [], NOW)
    assert picture.from_at < at(0)
    (bar,) = picture.lanes[0].bars
    assert bar.uncertain.x == 0
    assert bar.uncertain.width == pytest.approx(bar.certain.x)
    (bar,) = picture.lanes[1].bars
    assert bar.certain is None
    assert bar.uncertain.width > 400


def test_of_what_has_ended_the_picture_ends_a_little_behind():
    picture = draw([period("a", 0, 10)], [], [], NOW)
    assert at(10) < picture.to_at < at(11)


def test_span_that_is_asked_for_is_the_picture_and_what_is_short_is_seen():
    found = [period("a", 0, None), period("b", 55, 55.0001)]
    picture = draw(found, [], [], NOW, at(50), at(60))
    assert (picture.from_at, picture.to_at) == (at(50), at(60))
    long, short = (lane.bars[0].certain for lane in picture.lanes)
    assert (long.x, long.width) == (0, WIDTH)
    assert (short.x, short.width) == (500, 3)


def test_gaps_and_conflicts_are_marked():
    found = [period("a", 0, 60), period("b", 50, None)]
    gaps = [
        Gap(from_at=at(begin), to_at=at(end), reason=GapReason.UNBOUND, sources=(), hosts=None,
            detail="")
        for begin, end in ((90, None), (-20, 10), (-20, -10))
    ]  # fmt: skip
    picture = draw(found, conflicts(found, Kind.PORT), gaps, NOW)
    assert [(each.x, each.width) for each in picture.gaps] == [(900, 100), (0, 100)]
    for lane in picture.lanes:
        assert [(each.x, each.width) for each in lane.conflicts] == [(500, 100)]


def test_a_moment_has_a_picture_too():
    picture = draw([period("a", 100, None)], [], [], NOW)
    assert picture.from_at < picture.to_at
    assert picture.lanes[0].bars[0].certain.width >= 3
