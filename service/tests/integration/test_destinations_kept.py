"""Circuits are shared through the database, and a subscription that only fails is disabled."""

import datetime as dt
import json

import pytest
from msgspec.structs import replace
from subscribed import LEASE, claim, finish, outcome, sent, subscribe

from database_fixtures import EVERY_DATABASE
from ledger_events import make_event
from vifcast.process import Process, Role
from vifcast.store import Claim, Dispatch, Subscribing
from vifcast.subscription.delivery import Attempt, DeliveryState
from vifcast.subscription.message import MessageType, type_of
from vifcast.subscription.subscription import Circuit, SubscriptionState

pytestmark = EVERY_DATABASE

NOW = dt.datetime.now(dt.UTC).replace(microsecond=123456) + dt.timedelta(days=1)
SECOND = dt.timedelta(seconds=1)
DELIVERED, WAITING = DeliveryState.DELIVERED, DeliveryState.WAITING


def write(store, count, first=0):
    store.write(
        [
            make_event(
                phase="start",
                instance_id=f"instance-{number}",
                operation_id=f"operation-{number}",
                port_id=f"port-{number}",
                at_s=number,
            )
            for number in range(first, first + count)
        ],
        [],
    )


def attempted(delivery, error, now, number=1):
    return Attempt(
        delivery_id=delivery.id,
        number=number,
        started_at=now,
        duration_ms=1,
        status_code=None if error else 200,
        error=error,
        answer=None,
        address=None,
    )


def report(store, subscription, runs, error, now, **changes):
    """Note that all of these ended like that; their destination then."""
    done = [
        outcome(
            each,
            WAITING if error else DELIVERED,
            due_at=now + 3600 * SECOND if error else None,
            error=error,
            attempt=attempted(each, error, now + number * dt.timedelta(microseconds=1)),
            **changes,
        )
        for number, each in enumerate(each for run in runs for each in run)
    ]
    lines = [run[0].line for run in runs]
    return finish(store, subscription, done, lines, now)


def wanted(subscription, now, worker):
    return Claim(
        subscription_id=subscription.id,
        worker=worker,
        now=now,
        until=now + LEASE,
        limit=1,
        run=1,
    )


@pytest.fixture
def opened(store):
    """A subscription whose circuit has just opened, with deliveries that wait."""
    subscription = subscribe(store)
    write(store, 5)
    destination = report(store, subscription, claim(store, subscription, NOW), "refused", NOW)
    write(store, 3, first=10)
    return subscription, destination


def test_failures_of_several_processes_open_one_circuit(store, opened):
    subscription, destination = opened
    assert destination.circuit(NOW) is Circuit.OPEN
    assert Dispatch(store).destinations() == {subscription.id: destination}


def test_one_of_all_who_see_it_half_open_probes(store, opened):
    subscription, destination = opened
    dispatch, later = Dispatch(store), NOW + 31 * SECOND
    seen = destination.open_until_at
    first = dispatch.claim(wanted(subscription, later, "worker-1"), seen)
    second = dispatch.claim(wanted(subscription, later, "worker-2"), seen)
    assert ([len(run) for run in first], second) == ([1], [])
    taken = dispatch.destinations()[subscription.id]
    assert taken.open_until_at == later + LEASE
    # Of a prober that was killed, another takes the place when its time is over.
    third = dispatch.claim(wanted(subscription, later + LEASE, "worker-2"), taken.open_until_at)
    assert [len(run) for run in third] == [1]


def test_probe_without_anything_to_send_is_given_back(store, opened):
    subscription, destination = opened
    sent_at = NOW - 2 * 24 * 3600 * SECOND
    seen = destination.open_until_at
    assert Dispatch(store).claim(wanted(subscription, sent_at, "worker-1"), seen) == []
    assert Dispatch(store).destinations()[subscription.id] == destination


def test_failed_probe_doubles_and_a_good_one_lets_all_that_failed_go(store, opened):
    subscription, destination = opened
    dispatch, at = Dispatch(store), NOW + 31 * SECOND
    probe = dispatch.claim(wanted(subscription, at, "worker-1"), destination.open_until_at)
    failed = report(store, subscription, probe, "refused", at, is_probe=True)
    assert failed.open_until_at == at + 60 * SECOND
    at = at + 61 * SECOND
    probe = dispatch.claim(wanted(subscription, at, "worker-1"), failed.open_until_at)
    well = report(store, subscription, probe, None, at, is_probe=True)
    assert well.circuit(at) is Circuit.CLOSED
    # Five had failed and two had not been tried; those that failed were due in an hour.
    assert len(claim(store, subscription, at)) == 7


