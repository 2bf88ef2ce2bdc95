"""What is seen of a NIC while an attach of it runs that fails is no attachment."""

import pytest
from nova_cache import nic_of

from ledger_events import make_event
from port_events import attach, periods, seen
from vifcast.model import Source
from whole_ledger import whole_ledger


def failed(start_s, error_s, **changes):
    about = {
        "instance_id": "a",
        "operation_id": f"failed at {error_s}",
        "action": "attach",
    } | changes
    started = [] if start_s is None else [make_event(phase="start", at_s=start_s, **about)]
    error = make_event(phase="error", at_s=error_s, **{"error_class": "PortBindingFailed"} | about)
    return [*started, error]


@pytest.mark.parametrize("clock_s", [-4, 0, 4])
def test_port_that_neutron_bound_for_that_moment_was_not_attached(clock_s):
    events = [seen(1, None), seen(11 + clock_s), seen(12.8 + clock_s, None)]
    assert periods(*events, *failed(10, 13)) == []
    assert periods(*events[1:], *failed(10, 13)) == []


def test_port_that_nova_made_and_deleted_again_was_not_attached():
    created = seen(11, "a", event_type="port.create.end")
    deleted = seen(12, "a", event_type="port.delete.end")
    assert periods(created, deleted, *failed(10, 13)) == []
    assert periods(deleted, *failed(10, 11.5)) == []


def test_failure_without_a_start_is_of_what_ended_with_it():
    assert periods(seen(1, None), seen(11), seen(12.8, None), *failed(None, 13)) == []
    # A minute ago, and for long: that was something else.
    long_ago = [seen(1, None), seen(11), seen(90, None)]
    assert periods(*long_ago, *failed(None, 100)) == [("a", 11, 90)]


def test_port_that_neutron_still_has_on_the_instance_is_there():
    """Nova takes back what it did; where it could not, the port stays bound."""
    assert periods(seen(1, None), seen(11), *failed(10, 13)) == [("a", 11, None)]


def test_port_that_was_attached_before_stays():
    assert periods(attach(1), *failed(10, 13)) == [("a", 1, None)]
    assert periods(attach(1), seen(11), *failed(10, 13)) == [("a", 1, None)]


def test_next_attach_of_the_port_is_one():
    events = [seen(1, None), seen(11), seen(12.8, None), *failed(10, 13)]
    assert periods(*events, seen(14.5), attach(15)) == [("a", 15, None)]


def test_attach_that_nova_compute_did_not_live_to_end_is_left_to_reconcile():
    events = [seen(1, None), seen(11), *failed(10, 60, error_class="OperationInterrupted")]
    assert periods(*events) == [("a", 11, None)]


def test_port_of_a_failed_attach_is_found_where_no_notification_names_it():
    unnamed = {"source": Source.HAND_PATCH, "port_id": None, "mac_address": None}
    events = [seen(1, None), seen(11), seen(12.8, None), *failed(10, 13, **unnamed)]
    ((operation,), attachments) = whole_ledger(events)
    assert (operation.port_id, operation.is_port_inferred) == ("port-1", True)
    assert attachments == []


def versioned(name, phase, at_s, *ports, **changes):
    return make_event(
        source=Source.NOVA_VERSIONED, action="attach", phase=phase, at_s=at_s, operation_id=name,
        nics=tuple(nic_of(each) for each in ports), port_id=None, mac_address=None, **changes,
    )  # fmt: skip


def test_port_of_a_failed_attach_in_its_neighbours_list_is_not_attached():
    events = [
        versioned("fails", "start", 10),
        versioned("works", "start", 11),
        versioned("fails", "error", 14, error_class="InterfaceAttachFailed"),
        versioned("works", "end", 15, "port1", "port2"),
        versioned("later", "start", 20, "port2"),
    ]
    # Of either nobody knows which; a list that is read later does.
    _, attachments = whole_ledger([*events, versioned("later", "end", 22, "port2", "port3")])
    assert [each.port_id for each in attachments if each.detached_at is None] == ["port2", "port3"]
    # So does whoever names the port.
    named = {"source": Source.NOVA_FAULT, "action": "attach", "phase": "error", "at_s": 14.1}
    fault = make_event(operation_id="fails", port_id="port1", error_class="NovaException", **named)
    operations, attachments = whole_ledger([*events[:4], fault])
    assert {each.id: each.port_id for each in operations} == {"fails": "port1", "works": "port2"}
    assert [each.port_id for each in attachments] == ["port2"]
