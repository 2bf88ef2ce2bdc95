"""The loop that delivers: one receiver that is dead or slow does not slow others."""

import datetime as dt
import itertools
import logging
import threading
import time

import pytest
import sqlalchemy as sa
from msgspec.structs import replace
from raw_receiver import OK, always, receiving, silent
from subscribed import subscribe

from ledger_events import attach_or_detach, make_event
from vifcast import times
from vifcast.config import load_settings
from vifcast.delivery.finished import Finished
from vifcast.delivery.taken import Run
from vifcast.doctor import receivers
from vifcast.doctor.case import Case
from vifcast.process import Role
from vifcast.serve import Server
from vifcast.store import Dispatch, Subscribing
from vifcast.store.sql import schema
from vifcast.subscription.message import MessageType
from vifcast.subscription.subscription import SubscriptionState

LIMIT_S = 120


@pytest.fixture
def serving(tmp_path):
    """A server that delivers, with settings of [delivery]."""
    started = []

    def start(**delivery):
        given = {
            "ingest.transport_url": "memory://",
            "api.listen": "127.0.0.1:0",
            "DEFAULT.data_dir": str(tmp_path),
            "delivery.allowed_networks": ["127.0.0.0/8"],
            **{f"delivery.{name}": value for name, value in delivery.items()},
        }
        server = Server(load_settings(overrides=given), role=Role.SERVE)
        started.append(server)
        server.start()
        return server

    yield start
    for server in started:
        server.stop()


