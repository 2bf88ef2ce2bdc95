import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vifcast.model import Action, Status
from vifcast.statistics import Interval, Tally, summarize

T0 = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


def tally(
    count=1, group=None, status=Status.SUCCEEDED, duration_ms=None, period_at=None, region=None
):
    return Tally(period_at, region, group, Action.ATTACH, status, duration_ms, count)


def only(tallies):
    (found,) = summarize(tallies, T0, T0 + HOUR, None, 10).items
    return found


def test_failure_rate_is_of_what_ended():
    found = only([tally(3), tally(1, status=Status.FAILED), tally(9, status=Status.RUNNING)])
    assert found.total.failure_rate == 0.25
    assert found.detach.failure_rate is None
    assert (found.attach.succeeded, found.attach.failed, found.attach.running) == (3, 1, 9)


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=300))
def test_percentiles_are_the_nearest_rank(durations):
    found = only([tally(duration_ms=each) for each in durations]).total.duration_ms
    ordered = sorted(durations)
    for value, part in ((found.p50, 50), (found.p95, 95), (found.p99, 99)):
        assert value == ordered[-(-part * len(ordered) // 100) - 1]


def test_periods_are_cut_to_the_span():
    since, until = T0 + HOUR / 2, T0 + HOUR * 3 / 2
    tallies = [tally(period_at=T0), tally(period_at=T0 + HOUR)]
    found = summarize(tallies, since, until, Interval.HOUR, 10)
    assert [(each.from_at, each.to_at) for each in found.items] == [
        (since, T0 + HOUR),
        (T0 + HOUR, until),
    ]


@pytest.mark.parametrize(("limit", "kept"), [(1, ["b"]), (2, [None, "b"]), (3, [None, "a", "b"])])
def test_groups_with_the_most_operations_are_kept(limit, kept):
    found = summarize([tally(1, "a"), tally(3, "b"), tally(2)], T0, T0 + HOUR, None, limit)
    assert [each.group for each in found.items] == kept
    assert found.is_whole == (limit == 3)


def test_hosts_of_the_same_name_in_two_regions_are_two_groups():
    tallies = [tally(1, "a", region="south"), tally(2, "a", region="north"), tally(3, "a")]
    found = summarize(tallies, T0, T0 + HOUR, None, 2)
    assert [(each.region, each.total.succeeded) for each in found.items] == [
        (None, 3),
        ("north", 2),
    ]
    assert not found.is_whole
