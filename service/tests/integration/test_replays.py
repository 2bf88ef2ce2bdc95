"""The past is sent once more: single messages, what was given up, a time of it."""

import datetime as dt
import threading

import pytest
from subscribed import T1, claim, finish, outcome, sent, subscribe

from database_fixtures import EVERY_DATABASE
from ledger_events import T0, attach_or_detach, make_event
from vifcast import times
from vifcast.store import Cutoffs, Replaying, purge
from vifcast.store.retention import deliveries as retention
from vifcast.subscription.delivery import DeliveryState, ReplayProgress, ReplayState
from vifcast.subscription.message import MessageType, type_of
from vifcast.subscription.subscription import Ordering

pytestmark = EVERY_DATABASE

NOW = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
BEFORE, AFTER = T0 - dt.timedelta(days=1), T1 + dt.timedelta(days=300)
ATTACHED = [MessageType.ATTACH_STARTED, MessageType.ATTACHED, MessageType.OPENED]
DELIVERED, DEAD = DeliveryState.DELIVERED, DeliveryState.DEAD


def types(messages):
    return [type_of(each) for each in messages]


def ids(messages):
    return [each.message_id for each in messages]


def started(store, subscription, since=BEFORE, until=AFTER):
    replay = Replaying(store).start(subscription.id, since, until, "somebody", NOW)
    assert replay is not None
    return replay


def fed(store, replay):
    """All that it makes while nothing is sent."""
    while Replaying(store).feed(Replaying(store).get(replay.id), NOW):
        pass
    return Replaying(store).get(replay.id)


def progress(store, replay):
    return Replaying(store).progress(Replaying(store).get(replay.id))


def replayed(store, subscription, replay):
    """All of it, sent as it comes."""
    found = []
    while Replaying(store).get(replay.id).state is ReplayState.RUNNING:
        fed(store, replay)
        found += sent(store, subscription, NOW)
    return found


def test_replay_may_begin_with_the_first_moment_that_can_be_written(store):
    store.write(attach_or_detach(1), [])
    subscription = subscribe(store)
    replay = started(store, subscription, since=times.BEGINNING)
    assert types(replayed(store, subscription, replay)) == ATTACHED


def test_share_of_a_replay_is_of_what_it_sends(store):
    store.write(attach_or_detach(1), [])
    subscription = subscribe(store)
    replay = started(store, subscription)
    assert Replaying(store).share(replay) == 0
    looked_through = fed(store, replay)
    assert looked_through.position == looked_through.until_id
    assert Replaying(store).share(looked_through) == 0
    ((first, *_), *_) = claim(store, subscription, NOW, limit=1)
    finish(store, subscription, [outcome(first, DELIVERED)], [first.line], NOW)
    assert Replaying(store).share(looked_through) == pytest.approx(1 / looked_through.scheduled)
    replayed(store, subscription, replay)
    assert Replaying(store).share(Replaying(store).get(replay.id)) == 1


def test_new_subscription_gets_the_past_with_the_same_ids(store):
    live = subscribe(store)
    store.write(attach_or_detach(1), [])
    store.write(attach_or_detach(2, action="detach", at_s=10), [])
    as_it_happened = sent(store, live, NOW)
    late = subscribe(store)
    replay = started(store, late)
    found = replayed(store, late, replay)
    assert sorted(ids(found)) == sorted(ids(as_it_happened))
    assert [type_of(each) for each in found if type_of(each).startswith("attachment.")] == [
        MessageType.OPENED,
        MessageType.CLOSED,
    ]
    done = Replaying(store).get(replay.id)
    assert (done.state, done.scheduled) == (ReplayState.DONE, 6)
    assert progress(store, replay).delivered == 6
    assert sent(store, live, NOW) == []


def test_what_nobody_was_sent_is_announced_in_a_replay(store):
    store.write(attach_or_detach(1), [])
    late = subscribe(store)
    found = replayed(store, late, started(store, late))
    assert types(found) == ATTACHED
    again = replayed(store, late, started(store, late))
    assert ids(again) == ids(found)


