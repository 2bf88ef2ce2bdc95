"""Deliveries are claimed, sent one after the other for each instance, and claimed once."""

import datetime as dt
import threading

from subscribed import LEASE, claim, finish, outcome, subscribe

from database_fixtures import EVERY_DATABASE
from ledger_events import make_event
from vifcast.store.dispatch import Dispatch
from vifcast.subscription.delivery import DeliveryState
from vifcast.subscription.subscription import Ordering

pytestmark = EVERY_DATABASE

NOW = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
DELIVERED, WAITING, DEAD = DeliveryState.DELIVERED, DeliveryState.WAITING, DeliveryState.DEAD


def write(store, *instances, phase="start", first=0):
    """A start of each, a second after the other."""
    store.write(
        [
            make_event(
                phase=phase,
                instance_id=instance,
                operation_id=f"operation-{first + number}",
                port_id=f"port-{first + number}",
                at_s=first + number,
            )
            for number, instance in enumerate(instances)
        ],
        [],
    )


def only(runs):
    ((delivery,),) = runs
    return delivery


def lines_of(runs):
    return sorted(run[0].line for run in runs)


def test_one_of_each_instance_is_claimed_at_a_time(store):
    subscription = subscribe(store)
    write(store, "a", "a", "b")
    first = claim(store, subscription, NOW)
    assert lines_of(first) == ["a", "b"]
    assert claim(store, subscription, NOW, worker="worker-2") == []
    for run in first:
        finish(store, subscription, [outcome(run[0], DELIVERED)], [run[0].line], NOW)
    assert lines_of(claim(store, subscription, NOW)) == ["a"]


def test_run_of_one_instance_comes_in_its_order(store):
    subscription = subscribe(store)
    write(store, *"aaab")
    runs = claim(store, subscription, NOW, run=2)
    assert sorted([each.line for each in run] for run in runs) == [["a", "a"], ["b"]]
    (run,) = [run for run in runs if run[0].line == "a"]
    assert run[0].ordered_at < run[1].ordered_at


def test_so_many_instances_are_claimed_though_more_is_due(store):
    subscription = subscribe(store)
    write(store, *"aaabb")
    (run,) = claim(store, subscription, NOW, limit=20, run=20, lines=1)
    assert [each.line for each in run] == ["a", "a", "a"]
    (other,) = claim(store, subscription, NOW, limit=20, run=20, lines=1, worker="worker-2")
    assert [each.line for each in other] == ["b", "b"]


def test_failed_one_holds_up_its_instance_alone(store):
    subscription = subscribe(store)
    write(store, "a", "b")
    by_line = {run[0].line: run[0] for run in claim(store, subscription, NOW)}
    again_at = NOW + dt.timedelta(seconds=5)
    failed = outcome(by_line["a"], WAITING, due_at=again_at, error="refused")
    finish(store, subscription, [failed, outcome(by_line["b"], DELIVERED)], ["a", "b"], NOW)
    write(store, "a", "b", first=10)
    assert lines_of(claim(store, subscription, NOW)) == ["b"]
    (run,) = claim(store, subscription, again_at)
    assert (run[0].id, run[0].attempts) == (by_line["a"].id, 1)


def test_what_was_parked_comes_after_the_failed_one(store):
    subscription = subscribe(store)
    write(store, *"aaa")
    first = only(claim(store, subscription, NOW))
    again_at = NOW + dt.timedelta(seconds=5)
    finish(store, subscription, [outcome(first, WAITING, due_at=again_at)], ["a"], NOW)
    assert claim(store, subscription, NOW) == []
    seen = []
    while runs := claim(store, subscription, again_at):
        delivery = only(runs)
        seen.append(delivery.id)
        finish(store, subscription, [outcome(delivery, DELIVERED)], ["a"], again_at)
    assert seen == sorted(seen)
    assert len(seen) == 3


def test_dead_one_lets_the_next_go(store):
    subscription = subscribe(store)
    write(store, "a", "a")
    first = only(claim(store, subscription, NOW))
    finish(store, subscription, [outcome(first, DEAD, finished_at=NOW)], ["a"], NOW)
    assert only(claim(store, subscription, NOW)).id != first.id


def test_earlier_event_that_comes_late_goes_first(store):
    subscription = subscribe(store)
    write(store, "a", first=10)
    write(store, "a", first=5)
    assert only(claim(store, subscription, NOW)).id == 2