def test_success_is_noted_seldom_while_all_is_well(store):
    subscription = subscribe(store)
    write(store, 3)
    for number, run in enumerate(claim(store, subscription, NOW)):
        found = report(store, subscription, [run], None, NOW + 4 * number * SECOND)
        assert found.last_success_at == NOW
    write(store, 1, first=10)
    at = NOW + 20 * SECOND
    assert report(store, subscription, claim(store, subscription, at), None, at)
    assert Dispatch(store).destinations()[subscription.id].last_success_at == at


def test_several_sent_in_one_request_fail_once(store):
    subscription = subscribe(store)
    write(store, 5)
    runs = claim(store, subscription, NOW)
    done = [
        outcome(run[0], WAITING, due_at=NOW, error="no", attempt=attempted(run[0], "no", NOW))
        for run in runs
    ]
    found = finish(store, subscription, done, [run[0].line for run in runs], NOW)
    assert found.failures == 1


def test_what_was_not_tried_says_nothing_of_the_destination(store):
    subscription = subscribe(store)
    write(store, 1)
    ((delivery,),) = claim(store, subscription, NOW)
    finish(store, subscription, [outcome(delivery, WAITING)], [delivery.line], NOW)
    assert Dispatch(store).destinations() == {}


def test_disabled_one_is_announced_to_those_who_ask_and_what_waits_is_kept(store):
    subscription = subscribe(store, url="https://cmp.example/secret")
    asking = subscribe(store, filter="type=subscription.disabled")
    silent = subscribe(store)
    of_another = subscribe(store, filter="type=subscription.disabled", project_id="other")
    write(store, 2)
    found = Subscribing(store).disable(subscription.id, "its receiver is gone", NOW, NOW)
    assert (found.state, found.state_reason) == (SubscriptionState.DISABLED, "its receiver is gone")
    assert Subscribing(store).disable(subscription.id, "again", NOW, NOW) is None
    (message,) = sent(store, asking, NOW)
    assert type_of(message) is MessageType.SUBSCRIPTION_DISABLED
    assert json.loads(message.data)["subscription_id"] == subscription.id
    assert "secret" not in message.data
    assert MessageType.SUBSCRIPTION_DISABLED not in map(type_of, sent(store, silent, NOW))
    assert sent(store, of_another, NOW) == []
    assert len(sent(store, subscription, NOW)) == 2


def test_resumed_one_begins_anew(store, opened):
    subscription, _ = opened
    disabled = Subscribing(store).disable(subscription.id, "it failed", NOW, NOW)
    resumed = replace(disabled, state=SubscriptionState.ACTIVE, state_reason=None, state_at=NOW)
    Subscribing(store).change(resumed, NOW)
    assert Dispatch(store).destinations() == {}
    assert len(claim(store, subscription, NOW)) == 8


def test_answer_from_before_it_was_resumed_does_not_disable_it_again(store):
    subscription = subscribe(store, state_at=NOW)
    subscribing = Subscribing(store)
    assert subscribing.disable(subscription.id, "it was gone", NOW - SECOND, NOW) is None
    assert subscribing.disable(subscription.id, "it is gone", NOW + SECOND, NOW) is not None


def test_other_description_does_not_close_a_circuit(store, opened):
    subscription, _ = opened
    described = Subscribing(store).change(replace(subscription, description="new"), NOW)
    assert subscription.id in Dispatch(store).destinations()
    Subscribing(store).change(replace(described, url="http://127.0.0.1:2/"), NOW)
    assert Dispatch(store).destinations() == {}


def test_deliverers_are_those_that_report(store):
    def process(number, role, seen_at):
        return Process(
            id=f"p{number}",
            role=role,
            host="h",
            pid=number,
            version="1",
            started_at=NOW,
            seen_at=seen_at,
            interval_s=5.0,
            url=None,
            brokers=(),
        )

    assert Dispatch(store).deliverers(NOW) == 1
    for number, role in enumerate((Role.DELIVER, Role.SERVE, Role.INGEST, Role.DELIVER)):
        store.keep_process(process(number, role, NOW if number < 3 else NOW - 60 * SECOND))
    assert Dispatch(store).deliverers(NOW) == 2
