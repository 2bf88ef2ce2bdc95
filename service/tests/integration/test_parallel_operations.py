"""Operations at once on a cloud that has Nova's versioned notifications alone."""

import datetime as dt
import itertools
import json
from pathlib import Path

import pytest

from database_fixtures import EVERY_DATABASE
from vifcast.model import Event
from vifcast.notification.interpret import interpret
from vifcast.store import AttachmentQuery, OperationQuery

NOW = dt.datetime(2026, 11, 26, tzinfo=dt.UTC)
THERE_BEFORE, OF_A, OF_B = (
    f"000000{each}-0000-4000-8000-0000000000{each}" for each in (15, 16, 17)
)
# Two attaches of one server at once: start of a, start of b, end of a, end of b.
RECEIVED = [
    interpret(
        json.dumps({"oslo.version": "2.0", "oslo.message": json.dumps(each)}).encode(), NOW, 10**6
    )
    for each in json.loads(Path(__file__).with_name("parallel_versioned.json").read_text())
]


def ports(store):
    return {each.request_id: each.port_id for each in store.operations(OperationQuery()).items}


def opened(store):
    return {each.port_id for each in store.attachments(AttachmentQuery(is_open=True)).items}


@EVERY_DATABASE
def test_port_of_the_second_is_what_that_of_the_first_is_not(store):
    assert all(isinstance(each, Event) for each in RECEIVED)
    for each in RECEIVED:
        store.write([each], [])
    assert ports(store) == {"req-a": OF_A, "req-b": OF_B}
    assert opened(store) == {THERE_BEFORE, OF_A, OF_B}
    (found,) = store.attachments(AttachmentQuery(ip="192.0.2.23")).items
    assert (found.port_id, found.attached_at) == (OF_B, RECEIVED[3].occurred_at)


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_order_of_arrival_does_not_matter(store, order):
    for number in order:
        store.write([RECEIVED[number], RECEIVED[order[0]]], [])
    assert ports(store) == {"req-a": OF_A, "req-b": OF_B}
    assert opened(store) == {THERE_BEFORE, OF_A, OF_B}


def test_nic_in_a_list_is_attached_where_its_own_operation_is_lost(store):
    store.write([RECEIVED[1], RECEIVED[3]], [])
    assert ports(store) == {"req-b": None}
    assert opened(store) == {THERE_BEFORE, OF_A, OF_B}