def test_claims_of_a_process_that_was_killed_are_free_later(store):
    subscription = subscribe(store)
    write(store, "a")
    delivery = only(claim(store, subscription, NOW))
    assert claim(store, subscription, NOW + LEASE / 2, worker="worker-2") == []
    later = NOW + 2 * LEASE
    assert only(claim(store, subscription, later, worker="worker-2")).id == delivery.id
    finish(store, subscription, [outcome(delivery, DEAD)], ["a"], later)
    finish(store, subscription, [outcome(delivery, DELIVERED)], ["a"], later, worker="worker-2")
    write(store, "a", first=5)
    assert only(claim(store, subscription, later)).id != delivery.id


def test_without_order_all_are_claimed_at_once(store):
    subscription = subscribe(store, ordering=Ordering.NONE)
    write(store, *"aaaa")
    assert [len(run) for run in claim(store, subscription, NOW)] == [1, 1, 1, 1]
    assert claim(store, subscription, NOW) == []


def test_due_names_those_that_have_something(store):
    busy, idle = subscribe(store), subscribe(store, filter="host=nowhere")
    write(store, "a")
    assert Dispatch(store).due([busy.id, idle.id], NOW) == {busy.id}
    claim(store, busy, NOW)
    assert Dispatch(store).due([busy.id, idle.id], NOW) == set()


def test_several_processes_claim_each_once_and_in_order(store):
    """Four threads as four processes: nothing twice, and within an instance in order."""
    subscription = subscribe(store)
    instances = [f"instance-{number % 7}" for number in range(210)]
    write(store, *instances)
    taken: list[tuple[str, int]] = []
    guard = threading.Lock()
    failures: list[BaseException] = []

    def work(name):
        try:
            while True:
                with guard:
                    if failures or len(taken) >= len(instances):
                        return
                runs = claim(store, subscription, NOW, worker=name, limit=10, run=3)
                for run in runs:
                    with guard:
                        taken.extend((each.line, each.id) for each in run)
                    done = [outcome(each, DELIVERED) for each in run]
                    finish(store, subscription, done, [run[0].line], NOW, worker=name)
        except BaseException as error:  # noqa: BLE001 - shown by the test
            failures.append(error)

    threads = [threading.Thread(target=work, args=(f"w{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(300)
    assert failures == []
    assert not any(thread.is_alive() for thread in threads)
    assert sorted(number for _, number in taken) == list(range(1, len(instances) + 1))
    for instance in set(instances):
        mine = [number for line, number in taken if line == instance]
        assert mine == sorted(mine)


def test_end_waits_for_its_start_also_when_what_was_before_it_was_sent(store):
    subscription = subscribe(store)
    write(store, "a")
    about = {"operation_id": "late", "instance_id": "a", "port_id": "port-2"}
    store.write([make_event(at_s=20, **about)], [])
    now = dt.datetime.now(dt.UTC)
    before = only(claim(store, subscription, now))
    finish(store, subscription, [outcome(before, DELIVERED)], ["a"], now)
    assert claim(store, subscription, now) == []
    store.write([make_event(phase="start", at_s=19, **about)], [])
    now = dt.datetime.now(dt.UTC)
    start = only(claim(store, subscription, now))
    finish(store, subscription, [outcome(start, DELIVERED)], ["a"], now)
    assert only(claim(store, subscription, now)).event_id == start.event_id - 1


def test_what_waited_for_its_turn_goes_in_one_run(store):
    subscription = subscribe(store)
    write(store, *"aaaaa")
    first = only(claim(store, subscription, NOW))
    assert claim(store, subscription, NOW, worker="worker-2") == []
    finish(store, subscription, [outcome(first, DELIVERED)], [first.line], NOW)
    (run,) = claim(store, subscription, NOW, run=10)
    assert [each.id for each in run] == [2, 3, 4, 5]


def test_what_a_killed_process_had_of_a_line_that_another_took_is_sent(store):
    subscription = subscribe(store)
    write(store, *"aaa")
    ((first, second, third),) = claim(store, subscription, NOW, run=3)
    later = NOW + 2 * LEASE
    assert only(claim(store, subscription, later, worker="worker-2", limit=1)).id == first.id
    assert claim(store, subscription, later, worker="worker-3") == []
    finish(store, subscription, [outcome(first, DELIVERED)], ["a"], later, worker="worker-2")
    for each in (second, third):
        assert only(claim(store, subscription, later)).id == each.id
        finish(store, subscription, [outcome(each, DELIVERED)], ["a"], later)
