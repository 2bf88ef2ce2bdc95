"""Deliveries as they are looked for, and subscriptions as they are changed, on every database."""

import datetime as dt

import pytest
from subscribed import T1, claim, finish, outcome, subscribe

from database_fixtures import EVERY_DATABASE
from ledger_events import attach_or_detach
from vifcast import times
from vifcast.store import DeliveryQuery, DeliveryReader, Subscribing
from vifcast.store.tables import delivery_search
from vifcast.subscription.delivery import Attempt, DeliveryState

pytestmark = EVERY_DATABASE


@pytest.fixture
def two(store):
    """Two subscriptions; of the first one delivery was sent."""
    one, other = subscribe(store), subscribe(store)
    store.write(attach_or_detach(1, at_s=5), [])
    now = times.now()
    ((delivery,),) = claim(store, one, now)
    attempt = Attempt(
        delivery_id=delivery.id, number=1, started_at=T1, duration_ms=3, status_code=500,
        error="the receiver answers 500", answer="no", address="192.0.2.1",
    )  # fmt: skip
    done = outcome(delivery, DeliveryState.DEAD, attempt=attempt, finished_at=now, status_code=500,
                   error="the receiver answers 500")  # fmt: skip
    finish(store, one, [done], [delivery.line], now)
    return one, other, delivery


def ids(reader, limit=100, cursor=None, **conditions):
    return [each.id for each in reader.search(
        DeliveryQuery(**conditions), limit=limit, cursor=cursor
    ).items]  # fmt: skip


# The second bound: that many parts are not looked up one by one.
@pytest.mark.parametrize("most_parts", [1000, 0])
def test_deliveries_are_found_by_every_condition(store, two, monkeypatch, most_parts):
    monkeypatch.setattr(delivery_search, "_MAX_PARTS", most_parts)
    one, other, sent = two
    reader = DeliveryReader(store)
    everything = ids(reader)
    assert everything == sorted(everything, reverse=True)
    of_one = ids(reader, subscriptions=(one.id,))
    of_other = ids(reader, subscriptions=(other.id,))
    assert set(of_one) | set(of_other) == set(everything)
    assert len(of_one) == len(of_other) == len(everything) / 2
    assert ids(reader, subscriptions=(one.id, other.id)) == everything
    assert ids(reader, subscriptions=()) == []
    assert ids(reader, state=DeliveryState.DEAD) == [sent.id]
    assert ids(reader, state=DeliveryState.DEAD, subscriptions=(other.id,)) == []
    assert len(ids(reader, state=DeliveryState.WAITING)) == len(everything) - 1
    (message,) = reader.messages([sent]).values()
    assert sent.id in ids(reader, message=message.message_id)
    assert len(ids(reader, message=message.message_id)) == 2
    assert ids(reader, message=message.message_id, subscriptions=(one.id,)) == [sent.id]
    assert ids(reader, message=message.message_id, state=DeliveryState.WAITING) != [sent.id]
    assert ids(reader, message="nothing") == []
    hour = dt.timedelta(hours=1)
    assert ids(reader, since=times.now() - hour) == everything
    assert ids(reader, until=times.now() - hour) == []
    assert ids(reader, since=times.BEGINNING, until=times.END) == everything
    assert ids(reader, since=times.END) == ids(reader, until=times.BEGINNING) == []


def test_pages_follow_each_other(store, two):
    reader = DeliveryReader(store)
    found, cursor = [], None
    while True:
        page = reader.search(DeliveryQuery(state=DeliveryState.WAITING), limit=2, cursor=cursor)
        found += [each.id for each in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert found == ids(reader, state=DeliveryState.WAITING)


def test_attempts_of_a_delivery(store, two):
    _, _, sent = two
    reader = DeliveryReader(store)
    assert reader.get(sent.id).state is DeliveryState.DEAD
    (attempt,) = reader.attempts(sent.id)
    assert (attempt.status_code, attempt.answer) == (500, "no")
    assert reader.get(sent.id + 1000) is None
    assert reader.attempts(sent.id + 1000) == []


def test_change_of_what_somebody_changed_meanwhile_is_not_kept(store, two):
    one, _, _ = two
    kept = Subscribing(store)
    changed = kept.change(one, times.now())
    assert changed.revision > one.revision
    assert kept.change(one, times.now()) is None
    assert kept.change(changed, times.now()) is not None


def test_secrets_are_replaced_only_by_who_read_them(store):
    one = subscribe(store, secrets="first")
    kept = Subscribing(store)
    assert kept.secrets() == {one.id: "first"}
    assert not kept.reseal(one.id, "other", "second")
    assert kept.reseal(one.id, "first", "second")
    assert kept.get(one.id).secrets == "second"


def test_a_project_has_no_more_than_its_quota(store, two):
    one, _, _ = two
    assert Subscribing(store).add(one, quota=2) is None


def test_deliveries_are_counted_from_a_moment_on(store, two):
    one, other, _ = two
    reader = DeliveryReader(store)

    def total(of, since):
        return sum(reader.count_since(since)[of.id].values())

    before = len(ids(reader, subscriptions=(one.id,)))
    assert total(one, T1) == total(other, T1) == before
    assert reader.count_since(T1)[one.id][DeliveryState.DEAD] == 1
    middle = times.now()
    store.write(attach_or_detach(2, at_s=50), [])
    added = len(ids(reader, subscriptions=(one.id,))) - before
    assert total(one, middle) == added > 0
    assert total(one, times.now()) == 0
