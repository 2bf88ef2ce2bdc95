"""After how much failure a subscription is disabled."""

import datetime as dt

from vifcast.delivery.disabled import reason
from vifcast.subscription.circuit import Result, after
from vifcast.subscription.subscription import Destination

T0 = dt.datetime(2026, 11, 27, 12, tzinfo=dt.UTC)
LIMIT_S = 3600.0
FAILED = Result(error="the receiver answers 500", is_probe=False)
WELL = Result(error=None, is_probe=False)


def at(seconds):
    return T0 + dt.timedelta(seconds=seconds)


def destination(*results):
    """After these, each with its second."""
    found = Destination(subscription_id="s")
    for second, result in results:
        found = after(found, [result], at(second), opens_after=5)
    return found


def test_nothing_but_failures_for_so_long_disables():
    failing = destination((0, FAILED), (1800, FAILED), (3600, FAILED))
    assert reason(failing, [], LIMIT_S, at(3599)) is None
    found = reason(failing, [], LIMIT_S, at(3600))
    assert found is not None
    assert (found.kind, found.since) == ("failing", T0)
    assert found.text == (
        "every attempt since 2026-11-27T12:00:00.000000Z failed; the last: the receiver answers 500"
    )


def test_success_in_between_begins_anew():
    failing = destination((0, FAILED), (1800, WELL), (1801, FAILED))
    assert reason(failing, [], LIMIT_S, at(3600)) is None
    assert reason(failing, [], LIMIT_S, at(1801 + 3600)) is not None


def test_receiver_that_is_well_is_never_disabled():
    assert reason(destination((0, WELL)), [], LIMIT_S, at(10**8)) is None
