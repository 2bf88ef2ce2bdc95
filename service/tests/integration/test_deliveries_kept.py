"""How long deliveries are kept, when they are given up, and what a removed subscription leaves."""

import datetime as dt

import sqlalchemy as sa
from subscribed import claim, finish, outcome, sent, subscribe

from database_fixtures import EVERY_DATABASE
from ledger_events import attach_or_detach, make_event
from vifcast.store import Cutoffs, Subscribing, Upkeep, purge
from vifcast.store.sql import schema
from vifcast.subscription.delivery import Attempt, DeliveryState

pytestmark = EVERY_DATABASE

NOW = dt.datetime.now(dt.UTC)
LATER = NOW + dt.timedelta(days=1)
DAY = dt.timedelta(days=1)


def never(_seconds):
    return False


def write(store, *instances, first=0):
    store.write(
        [
            make_event(
                phase="start",
                instance_id=instance,
                operation_id=f"operation-{first + number}",
                port_id=f"port-{first + number}",
                at_s=first + number,
            )
            for number, instance in enumerate(instances)
        ],
        [],
    )


def count(store, table):
    with store.reading() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(table))


def deliver_all(store, subscription, at):
    """Deliver all that is due, with an attempt each."""
    while runs := claim(store, subscription, at):
        done = [
            outcome(
                run[0],
                DeliveryState.DELIVERED,
                finished_at=at,
                attempt=Attempt(
                    delivery_id=run[0].id,
                    number=1,
                    started_at=at,
                    duration_ms=1,
                    status_code=200,
                    error=None,
                    answer=None,
                    address=None,
                ),
            )
            for run in runs
        ]
        finish(store, subscription, done, [run[0].line for run in runs if run[0].line], at)


def age(store, days):
    with store.writing() as connection:
        moved = schema.delivery.c.created_at
        for row in connection.execute(sa.select(schema.delivery.c.id, moved)).all():
            connection.execute(
                sa.update(schema.delivery)
                .where(schema.delivery.c.id == row.id)
                .values(created_at=row.created_at - days * DAY)
            )


def test_final_deliveries_go_with_their_attempts_and_those_that_wait_stay(store):
    subscription = subscribe(store)
    write(store, *"abcde")
    deliver_all(store, subscription, LATER)
    write(store, *"fg", first=10)
    age(store, 10)
    assert purge(store, Cutoffs(deliveries=LATER - DAY), pause=never, batch=2).deliveries == 0
    assert purge(store, Cutoffs(deliveries=LATER + DAY), pause=never, batch=2).deliveries == 5
    assert (count(store, schema.delivery), count(store, schema.attempt)) == (2, 0)
    assert len(sent(store, subscription, LATER)) == 2


def test_announcements_go_with_their_last_delivery(store):
    subscription = subscribe(store)
    store.write(attach_or_detach(1), [])
    deliver_all(store, subscription, LATER)
    age(store, 10)
    store.write(attach_or_detach(2, instance_id="instance-2", port_id="port-2", at_s=50), [])
    assert count(store, schema.announcement) == 2
    purge(store, Cutoffs(deliveries=LATER + DAY), pause=never)
    assert count(store, schema.announcement) == 1
    assert len(sent(store, subscription, LATER)) == 3


def test_what_waited_for_too_long_is_dead_and_the_next_gets_its_turn(store):
    subscription = subscribe(store)
    write(store, *"aab")
    age(store, 40)
    write(store, "a", first=10)
    # The first of the line is claimed and fails; the others of it are parked behind it.
    runs = claim(store, subscription, LATER)
    retried = [
        outcome(run[0], DeliveryState.WAITING, due_at=LATER + 9 * DAY, error="no") for run in runs
    ]
    finish(store, subscription, retried, [run[0].line for run in runs], LATER)
    assert claim(store, subscription, LATER) == []
    assert Upkeep(store).give_up(30, NOW, never) == 3
    with store.reading() as connection:
        dead = connection.execute(
            sa.select(schema.delivery.c.error).where(schema.delivery.c.state == DeliveryState.DEAD)
        ).all()
    assert len(dead) == 3
    assert "undelivered_days" in dead[0].error
    assert len(sent(store, subscription, LATER)) == 1


def test_what_is_being_sent_is_not_given_up(store):
    subscription = subscribe(store)
    write(store, "a")
    age(store, 40)
    claim(store, subscription, LATER)
    assert Upkeep(store).give_up(30, NOW, never) == 0


def test_removed_subscription_leaves_nothing_in_the_end(store):
    kept, removed = subscribe(store), subscribe(store)
    write(store, *(f"instance-{number}" for number in range(60)))
    with store.writing() as connection:
        # As if thousands were left behind by the first part of the removal.
        connection.execute(
            sa.delete(schema.subscription).where(schema.subscription.c.id == removed.id)
        )
    assert Upkeep(store).delete_removed(never) == 60
    assert Upkeep(store).delete_removed(never) == 0
    assert count(store, schema.delivery) == 60
    assert Subscribing(store).remove(kept.id)
    assert not Subscribing(store).remove(kept.id)
    assert count(store, schema.delivery) == 0
