"""Whatever is deleted because of its age, what is left is right, and stays right."""

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nova_cache import clouds

from database_fixtures import empty
from histories import everything, histories
from ledger_events import T0
from vifcast.model import Action
from vifcast.store import Cutoffs, EventQuery, purge
from vifcast.store.tables.finality import final_periods
from whole_ledger import whole_ledger

QUICK = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
horizons = st.integers(0, 14).map(lambda seconds: T0 + timedelta(seconds=seconds))
batches = st.integers(1, 4)


def stored_ids(store):
    return {event.message_id for event in store.events(EventQuery(), limit=1000).items}


def purged(store, batch, **cutoffs):
    return purge(store, Cutoffs(**cutoffs), batch=batch, pause=lambda _: False)


def instances_of(event):
    return {event.instance_id, *(nic.instance_id for nic in event.nics or ())}


def is_over(attachments, nic, before):
    periods = [each for each in attachments if each.nic == nic]
    return all(each.detached_at and each.detached_at < before for each in periods)


@QUICK
@given(history=histories, before=horizons, batch=batches)
def test_operations_and_attachments_outlive_their_events(store, history, before, batch):
    empty(store)
    store.write(history, [])
    expected = everything(store)
    purged(store, batch, events=before)
    assert everything(store) == expected
    # Everything is delivered once more: what is old is not taken for new.
    kept = stored_ids(store)
    store.write(history, [])
    assert everything(store) == expected
    new = {event.message_id for event in history if event.occurred_at >= before}
    assert kept >= new
    assert stored_ids(store) == kept


@QUICK
@given(history=histories, later=histories, before=horizons, batch=batches)
def test_what_is_not_over_is_computed_from_all_its_events(store, history, later, before, batch):
    """Events that arrive after a purge make of what was not over what they would have made.

    Nothing is reported of an instance so long after it was deleted; and events of a request
    whose other events are gone change nothing any more, but for the port that it says has a MAC.
    """
    deleted = {
        event.instance_id
        for event in history
        if event.action is Action.DELETE and event.occurred_at < before
    }
    later = [event for event in later if not instances_of(event) & deleted]
    empty(store)
    store.write(history, [])
    _, attachments = everything(store)
    purged(store, batch, events=before)
    kept = stored_ids(store)
    final = {event.correlation_id for event in history if event.message_id not in kept} - {None}
    later = [
        event
        for event in later
        if event.correlation_id not in final or None in {event.port_id, event.mac_address}
    ]
    for event in later:
        store.write([event], [])
    accepted = history + [
        event
        for event in later
        if event.occurred_at >= before and event.correlation_id not in final
    ]
    _, expected = whole_ledger(accepted)
    over = {each.nic for each in attachments if is_over(attachments, each.nic, before)}
    found = everything(store)[1]
    open_ones = {each.nic for each in attachments} - over
    assert [each for each in found if each.nic in open_ones] == [
        each for each in expected if each.nic in open_ones
    ]
    # What was over still stands as it was, whatever came after.
    for each in attachments:
        if each.nic in over and is_final(store, each):
            assert each in found


def is_final(store, attachment):
    with store.reading() as connection:
        return attachment.nic in final_periods(connection, [attachment.nic])


@QUICK
@given(history=histories, before=horizons, batch=batches)
def test_what_is_over_goes_and_never_comes_back_in_part(store, history, before, batch):
    empty(store)
    store.write(history, [])
    operations, attachments = everything(store)
    limits = {"events": before, "operations": before, "attachments": before}
    purged(store, batch, **limits)
    # A NIC or a request can be held by another one that is not over; but nothing is new.
    left = everything(store)
    assert all(each in operations for each in left[0])
    assert all(each in attachments for each in left[1])
    assert [each for each in left[1] if each.detached_at is None] == [
        each for each in attachments if each.detached_at is None
    ]
    store.write(history, [])
    assert everything(store) == left
    purged(store, batch, **limits)
    assert everything(store) == left


@QUICK
@given(history=histories, batch=batches)
def test_all_that_is_over_is_deleted(store, history, batch):
    empty(store)
    store.write(history, [])
    attachments = everything(store)[1]
    after = T0 + timedelta(days=1)
    purged(store, batch, events=after, operations=after, attachments=after)
    if all(each.detached_at for each in attachments):
        assert everything(store) == ([], [])
        assert stored_ids(store) == set()


@QUICK
@given(cloud=clouds(failing=True), data=st.data())
def test_nic_that_is_not_over_keeps_the_lists_that_prove_where_it_was(store, cloud, data):
    """Also those that do not have it. What comes later makes of it what all events make."""
    empty(store)
    place = data.draw(st.integers(1, max(1, len(cloud.events) - 1)))
    history, later = cloud.events[:place], cloud.events[place:]
    if not history:
        return
    store.write(history, [])
    _, attachments = everything(store)
    before = history[-1].occurred_at - timedelta(seconds=data.draw(st.integers(0, 20)))
    purged(store, 3, events=before)
    if later:
        store.write(later, [])
    _, found = everything(store)
    _, expected = whole_ledger(cloud.events)
    there = {
        each.nic
        for each in attachments
        if not is_over(attachments, each.nic, before) and not is_final(store, each)
    }
    assert [each for each in found if each.nic in there] == [
        each for each in expected if each.nic in there
    ]
