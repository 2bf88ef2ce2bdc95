"""How it goes with receivers: metrics, and a line of the doctor for each that fails."""

import datetime as dt

import pytest
from subscribed import LEASE, claim, finish, outcome, subscribe

from database_fixtures import EVERY_DATABASE
from ledger_events import make_event
from vifcast.config import load_settings
from vifcast.doctor import receivers
from vifcast.doctor.case import Case
from vifcast.doctor.line import Level
from vifcast.health import Health
from vifcast.metrics import Metrics
from vifcast.store import Dispatch, Subscribing
from vifcast.subscription.delivery import Attempt, DeliveryState
from vifcast.subscription.standing import StandingState
from vifcast.subscription.subscription import SubscriptionState, Target

pytestmark = EVERY_DATABASE

NOW = dt.datetime.now(dt.UTC)
LATER = NOW + dt.timedelta(days=1)


def write(store, count):
    store.write(
        [
            make_event(
                phase="start",
                instance_id=f"instance-{number}",
                operation_id=f"operation-{number}",
                port_id=f"port-{number}",
                at_s=number,
            )
            for number in range(count)
        ],
        [],
    )


def fail_all(store, subscription, error="the receiver answers 500"):
    runs = claim(store, subscription, LATER)
    done = [
        outcome(
            run[0],
            DeliveryState.WAITING,
            due_at=LATER + LEASE,
            error=error,
            attempt=Attempt(
                delivery_id=run[0].id,
                number=1,
                started_at=LATER + dt.timedelta(seconds=number),
                duration_ms=1,
                status_code=500,
                error=error,
                answer=None,
                address=None,
            ),
        )
        for number, run in enumerate(runs)
    ]
    lines = [run[0].line for run in runs]
    finish(store, subscription, done, lines, LATER)


@pytest.fixture
def four(store):
    """One that is well, one that fails, one that is paused and one that is disabled."""
    found = {
        StandingState.ACTIVE: subscribe(store),
        StandingState.FAILING: subscribe(store, url="https://me@cmp.example:8443/s3cret?k=s3cret"),
        StandingState.PAUSED: subscribe(store, state=SubscriptionState.PAUSED),
        StandingState.DISABLED: subscribe(store, url="https://gone.example/s3cret"),
    }
    write(store, 6)
    fail_all(store, found[StandingState.FAILING])
    Subscribing(store).disable(
        found[StandingState.DISABLED].id, "its receiver answered 410 Gone", LATER, LATER
    )
    return found


def test_standing_has_what_waits_and_since_when(store, four):
    found = {each.subscription.id: each for each in Dispatch(store).standings()}
    for state, subscription in four.items():
        standing = found[subscription.id]
        assert (standing.state, standing.waiting) == (state, 6)
        assert abs(standing.oldest_at - NOW) < dt.timedelta(hours=1)
        assert standing.is_open(LATER) is (state is StandingState.FAILING)
    idle = subscribe(store)
    standing = Dispatch(store).standings()[-1]
    assert (standing.subscription.id, standing.waiting, standing.oldest_at) == (idle.id, 0, None)


def test_page_of_subscriptions_counts_no_further_than_it_shows(store, four):
    every = {each.subscription.id: each for each in Dispatch(store).standings()}
    subscribing = Subscribing(store)
    wanted = [four[StandingState.PAUSED], four[StandingState.FAILING]]
    assert subscribing.standings(wanted, 100) == [every[each.id] for each in wanted]
    assert [each.waiting for each in subscribing.standings(wanted, 4)] == [5, 5]
    assert subscribing.standings([], 4) == []
    (idle,) = subscribing.standings([subscribe(store)], 4)
    assert (idle.waiting, idle.oldest_at) == (0, None)


def test_what_was_delivered_lately_and_given_up_is_counted_as_far_as_it_is_shown(store):
    subscription, other = subscribe(store), subscribe(store)
    write(store, 6)
    for state, at in ((DeliveryState.DELIVERED, NOW), (DeliveryState.DEAD, NOW)):
        runs = claim(store, subscription, LATER, limit=3)
        done = [outcome(run[0], state, finished_at=at) for run in runs]
        finish(store, subscription, done, [run[0].line for run in runs], LATER)
    kept = Subscribing(store)
    hour = dt.timedelta(hours=1)
    assert kept.delivered_since(subscription.id, NOW - hour, 100) == 3
    assert kept.delivered_since(subscription.id, NOW - hour, 2) == 2
    assert kept.delivered_since(subscription.id, NOW + hour, 100) == 0
    assert kept.given_up(subscription.id, 100) == 3
    assert kept.given_up(subscription.id, 1) == 2
    assert (kept.delivered_since(other.id, NOW - hour, 9), kept.given_up(other.id, 9)) == (0, 0)


def test_metrics_have_a_value_for_each_state(store, four):
    shown = Health(store, None, Metrics()).metrics().decode()
    for state in four:
        assert f'vifcast_subscriptions{{state="{state}"}} 1.0' in shown
        assert f'vifcast_deliveries_waiting{{state="{state}"}} 6.0' in shown
        assert f'vifcast_deliveries_oldest_seconds{{state="{state}"}}' in shown
    assert "vifcast_circuits_open 1.0" in shown
    for subscription in four.values():
        assert subscription.id not in shown


def lines(store):
    settings = load_settings()
    case = Case(settings, settings.ingest, None, 5.0, store=store)
    return list(receivers.look(case))


def test_doctor_has_a_line_for_each_that_fails_with_what_to_do(store, four):
    failing, disabled = lines(store)
    assert {failing.level, disabled.level} == {Level.WARN}
    its_id = four[StandingState.FAILING].id
    assert f"subscription {its_id} to https://cmp.example:8443 fails since" in failing.text
    assert "(6 times): the receiver answers 500; nothing is sent before" in failing.text
    assert "6 deliveries wait" in failing.text
    assert f"vifcast subscription test {its_id}" in failing.advice
    assert "is disabled: its receiver answered 410 Gone; 6 deliveries wait" in disabled.text
    assert "vifcast subscription resume" in disabled.advice
    assert "s3cret" not in failing.text + disabled.text


def test_doctor_advises_a_test_of_a_broker_too(store):
    url = "amqp://cmp@rabbit.example/"
    subscription = subscribe(store, target=Target.AMQP, url=url, settings={"exchange": "cmp"})
    write(store, 6)
    fail_all(store, subscription, "no queue is bound to exchange cmp")
    (line,) = lines(store)
    assert f"vifcast subscription test {subscription.id}" in line.advice


def test_doctor_is_silent_without_subscriptions_and_content_where_all_is_well(store):
    assert lines(store) == []
    subscribe(store)
    (line,) = lines(store)
    assert (line.level, line.text) == (Level.OK, "no receiver fails; subscriptions: 1.")


def test_doctor_says_that_nobody_sends(store, monkeypatch):
    subscribe(store)
    write(store, 2)
    monkeypatch.setattr(receivers, "_OLD", dt.timedelta(0))
    (line,) = lines(store)
    assert line.level is Level.FAIL
    assert "2 deliveries wait, and nobody sends them" in line.text
    assert "vifcast deliver" in line.advice
