"""What is to be sent is written with the events that it is about."""

import datetime as dt
import json

import pytest
from subscribed import T1, sent, subscribe

from database_fixtures import EVERY_DATABASE
from ledger_events import attach_or_detach, make_event, make_sighting
from vifcast.model import Nic, Source
from vifcast.subscription.message import MessageType, type_of
from vifcast.subscription.subscription import Ordering

pytestmark = EVERY_DATABASE

ATTACHED = [MessageType.ATTACH_STARTED, MessageType.ATTACHED, MessageType.OPENED]
DETACHED = [MessageType.DETACH_STARTED, MessageType.DETACHED, MessageType.CLOSED]
LATER = T1 + dt.timedelta(days=365)


def types(messages):
    return [type_of(each) for each in messages]


def attachment(message):
    return json.loads(message.data)


def test_attach_and_detach_are_sent_in_order_with_what_they_change(store):
    subscription = subscribe(store)
    store.write(attach_or_detach(1), [])
    store.write(attach_or_detach(2, action="detach", at_s=10), [])
    found = sent(store, subscription, LATER)
    assert types(found) == [*ATTACHED, *DETACHED]
    assert attachment(found[2])["detached_at"] is None
    assert attachment(found[5])["detached_at"] is not None
    assert sent(store, subscription, LATER) == []


def test_one_batch_announces_that_an_attachment_opened_and_closed(store):
    subscription = subscribe(store)
    detach = attach_or_detach(2, action="detach", at_s=10)
    store.write([*attach_or_detach(1), *detach], [])
    found = types(sent(store, subscription, LATER))
    assert [each for each in found if each.startswith("attachment.")] == [
        MessageType.OPENED,
        MessageType.CLOSED,
    ]


def test_message_that_is_stored_already_is_not_sent_again(store):
    subscription = subscribe(store)
    events = attach_or_detach(1)
    store.write(events, [])
    store.write(events, [])
    assert types(sent(store, subscription, LATER)) == ATTACHED


def test_events_from_before_are_not_sent(store):
    store.write(attach_or_detach(1), [])
    assert sent(store, subscribe(store), LATER) == []


def test_move_corrects_the_attachment(store):
    subscription = subscribe(store)
    store.write(attach_or_detach(1), [])
    sent(store, subscription, LATER)
    nics = (Nic(instance_id="instance-1", port_id="port-1"),)
    moved = make_sighting(action="move", nics=nics, compute_host="compute-2", at_s=30)
    store.write([moved], [])
    (found,) = sent(store, subscription, LATER)
    assert type_of(found) is MessageType.CORRECTED
    assert attachment(found)["compute_host"] == "compute-2"
    assert found.source == Source.NOVA_INSTANCE


def test_attachment_that_was_none_is_withdrawn(store):
    subscription = subscribe(store)
    about = {"operation_id": "operation-1"}
    store.write([make_event(source=Source.HAND_PATCH, **about)], [])
    assert MessageType.OPENED in types(sent(store, subscription, LATER))
    store.write([make_event(phase="error", at_s=1, **about)], [])
    assert types(sent(store, subscription, LATER)) == [
        MessageType.ATTACH_FAILED,
        MessageType.WITHDRAWN,
    ]


def test_project_is_sent_what_is_its_own(store):
    own = subscribe(store, project_id="project-1")
    other = subscribe(store, project_id="project-2")
    store.write(attach_or_detach(1), [])
    assert types(sent(store, own, LATER)) == ATTACHED
    assert sent(store, other, LATER) == []


def test_what_names_no_project_is_the_systems(store):
    own = subscribe(store, project_id="project-1")
    all_of_it = subscribe(store)
    store.write([make_event(phase="error", project_id=None)], [])
    assert sent(store, own, LATER) == []
    assert types(sent(store, all_of_it, LATER)) == [MessageType.ATTACH_FAILED]


def test_filter_chooses(store):
    failures = subscribe(store, filter="outcome=failed")
    opened = subscribe(store, filter="type=attachment.opened host=compute-1")
    elsewhere = subscribe(store, filter="host!=compute-*")
    store.write(attach_or_detach(1), [])
    store.write([make_event(phase="error", operation_id="operation-2", at_s=20)], [])
    assert types(sent(store, failures, LATER)) == [MessageType.ATTACH_FAILED]
    assert types(sent(store, opened, LATER)) == [MessageType.OPENED]
    assert sent(store, elsewhere, LATER) == []


@pytest.mark.parametrize("asks", [False, True])
def test_instances_are_sent_to_whoever_asks(store, asks):
    subscription = subscribe(store, filter="action=create" if asks else "")
    nics = (Nic(instance_id="instance-1", port_id="port-1"),)
    store.write([make_sighting(action="create", nics=nics)], [])
    found = types(sent(store, subscription, LATER))
    assert (MessageType.INSTANCE_CREATED in found) is asks
    assert (MessageType.OPENED in found) is not asks


def test_changed_subscriptions_count_from_the_next_batch_on(store):
    store.write(attach_or_detach(1), [])
    first = subscribe(store)
    store.write(attach_or_detach(2, at_s=10, port_id="port-2"), [])
    second = subscribe(store)
    store.write(attach_or_detach(3, at_s=20, port_id="port-3"), [])
    assert types(sent(store, first, LATER)) == [*ATTACHED, *ATTACHED]
    assert types(sent(store, second, LATER)) == ATTACHED


def test_end_without_start_waits_for_it(store):
    subscription = subscribe(store)
    unordered = subscribe(store, ordering=Ordering.NONE)
    start, end = attach_or_detach(1)
    store.write([end], [])
    soon = dt.datetime.now(dt.UTC)
    assert sent(store, subscription, soon) == []
    assert sent(store, unordered, soon) != []
    store.write([start], [])
    found = types(sent(store, subscription, dt.datetime.now(dt.UTC)))
    assert found[:2] == [MessageType.ATTACH_STARTED, MessageType.ATTACHED]


def test_end_without_start_is_sent_when_none_comes(store):
    subscription = subscribe(store)
    store.write(attach_or_detach(1)[1:], [])
    found = types(sent(store, subscription, dt.datetime.now(dt.UTC) + dt.timedelta(seconds=61)))
    assert found[0] is MessageType.ATTACHED


def test_ids_of_what_is_announced_follow_from_it(store):
    first, second = subscribe(store), subscribe(store)
    store.write(attach_or_detach(1), [])
    ids = [[each.message_id for each in sent(store, of, LATER)] for of in (first, second)]
    assert ids[0] == ids[1]
    assert len(set(ids[0])) == len(ids[0])
