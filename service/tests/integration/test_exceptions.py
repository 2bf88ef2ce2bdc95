"""``compute.exception`` joins the operation of its request, whatever comes first."""

import itertools

import pytest
from nova_notifications import exception_payload, failed_call, instance_payload, versioned

from database_fixtures import EVERY_DATABASE, empty
from vifcast import times
from vifcast.notification.interpret import interpret
from vifcast.store import AttachmentQuery, Cutoffs, EventQuery, OperationQuery, purge

ATTACH = "instance.interface_attach"
OTHER = "5c2dea1e-7d4d-4a45-9f0b-0000000000ff"
REQUEST = "req-f0baab5d-da79-41c1-9103-7d95136cefe7"
CALLED = 'File "/nova/compute/manager.py", line 1, in attach_interface\n'


def event(name, *, request_id=REQUEST, instance=None, at_s=0, **changes):
    """One of start, end, exception, fault, delete."""
    common = {
        "timestamp": f"2026-11-22 13:32:{8 + at_s:02}.144824",
        "_context_request_id": request_id,
        "message_id": f"{name}-{request_id}-{instance}",
    }
    data = {"request_id": request_id} | ({"uuid": instance} if instance else {}) | changes
    if name == "exception":
        payload = exception_payload(
            exception="PortInUse", exception_message="Port is still in use", traceback=CALLED
        )
        raw = versioned("compute.exception", payload, priority="ERROR", **common)
    elif name == "fault":
        raw = failed_call()
    elif name == "delete":
        raw = versioned("instance.delete.end", instance_payload(**data), **common)
    else:
        raw = versioned(f"{ATTACH}.{name}", instance_payload(**data), **common)
    found = interpret(raw, times.now(), 1 << 20)
    assert found is not None
    return found


def rows(store):
    """All that is made of events, without what differs by the order they came in."""
    operations = store.operations(OperationQuery()).items
    fates = {
        each.message_id: (
            each.instance_id, each.instance_name, each.correlation_id, each.operation_id,
            each.project_id, each.duration_ms,
        )
        for each in store.events(EventQuery(), limit=100).items
    }  # fmt: skip
    return operations, fates, store.attachments(AttachmentQuery()).items


@EVERY_DATABASE
def test_failure_ends_its_operation_at_once_with_class_and_message(store):
    store.write([event("start")], [])
    (stored,) = store.write([event("exception", at_s=2)], [])
    (operation,) = store.operations(OperationQuery()).items
    assert (operation.status, operation.duration_ms) == ("failed", 2000)
    assert operation.error_class == "PortInUse"
    assert operation.error_message == "Port is still in use"
    # As the live feed has it.
    shown = stored.read_back()
    assert (shown.instance_id, shown.operation_id) == (operation.instance_id, operation.id)
    assert shown.duration_ms == 2000
    assert store.events(EventQuery(instance=operation.instance_id), limit=5).items[0].id == shown.id


ORDERS = [*itertools.permutations(["start", "exception", "delete"])]


@EVERY_DATABASE
@pytest.mark.parametrize("together", [False, True])
def test_order_and_repetition_do_not_matter(store, together):
    ages = {"start": 0, "exception": 2, "delete": 4}
    found = []
    for order in ORDERS:
        empty(store)
        history = [event(name, at_s=ages[name]) for name in order]
        batches = [history] if together else [[each] for each in history]
        for batch in (*batches, *batches):
            store.write(batch, [])
        found.append(rows(store))
    assert all(each == found[0] for each in found)
    (operation,), *_ = found[0]
    assert (operation.error_class, operation.duration_ms) == ("PortInUse", 2000)


def test_exception_of_which_no_start_is_known_makes_no_operation(store):
    store.write([event("exception")], [])
    assert store.operations(OperationQuery()).items == []
    (alone,) = store.events(EventQuery()).items
    assert (alone.instance_id, alone.operation_id, alone.error_class) == (None, None, "PortInUse")
    store.write([event("start", request_id="req-another")], [])
    (operation,) = store.operations(OperationQuery()).items
    assert operation.finished_at is None


def test_request_of_several_instances_gives_its_exception_to_none(store):
    history = [event("start"), event("start", instance=OTHER, at_s=1), event("exception", at_s=2)]
    found = []
    for order in itertools.permutations(history):
        empty(store)
        for each in order:
            store.write([each], [])
        found.append(rows(store))
    assert all(each == found[0] for each in found)
    assert [each.finished_at for each in found[0][0]] == [None, None]


def test_exception_and_the_legacy_twin_are_one_failure(store):
    store.write([event("start"), event("fault"), event("exception")], [])
    (operation,) = store.operations(OperationQuery()).items
    assert (operation.error_class, operation.error_code) == ("PortInUse", 400)


def test_end_of_another_request_is_not_undone(store):
    other = event("start", request_id="req-2"), event("end", request_id="req-2", at_s=1)
    store.write([event("start"), *other, event("exception")], [])
    statuses = {each.request_id: each.status for each in store.operations(OperationQuery()).items}
    assert statuses == {REQUEST: "failed", "req-2": "succeeded"}


def test_what_is_old_is_deleted_with_its_requests(store):
    start = event("start", ip_addresses=[])  # a NIC that is there would keep what lists it
    store.write([event("exception"), start, event("exception", request_id="x")], [])
    with store.reading() as connection:
        before = connection.exec_driver_sql("SELECT COUNT(*) FROM event_request").scalar()
    assert before == 3
    purge(store, Cutoffs(events=times.now(), operations=times.now()), pause=lambda _: False)
    with store.reading() as connection:
        after = connection.exec_driver_sql("SELECT COUNT(*) FROM event_request").scalar()
    assert (after, store.events(EventQuery()).items) == (0, [])
    # What comes now joins nothing that is gone.
    assert store.write([event("end", at_s=1)], []) == []