def test_range_filter_and_project_apply(store):
    for number in range(6):
        store.write(
            attach_or_detach(
                number,
                at_s=100 * number,
                port_id=f"port-{number}",
                instance_id=f"instance-{number}",
                project_id=f"project-{number % 2}",
            ),
            [],
        )
    late = subscribe(store, filter="phase=end", project_id="project-1")
    since, until = T0 + dt.timedelta(seconds=100), T0 + dt.timedelta(seconds=500)
    found = replayed(store, late, started(store, late, since, until))
    assert [each.instance_id for each in found] == ["instance-1", "instance-3"]


def test_replay_makes_few_deliveries_at_a_time(store):
    store.write(
        [
            make_event(phase="start", operation_id=f"o{n}", instance_id=f"i{n}", at_s=n)
            for n in range(700)
        ],
        [],
    )
    late = subscribe(store)
    replay = started(store, late)
    assert Replaying(store).share(replay) == 0
    assert fed(store, replay).scheduled == 500
    # They wait: nothing is sent yet.
    assert Replaying(store).share(Replaying(store).get(replay.id)) == 0
    assert len(replayed(store, late, replay)) == 700
    assert Replaying(store).share(Replaying(store).get(replay.id)) == 1


def test_two_processes_make_each_delivery_once(store):
    store.write(
        [
            make_event(phase="start", operation_id=f"o{n}", instance_id=f"i{n % 9}", at_s=n)
            for n in range(900)
        ],
        [],
    )
    late = subscribe(store, ordering=Ordering.NONE)
    replay = started(store, late)
    behind = threading.Barrier(2)

    def feed():
        same = Replaying(store).get(replay.id)
        behind.wait()
        Replaying(store).feed(same, NOW)

    found = []
    while Replaying(store).get(replay.id).state is ReplayState.RUNNING:
        threads = [threading.Thread(target=feed) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        found += sent(store, late, NOW)
    assert len(found) == len(set(ids(found))) == 900


def test_replay_does_not_hold_up_what_happens_now(store):
    store.write(attach_or_detach(1), [])
    subscription = subscribe(store)
    replay = started(store, subscription)
    fed(store, replay)
    store.write(attach_or_detach(2, action="detach", at_s=10), [])
    (first, *_) = claim(store, subscription, NOW, limit=1)
    assert first[0].replay_id is None
    runs = claim(store, subscription, NOW)
    assert {run[0].replay_id for run in runs} == {replay.id}
    assert {run[0].line for run in runs} == {f"replay:{replay.id}:instance-1"}


def test_cancelled_replay_sends_nothing_more(store):
    store.write([*attach_or_detach(1), *attach_or_detach(2, action="detach", at_s=10)], [])
    subscription = subscribe(store)
    replay = started(store, subscription)
    fed(store, replay)
    (run,) = claim(store, subscription, NOW)
    assert Replaying(store).cancel(replay, NOW)
    assert not Replaying(store).cancel(replay, NOW)
    assert not Replaying(store).feed(replay, NOW)
    failed = outcome(run[0], DeliveryState.WAITING, due_at=NOW, error="refused")
    finish(store, subscription, [failed], [run[0].line], NOW)
    Replaying(store).cancel_returned(NOW)
    assert claim(store, subscription, NOW) == []
    made = progress(store, replay)
    assert (made.waiting, made.cancelled) == (0, Replaying(store).get(replay.id).scheduled)


def test_replay_that_has_ended_stays_as_it_is(store):
    store.write(attach_or_detach(1), [])
    subscription = subscribe(store)
    replay = started(store, subscription)
    fed(store, replay)
    assert Replaying(store).get(replay.id).state is ReplayState.RUNNING
    assert len(sent(store, subscription, NOW)) == 3
    fed(store, replay)
    ended = Replaying(store).get(replay.id)
    assert ended.state is ReplayState.DONE
    assert not Replaying(store).cancel(ended, NOW)
    assert Replaying(store).get(replay.id) == ended


def test_delivered_message_is_sent_once_more_with_its_id(store):
    subscription = subscribe(store)
    store.write(attach_or_detach(1)[:1], [])
    (run,) = claim(store, subscription, NOW)
    assert Replaying(store).redeliver([run[0].id], NOW) == []
    finish(store, subscription, [outcome(run[0], DELIVERED)], [run[0].line], NOW)
    assert Replaying(store).redeliver([run[0].id, 999], NOW) == [run[0].id]
    ((again,),) = claim(store, subscription, NOW)
    assert (again.redelivery_of, again.event_id) == (run[0].id, run[0].event_id)
    assert again.line == run[0].line


def test_what_was_given_up_is_recovered_once_and_in_order(store):
    subscription = subscribe(store)
    store.write(attach_or_detach(1)[:1], [])
    store.write(attach_or_detach(1, at_s=10)[:1], [])
    for _ in range(2):
        (run,) = claim(store, subscription, NOW)
        dead = outcome(run[0], DEAD, finished_at=NOW, error="refused")
        finish(store, subscription, [dead], [run[0].line], NOW)
    store.write(attach_or_detach(2, at_s=20)[:1], [])
    hour = dt.timedelta(hours=1)
    assert Replaying(store).recover(subscription.id, NOW + hour, NOW) == 0
    assert Replaying(store).recover(subscription.id, NOW - hour, NOW) == 2
    assert Replaying(store).recover(subscription.id, NOW - hour, NOW) == 0
    found = sent(store, subscription, NOW)
    assert len(found) == 3
    assert [each.occurred_at for each in found] == sorted(each.occurred_at for each in found)


def test_retention_keeps_what_a_replay_announces(store, monkeypatch):
    monkeypatch.setattr(retention, "_LOOK_AT", 1)
    live = subscribe(store, filter="type=attachment.opened")
    store.write(attach_or_detach(1), [])
    sent(store, live, NOW)
    with store.writing() as connection:
        retention.delete(connection, [1])
    store.write(attach_or_detach(2, at_s=60, port_id="port-2"), [])
    late = subscribe(store, filter="type=attachment.opened port=port-1")
    replay = started(store, late)
    fed(store, replay)
    with store.writing() as connection:
        assert retention.delete_announcements(connection, 10) == 0
    assert types(replayed(store, late, replay) or sent(store, late, NOW)) == [MessageType.OPENED]


def never(_seconds):
    return False


def test_retention_keeps_the_deliveries_of_a_replay_as_long_as_the_replay_is_shown(store):
    store.write(attach_or_detach(1), [])
    subscription = subscribe(store)
    replay = started(store, subscription)
    fed(store, replay)
    later = NOW + dt.timedelta(days=40)
    (run,) = claim(store, subscription, NOW)
    dead = outcome(run[0], DEAD, finished_at=NOW, error="refused")
    finish(store, subscription, [dead], [run[0].line], NOW)
    # While the others wait, what is final is kept: it is counted.
    counted = ReplayProgress(waiting=2, delivered=0, failed=1, cancelled=0)
    assert progress(store, replay) == counted
    assert purge(store, Cutoffs(deliveries=later), pause=never).deliveries == 0
    assert progress(store, replay) == counted
    assert len(replayed(store, subscription, replay)) == 2
    ended_at = Replaying(store).get(replay.id).finished_at
    counted = ReplayProgress(waiting=0, delivered=2, failed=1, cancelled=0)
    purged = purge(store, Cutoffs(deliveries=ended_at), pause=never)
    assert (purged.deliveries, purged.replays) == (0, 0)
    assert progress(store, replay) == counted
    purged = purge(store, Cutoffs(deliveries=later), pause=never)
    assert (purged.deliveries, purged.replays) == (3, 1)
    assert Replaying(store).get(replay.id) is None


def test_cancelled_replay_goes_with_its_deliveries(store):
    store.write(attach_or_detach(1), [])
    subscription = subscribe(store)
    replay = started(store, subscription)
    fed(store, replay)
    Replaying(store).cancel(Replaying(store).get(replay.id), NOW)
    assert purge(store, Cutoffs(deliveries=NOW), pause=never).replays == 0
    assert progress(store, replay).cancelled == 3
    purged = purge(store, Cutoffs(deliveries=NOW + dt.timedelta(days=40)), pause=never)
    assert (purged.deliveries, purged.replays) == (3, 1)
