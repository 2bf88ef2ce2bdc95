"""A circuit opens on failures in a row, is tried with one message, and closes on a success."""

import datetime as dt

from vifcast.subscription.circuit import Result, after, pause_s
from vifcast.subscription.subscription import Circuit, Destination

NOW = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
NEW = Destination(subscription_id="a")
BAD = Result(error="refused", is_probe=False)
GOOD = Result(error=None, is_probe=False)
BAD_PROBE = Result(error="refused", is_probe=True)


def later(seconds):
    return NOW + dt.timedelta(seconds=seconds)


def test_failures_in_a_row_open_it():
    four = after(NEW, [BAD] * 4, NOW, 5)
    assert four.circuit(NOW) is Circuit.CLOSED
    five = after(four, [BAD], later(1), 5)
    assert five.circuit(later(1)) is Circuit.OPEN
    assert five.circuit(later(30.9)) is Circuit.OPEN
    assert five.circuit(later(31)) is Circuit.HALF_OPEN
    assert (five.failures, five.failing_since_at, five.last_error) == (5, NOW, "refused")


def test_success_between_failures_keeps_it_closed():
    found = after(NEW, [*[BAD] * 4, GOOD, *[BAD] * 4], NOW, 5)
    assert found.circuit(NOW) is Circuit.CLOSED
    assert found.failures == 4


def test_failures_under_way_when_it_opens_do_not_lengthen_it():
    five = after(NEW, [BAD] * 5, NOW, 5)
    more = after(five, [BAD] * 11, later(10), 5)
    assert (more.open_until_at, more.opened) == (later(30), 1)


def test_failed_probe_doubles_the_time_up_to_a_quarter_of_an_hour():
    known = after(NEW, [BAD] * 5, NOW, 5)
    at = NOW
    for seconds in (60, 120, 240, 480, 900, 900):
        known = after(known, [BAD_PROBE], at, 5)
        assert known.open_until_at == at + dt.timedelta(seconds=seconds)
    assert pause_s(10_000) == 900


def test_success_closes_it_and_the_next_time_is_short_again():
    known = after(NEW, [*[BAD] * 5, *[BAD_PROBE] * 6], NOW, 5)
    well = after(known, [Result(error=None, is_probe=True)], later(5), 5)
    assert well.circuit(later(5)) is Circuit.CLOSED
    assert (well.failures, well.failing_since_at, well.opened) == (0, None, 0)
    assert (well.last_success_at, well.last_error) == (later(5), "refused")
    assert after(well, [BAD] * 5, later(6), 5).open_until_at == later(36)