def until(is_so, what):
    deadline = time.monotonic() + LIMIT_S
    while not is_so():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def write(server, count, first=0):
    server.store.write(
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


def test_black_hole_and_slow_receiver_do_not_slow_a_quick_one(serving):
    def slow(connection, _):
        time.sleep(1.5)
        connection.sendall(OK)

    server = serving(timeout_s=2.0, in_flight_total=20)
    with (
        receiving(silent) as black_hole,
        receiving(slow) as slow_one,
        receiving(always(OK)) as quick,
    ):
        for receiver in (black_hole, slow_one, quick):
            subscribe(server.store, url=receiver.url)
        write(server, 300)
        until(lambda: len(quick.requests) >= 300, "the quick one gets everything")
        # At 20 in flight the slow one alone takes 22 s for its 300.
        assert len(slow_one.requests) < 300


def test_open_circuit_sends_nothing_until_its_time_is_over(serving):
    refusal = b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"
    server = serving(circuit_failures=3, in_flight=1)
    with receiving(always(refusal)) as receiver:
        subscription = subscribe(server.store, url=receiver.url)
        write(server, 50)
        dispatch = Dispatch(server.store)

        def is_open():
            found = dispatch.destinations().get(subscription.id)
            return found is not None and found.open_until_at is not None

        until(is_open, "the circuit opens")
        time.sleep(1.5)
        assert len(receiver.requests) == 3
    assert "500 No" in dispatch.destinations()[subscription.id].last_error


def test_gone_receiver_disables_its_subscription_and_says_so(serving, caplog):
    caplog.set_level(logging.WARNING)
    gone = threading.Event()

    def respond(connection, _):
        status = b"410 Gone" if not gone.is_set() else b"204 No Content"
        connection.sendall(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\n\r\n")

    server = serving(in_flight=1)
    subscribing = Subscribing(server.store)
    with receiving(respond) as receiver, receiving(always(OK)) as other:
        subscription = subscribe(server.store, url=receiver.url)
        subscribe(server.store, url=other.url, filter="type=subscription.disabled")
        write(server, 3)
        until(
            lambda: subscribing.get(subscription.id).state is SubscriptionState.DISABLED,
            "it is disabled",
        )
        until(lambda: other.requests, "who asks for that is sent it")
        assert MessageType.SUBSCRIPTION_DISABLED.encode() in other.requests[0]
        known = subscribing.get(subscription.id)
        assert known.state_reason == "its receiver answered 410 Gone"
        assert f"vifcast subscription resume {subscription.id}" in caplog.text
        gone.set()
        before = len(receiver.requests)
        now = times.now()
        subscribing.change(
            replace(known, state=SubscriptionState.ACTIVE, state_reason=None, state_at=now), now
        )
        until(lambda: len(receiver.requests) >= before + 3, "what waited is sent")


def test_receiver_in_a_forbidden_network_is_sent_nothing(serving):
    server = serving(allowed_networks=[])
    with receiving(always(OK)) as receiver:
        subscription = subscribe(server.store, url=receiver.url)
        write(server, 1)
        dispatch = Dispatch(server.store)
        until(lambda: subscription.id in dispatch.destinations(), "an attempt is recorded")
        assert receiver.connections == 0
    error = dispatch.destinations()[subscription.id].last_error
    assert "127.0.0.0/8 (loopback)" in error
    assert "allowed_networks in [delivery]" in error


def test_rate_is_kept(serving):
    server = serving()
    with receiving(always(OK)) as receiver:
        subscribe(server.store, url=receiver.url, rate_per_s=10.0)
        started = time.monotonic()
        write(server, 40)
        until(lambda: len(receiver.requests) >= 30, "thirty are sent")
        assert time.monotonic() - started >= 2.0


def test_outcomes_attempts_and_delays_are_counted(serving):
    answers = iter([b"500 No", b"204 Yes", b"204 Yes"])

    def respond(connection, _):
        connection.sendall(b"HTTP/1.1 " + next(answers) + b"\r\nContent-Length: 0\r\n\r\n")

    server = serving(schedule_s=["0", "0.1"], in_flight=1)
    with receiving(respond) as receiver:
        subscribe(server.store, url=receiver.url)
        write(server, 2)
        until(lambda: len(receiver.requests) >= 3, "both are sent, one of them twice")
    expected = (
        'vifcast_deliveries_total{outcome="delivered"} 2.0',
        'vifcast_deliveries_total{outcome="retry"} 1.0',
        'vifcast_delivery_attempts_total{status="2xx"} 2.0',
        'vifcast_delivery_attempts_total{status="5xx"} 1.0',
        "vifcast_delivery_delay_seconds_count 2.0",
    )
    until(
        lambda: all(each in server.metrics.render().decode() for each in expected),
        "all of it is counted",
    )


def test_what_was_taken_is_sent_also_when_what_was_before_it_came_too_late(serving, monkeypatch):
    """As where so much is taken that claims end before all of it is sent."""
    asked = itertools.count()
    monkeypatch.setattr("vifcast.delivery.taken._LOW", 1)
    # Within the first run: asked before each is begun, and before its second delivery.
    monkeypatch.setattr(Run, "is_late", property(lambda _: next(asked) == 1))
    server = serving(in_flight=1)
    with receiving(always(OK)) as receiver:
        subscription = subscribe(
            server.store, url=receiver.url, filter="type=interface.*", state="paused"
        )
        for number in range(5):
            about = {"instance_id": f"instance-{number}", "port_id": f"port-{number}"}
            server.store.write(attach_or_detach(number, at_s=10 * number, **about), [])
        Subscribing(server.store).change(
            replace(subscription, state=SubscriptionState.ACTIVE), subscription.state_at
        )
        until(lambda: len(receiver.requests) >= 10, "all of it is sent")


def test_mistake_where_outcomes_are_noted_ends_the_process_instead_of_all_deliveries(
    serving, monkeypatch
):
    async def fails(*_):
        raise RuntimeError("ours")

    monkeypatch.setattr(Finished, "_write", fails)
    server = serving()
    with receiving(always(OK)) as receiver:
        subscribe(server.store, url=receiver.url)
        write(server, 1)
        with pytest.raises(RuntimeError, match="ours"):
            server.wait(60)


def test_receiver_that_fails_for_too_long_disables_its_subscription_and_says_so(serving, caplog):
    caplog.set_level(logging.WARNING)
    refusal = b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"
    pauses = ["0", *["0.3"] * 200]
    server = serving(disable_after_s=60.0, circuit_failures=1000, schedule_s=pauses, in_flight=1)
    subscribing, dispatch = Subscribing(server.store), Dispatch(server.store)

    def failures():
        found = dispatch.destinations().get(subscription.id)
        return 0 if found is None else found.failures

    with receiving(always(refusal)) as refusing, receiving(always(OK)) as other:
        subscription = subscribe(server.store, url=refusing.url)
        subscribe(server.store, url=other.url, filter="type=subscription.disabled")
        write(server, 2)
        until(lambda: failures() >= 3, "several attempts fail")
        assert subscribing.get(subscription.id).state is SubscriptionState.ACTIVE
        since = times.now() - dt.timedelta(seconds=61)
        with server.store.writing() as connection:
            # As if the first of them had been a minute ago.
            connection.execute(
                sa.update(schema.destination)
                .where(schema.destination.c.subscription_id == subscription.id)
                .values(failing_since_at=since)
            )
        until(
            lambda: subscribing.get(subscription.id).state is SubscriptionState.DISABLED,
            "it is disabled",
        )
        until(lambda: other.requests, "who asks for that is sent it")
        reason = f"every attempt since {times.to_text(since)} failed; the last: "
        assert reason.encode() in other.requests[0]
    known = subscribing.get(subscription.id)
    assert known.state_reason == f"{reason}the receiver answers 500 No"
    assert f"vifcast subscription resume {subscription.id}" in caplog.text
    metric = 'vifcast_subscriptions_disabled_total{reason="failing"} 1.0'
    until(lambda: metric in server.metrics.render().decode(), "it is counted")
    case = Case(server.settings, server.settings.ingest, None, 5.0, store=server.store)
    (line,) = receivers.look(case)
    assert f"is disabled: {known.state_reason}" in line.text
    assert "2 deliveries wait" in line.text
    assert line.advice.endswith(f"vifcast subscription resume {subscription.id}.")
