"""Legacy notifications that vifcast puts on a bus: of which messages, and who reads them."""

import json

import pytest

from ledger_events import T0, make_event
from notifications import body, interface, payload
from vifcast import times
from vifcast.delivery.formats.republished import republished
from vifcast.model import Source
from vifcast.notification.interpret import interpret
from vifcast.subscription.message import Announcement, MessageType

MARKED = {"vifcast_republished": True}
ATTACH = "compute.instance.interface_attach.end"


def read(**changes):
    return interpret(
        body(ATTACH, payload=payload(interface=interface(), **changes)), times.now(), 1 << 20
    )


def announced(kind=MessageType.OPENED, **changes):
    attachment = {
        "network_id": "network-1", "network_label": None, "mac_address": "fa:16:3e:00:00:01",
        "fixed_ips": [], "vif_type": "ovs", "vnic_type": "normal", "device_name": None,
        "attach_operation_id": None, "detach_operation_id": None,
    } | changes.pop("attachment", {})  # fmt: skip
    values = {
        "message_id": "message-1", "type": kind, "occurred_at": T0, "region": None,
        "project_id": "project-1", "instance_id": "instance-1", "instance_name": None,
        "compute_host": "compute-1", "port_id": "port-1", "network_id": "network-1",
        "network_label": None, "action": None, "cause": None, "source": "neutron",
        "data": json.dumps(attachment),
    }  # fmt: skip
    return Announcement(**values | changes)


def test_marked_notification_is_read_by_nobody_here():
    assert read(**MARKED) is None
    assert read() is not None


@pytest.mark.parametrize(
    "changes",
    [
        {"display_name": "vifcast_republished"},
        {"metadata": {"vifcast_republished": True}},
        {"vifcast_republished": "true"},
    ],
)
def test_word_elsewhere_hides_nothing(changes):
    assert read(**changes).event_type == ATTACH


def test_versioned_notification_is_published_as_a_legacy_one():
    event = make_event(source=Source.NOVA_VERSIONED, event_type="instance.interface_attach.end")
    found = republished(event)
    assert (found["event_type"], found["priority"]) == (ATTACH, "INFO")
    assert found["payload"]["vifcast_republished"] is True
    assert found["message_id"] != event.message_id
    assert republished(event) == found


@pytest.mark.parametrize("source", sorted(set(Source) - {Source.NOVA_VERSIONED}))
def test_what_was_a_legacy_notification_is_not_published_again(source):
    assert republished(make_event(source=source)) is None


@pytest.mark.parametrize(
    ("kind", "event_type"),
    [
        (MessageType.OPENED, "compute.instance.interface_attach.end"),
        (MessageType.CLOSED, "compute.instance.interface_detach.end"),
    ],
)
def test_what_neutron_alone_reported_is_an_end(kind, event_type):
    found = republished(announced(kind))
    assert found["event_type"] == event_type
    assert found["payload"]["interface"]["port_id"] == "port-1"
    assert found["payload"]["vifcast_republished"] is True
    read_here = {"oslo.version": "2.0", "oslo.message": json.dumps(found)}
    assert interpret(json.dumps(read_here).encode(), times.now(), 1 << 20) is None


def test_attachment_of_an_operation_is_not_published_once_more():
    assert republished(announced(attachment={"attach_operation_id": "o"})) is None
    assert republished(announced(source="nova-versioned")) is None
    assert republished(announced(MessageType.CORRECTED)) is None
