"""Overdue operations are announced once; what nobody would send any more gets its turn."""

import datetime as dt
import json
import threading

import sqlalchemy as sa
from subscribed import LEASE, T1, claim, finish, outcome, sent, subscribe

from database_fixtures import EVERY_DATABASE
from ledger_events import T0, attach_or_detach, make_event
from vifcast.errors import StoreError
from vifcast.store import Dispatch, Upkeep
from vifcast.store.sql import schema
from vifcast.subscription.delivery import DeliveryState
from vifcast.subscription.message import MessageType, type_of

pytestmark = EVERY_DATABASE

LONG_AGO = T0 - dt.timedelta(days=30)
LATER = T1 + dt.timedelta(days=365)
MINUTE = dt.timedelta(minutes=1)


def start(number=1, **changes):
    return make_event(
        phase="start",
        instance_id=f"instance-{number}",
        operation_id=f"operation-{number}",
        port_id=f"port-{number}",
        **changes,
    )


def overdue_of(store, subscription):
    return [
        each for each in sent(store, subscription, LATER) if type_of(each) is MessageType.OVERDUE
    ]


def test_overdue_operation_is_announced_once(store):
    subscription = subscribe(store, created_at=LONG_AGO)
    store.write([start(), *attach_or_detach(2, instance_id="instance-2")], [])
    upkeep = Upkeep(store)
    after = dt.timedelta(seconds=store.overdue_after_s)
    assert upkeep.announce_overdue(T0 + after - dt.timedelta(seconds=1)) == 0
    assert upkeep.announce_overdue(T0 + after + MINUTE) == 1
    assert upkeep.announce_overdue(T0 + after + 2 * MINUTE) == 0
    (message,) = overdue_of(store, subscription)
    assert message.occurred_at == T0 + after
    assert message.instance_id == "instance-1"
    assert json.loads(message.data)["status"] == "overdue"


def test_overdue_comes_between_start_and_end(store):
    subscription = subscribe(store, created_at=LONG_AGO, filter="action=attach")
    store.write([start()], [])
    Upkeep(store).announce_overdue(T0 + dt.timedelta(seconds=store.overdue_after_s) + MINUTE)
    end = make_event(
        phase="end",
        instance_id="instance-1",
        operation_id="operation-1",
        port_id="port-1",
        at_s=store.overdue_after_s + 600,
    )
    store.write([end], [])
    found = [type_of(each) for each in sent(store, subscription, LATER)]
    expected = [MessageType.ATTACH_STARTED, MessageType.OVERDUE, MessageType.ATTACHED]
    assert [each for each in found if each in expected] == expected


def test_two_processes_announce_it_once(store):
    subscription = subscribe(store, created_at=LONG_AGO)
    store.write([start(number) for number in range(20)], [])
    now = T0 + dt.timedelta(seconds=store.overdue_after_s) + MINUTE
    together = threading.Barrier(2)
    failures = []

    def announce():
        upkeep = Upkeep(store)
        together.wait()
        for _ in range(20):
            try:
                if upkeep.announce_overdue(now) == 0:
                    return
            except StoreError as error:
                # The other one was first; it is looked for again.
                assert "duplicate" in str(error).lower() or "again" in str(error)  # noqa: PT017
            except BaseException as error:  # noqa: BLE001 - shown by the test
                failures.append(error)

    threads = [threading.Thread(target=announce) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert failures == []
    assert len(overdue_of(store, subscription)) == 20


def test_what_became_overdue_before_a_subscription_was_made_is_not_sent(store):
    store.write([start()], [])
    became_at = T0 + dt.timedelta(seconds=store.overdue_after_s)
    late = subscribe(store, created_at=became_at + MINUTE)
    assert Upkeep(store).announce_overdue(became_at + 2 * MINUTE) == 0
    early = subscribe(store, created_at=became_at - MINUTE)
    assert Upkeep(store).announce_overdue(became_at + 2 * MINUTE) == 1
    assert [len(overdue_of(store, each)) for each in (late, early)] == [0, 1]


def test_first_of_a_line_without_a_turn_gets_it(store):
    subscription = subscribe(store)
    store.write([start(number) for number in range(3)], [])
    with store.writing() as connection:
        connection.execute(sa.update(schema.delivery).values(due_at=None))
    assert claim(store, subscription, LATER) == []
    assert Upkeep(store).wake_stuck(LATER) == 3
    assert len(claim(store, subscription, LATER)) == 3
    assert Upkeep(store).wake_stuck(LATER) == 0


def test_what_waits_for_another_of_its_line_is_left_alone(store):
    subscription = subscribe(store)
    store.write([start(1), start(1, at_s=5)], [])
    ((first,),) = claim(store, subscription, LATER)
    again_at = LATER + 60 * MINUTE
    retry = outcome(first, DeliveryState.WAITING, due_at=again_at)
    finish(store, subscription, [retry], [first.line], LATER)
    claim(store, subscription, LATER)
    assert Upkeep(store).wake_stuck(LATER) == 0
    assert claim(store, subscription, LATER) == []


def test_line_of_a_process_that_is_gone_is_given_back(store):
    subscription = subscribe(store)
    store.write([start(1), start(1, at_s=5)], [])
    ((first,),) = claim(store, subscription, LATER)
    with store.writing() as connection:
        connection.execute(
            sa.update(schema.delivery).where(schema.delivery.c.id == first.id).values(due_at=None)
        )
    assert Upkeep(store).wake_stuck(LATER + LEASE / 2) == 0
    busy = sa.select(sa.func.count()).select_from(schema.busy_line)
    Upkeep(store).wake_stuck(LATER + LEASE + 2 * MINUTE)
    with store.reading() as connection:
        assert connection.scalar(busy) == 0


def test_many_lines_are_gone_through(store):
    subscription = subscribe(store)
    store.write([start(number) for number in range(450)], [])
    with store.writing() as connection:
        connection.execute(sa.update(schema.delivery).values(due_at=None))
    assert Upkeep(store).wake_stuck(LATER) == 450
    assert Dispatch(store).due([subscription.id], LATER) == {subscription.id}
