"""What several sources report of one operation is one line; a port that was inferred is shown."""

import datetime as dt

from msgspec.structs import replace

from ledger_events import make_event
from vifcast.ledger.operations import operations_from
from vifcast.model import FixedIp, Source
from vifcast.steps import operations_once, steps, with_ports

ABOUT = {"operation_id": "op", "correlation_id": "op", "port_id": None, "mac_address": None}


def start(**changes):
    return make_event(phase="start", source=Source.NOVA_VERSIONED, **(ABOUT | changes))


def failure(event_type, **changes):
    about = ABOUT | {"event_type": event_type, "error_class": "PortInUse", "at_s": 1} | changes
    return make_event(phase="error", source=Source.NOVA_FAULT, **about)


def test_failure_that_nova_reports_under_two_names_is_one_line():
    both = [
        start(),
        failure("compute.exception", message_id="m-1"),
        failure("attach_interface", message_id="m-2", port_id="p"),
    ]
    (shown,) = operations_once(steps(both))
    assert (shown.what, shown.event.port_id) == ("attach error", "p")
    assert shown.sources == (Source.NOVA_FAULT,)
    assert shown.message_ids == {"m-1", "m-2"}


def test_start_of_one_source_is_left_out_where_another_reports_the_end():
    (shown,) = operations_once(steps([start(), failure("compute.exception")]))
    assert shown.what == "attach error"


def test_start_of_an_operation_that_has_not_ended_is_shown():
    other = failure("compute.exception", operation_id="other", correlation_id="other")
    assert [each.what for each in operations_once(steps([start(), other]))] == [
        "attach start", "attach error",
    ]  # fmt: skip


def test_port_that_was_inferred_is_shown_with_its_addresses():
    end = make_event(source=Source.NOVA_VERSIONED, at_s=2, **(ABOUT | {"fixed_ips": ()}))
    ((operation, _),) = operations_from([start(), end]).values()
    address = FixedIp("192.0.2.7", 4)
    moved = replace(operation, port_id="p", is_port_inferred=True, fixed_ips=(address,))
    (shown,) = operations_once(with_ports(steps([start(), end]), [moved]))
    assert (shown.event.port_id, shown.event.fixed_ips) == ("p", (address,))
    assert shown.is_port_inferred
    assert shown.event.occurred_at - start().occurred_at == dt.timedelta(seconds=2)
