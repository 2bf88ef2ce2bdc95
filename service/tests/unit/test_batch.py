import datetime as dt
import json
import zlib
from dataclasses import replace

from notifications import body, notification, payload, wrap
from vifcast.bus.link import ReceivedMessage
from vifcast.config import load_settings
from vifcast.ingest.batch import sort_batch
from vifcast.notification.coding import Coding

SETTINGS = load_settings().ingest
NOW = dt.datetime(2026, 11, 22, 14, tzinfo=dt.UTC)


def sort(*bodies):
    deliveries = [
        ReceivedMessage(number, each, "notifications.info") for number, each in enumerate(bodies)
    ]
    return sort_batch(deliveries, NOW, SETTINGS)


def test_second_copy_is_counted_and_not_read():
    one, other = body(), body()
    again = json.loads(one)["oslo.message"].replace("_unique_id", "_other_id")
    batch = sort(one, other, wrap(json.loads(again)), one)
    assert (len(batch.events), batch.copies, batch.skipped, batch.received) == (2, 2, 0, 4)


def test_whole_copy_of_a_broken_one_is_read():
    one = body()
    batch = sort(one[:-10], one)
    assert (len(batch.events), len(batch.dead_letters), batch.copies) == (1, 1, 0)


def test_copy_of_what_is_about_something_else_is_skipped():
    other = body("compute.instance.update")
    batch = sort(other, other)
    assert (batch.skipped, batch.copies, batch.is_empty) == (2, 0, True)


def test_notification_that_names_another_one_is_read():
    first = notification()
    second = notification(payload=payload(about={"message_id": first["message_id"]}))
    batch = sort(wrap(first), wrap(second))
    assert (len(batch.events), batch.copies) == (2, 0)


def test_batches_add_up():
    one = body()
    both = sort(one, one) + sort(one, one)
    assert (len(both.events), both.copies, both.skipped) == (2, 2, 0)


def test_batch_ends_where_compressed_bodies_have_become_very_much():
    """Each of them opens to a thousand times its length."""
    big = body(payload=payload(filler="x" * 1_000_000))
    coding = Coding("application/x-gzip", None, is_text=True)
    deliveries = [
        ReceivedMessage(number, zlib.compress(big.replace(b"-4", b"-%d" % number)), "", coding)
        for number in range(40)
    ]
    settings = replace(SETTINGS, max_body_bytes=2_000_000)
    taken = []
    while deliveries:
        batch = sort_batch(deliveries, NOW, settings)
        assert not batch.dead_letters
        taken.append(batch.received)
        deliveries = deliveries[batch.received :]
    assert taken == [17, 17, 6]
