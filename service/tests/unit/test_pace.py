"""How much is sent to one subscription while others are slow, dead or limited."""

import datetime as dt
from dataclasses import replace

from subscribed import make_subscription

from vifcast.config import load_settings
from vifcast.delivery.pace import Pace, Room
from vifcast.subscription.subscription import Destination, SubscriptionState

NOW = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
SETTINGS = replace(load_settings().delivery, in_flight=16, in_flight_total=40)
SECOND = dt.timedelta(seconds=1)


def pace_with(*destinations, deliverers=1):
    pace = Pace(SETTINGS)
    pace.refresh({each.subscription_id: each for each in destinations}, deliverers)
    return pace


def test_paused_and_disabled_ones_have_no_room():
    for state in (SubscriptionState.PAUSED, SubscriptionState.DISABLED):
        assert pace_with().room(make_subscription(state=state), NOW, 0) == Room(0)


def test_open_circuit_has_no_room_and_a_half_open_one_that_of_a_probe():
    subscription = make_subscription()
    destination = Destination(subscription_id=subscription.id, failures=5, open_until_at=NOW)
    pace = pace_with(destination)
    assert pace.room(subscription, NOW - SECOND, 0) == Room(0)
    assert pace.room(subscription, NOW, 0) == Room(1, NOW)
    pace.note_probed(subscription.id, NOW + SECOND)
    assert pace.room(subscription, NOW, 0) == Room(0)


def test_failing_one_has_room_for_what_opens_its_circuit():
    subscription = make_subscription()
    pace = pace_with(Destination(subscription_id=subscription.id, failures=3))
    assert pace.room(subscription, NOW, 0) == Room(2)


def test_slow_ones_leave_room_for_others():
    pace = pace_with()
    for _ in range(10):
        slow = make_subscription()
        while requests := pace.room(slow, NOW, 0).requests:
            pace.begin(slow.id, requests)
    assert pace.room(make_subscription(), NOW, 0).requests >= 1


def test_room_comes_back_when_requests_end():
    pace, subscription = pace_with(), make_subscription()
    pace.begin(subscription.id, 16)
    assert pace.room(subscription, NOW, 0) == Room(0)
    pace.end(subscription.id)
    assert pace.room(subscription, NOW, 0) == Room(1)


def sent_in(pace, subscription, seconds):
    """Looking ten times a second, how many are sent."""
    total = 0
    for tenth in range(seconds * 10):
        requests = pace.room(subscription, NOW, tenth / 10).requests
        for _ in range(requests):
            pace.begin(subscription.id)
            pace.end(subscription.id)
        total += requests
    return total


def test_rate_is_kept():
    for rate in (0.5, 2.0, 40.0):
        sent = sent_in(pace_with(), make_subscription(rate_per_s=rate), 20)
        assert rate * 20 * 0.9 <= sent <= rate * 20 + max(1, rate / 4)


def test_rate_is_shared_by_processes():
    sent = sent_in(pace_with(deliverers=4), make_subscription(rate_per_s=20.0), 20)
    assert 90 <= sent <= 102
