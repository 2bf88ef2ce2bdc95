import datetime as dt
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications import INSTANCE, PORT, body, interface, payload
from vifcast.errors import NotificationError
from vifcast.model import Action, Event, FixedIp, Phase, Source
from vifcast.notification.identity import derived_id
from vifcast.notification.interpret import interpret

NOW = dt.datetime(2026, 11, 22, 14, tzinfo=dt.UTC)
ATTACH = "compute.instance.interface_attach"


def event(event_type: str = f"{ATTACH}.end", **changes) -> Event:
    found = interpret(body(event_type, **changes), NOW, 1024 * 1024)
    assert isinstance(found, Event)
    return found


def test_vifcast_nova_names_the_nic():
    found = event()
    assert found.source is Source.VIFCAST_NOVA
    assert (found.action, found.phase, found.cause) == (Action.ATTACH, Phase.END, "api")
    assert found.instance_id == INSTANCE
    assert found.instance_name == "vm-1"
    assert found.compute_host == "compute-1"
    assert found.port_id == PORT
    assert found.mac_address == "fa:16:3e:00:00:07"
    assert found.fixed_ips == (FixedIp("192.0.2.7", 4, "192.0.2.0/24"),)
    assert found.network_label == "private"
    assert found.received_at == NOW


def test_user_is_who_asked_and_project_is_the_instances():
    found = event()
    assert found.user_id == "alice"
    assert found.project_id == "4ec209eb4b8b4c08b4a45d6c2915077c"


def test_hand_patch_names_no_nic():
    found = event(payload=payload())
    assert found.nics is None
    assert found.source is Source.HAND_PATCH
    assert (found.port_id, found.mac_address, found.fixed_ips) == (None, None, ())


def test_hand_patchs_start_and_end_of_one_request_are_one_operation():
    start = event(f"{ATTACH}.start", payload=payload())
    end = event(f"{ATTACH}.end", payload=payload())
    other_request = event(f"{ATTACH}.end", payload=payload(), _context_request_id="req-2")
    detach = event("compute.instance.interface_detach.end", payload=payload())
    assert start.operation_id == end.operation_id
    assert len({start.operation_id, other_request.operation_id, detach.operation_id}) == 3


def test_hand_patch_without_a_request_id_pairs_nothing():
    start = event(f"{ATTACH}.start", payload=payload(), _context_request_id=None)
    end = event(f"{ATTACH}.end", payload=payload(), _context_request_id=None)
    assert start.operation_id != end.operation_id


def test_hand_patchs_operation_id_stays_the_same_from_release_to_release():
    found = event(payload=payload())
    assert found.operation_id == found.correlation_id == "805889ba-6bb0-5e73-a720-1755df6900ba"


@given(st.text(), st.text())
def test_derived_ids_are_uuids_of_version_5(request_id, instance_id):
    notification = event(payload=payload())
    name = f"{request_id or notification.message_id}/{instance_id}/attach"
    namespace = uuid.UUID("6a3e8b0e-2f0f-5d0c-9a54-0c5f2b7d1e11")
    found = derived_id(notification, request_id, instance_id, Action.ATTACH)
    assert found == str(uuid.uuid5(namespace, name))


def test_twins_of_vifcast_novas_operation_correlate_with_it():
    ours, hand_patched = event(), event(payload=payload())
    assert ours.operation_id == interface()["operation_id"]
    assert ours.correlation_id == hand_patched.correlation_id


def test_deleted_ports_of_one_request_are_operations_without_twins():
    found = event(payload=payload(interface=interface(cause="port_deleted")))
    assert found.correlation_id == found.operation_id == interface()["operation_id"]


def test_operation_without_a_request_has_no_twins():
    found = event(_context_request_id=None)
    assert found.correlation_id == found.operation_id == interface()["operation_id"]


def test_addresses_are_spelt_in_one_way():
    found = event(
        payload=payload(
            interface=interface(
                mac_address="FA:16:3E:00:00:07",
                fixed_ips=[
                    {"ip_address": "2001:DB8:0::0007", "version": 6, "subnet_cidr": None},
                ],
                requested_ip="2001:DB8::7",
            )
        )
    )
    assert found.mac_address == "fa:16:3e:00:00:07"
    assert found.fixed_ips == (FixedIp("2001:db8::7", 6, None),)
    assert found.requested_ip == "2001:db8::7"


def test_hardware_address_of_another_kind_is_kept():
    guid = "A0:00:02:20:FE:80:00:00"
    assert event(payload=payload(interface=interface(mac_address=guid))).mac_address == guid.lower()


def test_minor_versions_may_add_keys():
    found = event(payload=payload(interface=interface(version="1.7", bandwidth=10)))
    assert found.port_id == PORT


def test_interface_of_another_major_version_says_what_to_do():
    with pytest.raises(NotificationError, match="upgrade vifcast"):
        event(payload=payload(interface=interface(version="2.0")))


@pytest.mark.parametrize(
    "broken",
    [
        None,
        [],
        interface(version=None),
        interface(version=1.0),
        interface(version="newest"),
        interface(operation_id=None),
        interface(operation_id="0D5C0000-0000-4000-8000-000000000001"),
    ],
)
def test_broken_interface_is_refused(broken):
    with pytest.raises(NotificationError) as refused:
        event(payload=payload(interface=broken))
    assert refused.value.code == "interface_invalid"


def test_host_comes_from_the_payload_if_the_publisher_has_none():
    assert event(publisher_id="somebody").compute_host == "compute-1"


@pytest.mark.parametrize(
    ("exception", "error_class"),
    [
        ("{'kwargs': {'code': 404}, 'message': 'gone', 'class': 'PortNotFound'}", "PortNotFound"),
        ({"class": "PortNotFound", "message": "gone"}, "PortNotFound"),
        ("NetworkNotFoundClient()", "NetworkNotFoundClient"),
        ("nova.exception.PortInUse('busy')", "PortInUse"),
        ("RuntimeError", "RuntimeError"),
        ("{'message': u'gone', 'class': 'PortNotFound', 'kwargs': {}}", "PortNotFound"),
        ("something went wrong", None),
        (None, None),
        (17, None),
    ],
)
def test_failure_names_its_class_where_the_payload_does(exception, error_class):
    found = event(f"{ATTACH}.error", payload=payload(exception=exception, message="no", code=500))
    assert found.error_class == error_class
    assert (found.error_message, found.error_code) == ("no", 500)


@pytest.mark.parametrize(
    ("exception", "message", "code"),
    [
        ("{'kwargs': {'code': 404}, 'message': 'Port is gone', 'class': 'E'}", "Port is gone", 404),
        # Python 2's.
        ("{'message': u'it\\'s gone', 'class': 'E', 'kwargs': {}}", "it's gone", None),
        ("{'message': u\"it's gone\", 'class': 'E', 'kwargs': {}}", "it's gone", None),
        ('RuntimeError("it\'s gone",)', "it's gone", None),
        ("RuntimeError('line\\nline')", "line\nline", None),
        ("RuntimeError('a', 'b')", "RuntimeError('a', 'b')", None),
        ("NetworkNotFoundClient()", "NetworkNotFoundClient()", None),
    ],
)
def test_failures_message_is_found_inside_the_exception_if_need_be(exception, message, code):
    found = event(f"{ATTACH}.error", payload=payload(exception=exception))
    assert (found.error_message, found.error_code) == (message, code)


def test_end_has_no_failure_even_if_the_payload_has_such_keys():
    assert event(payload=payload(message="all well")).error_message is None


def test_truth_value_is_no_code():
    found = event(f"{ATTACH}.error", payload=payload(exception="X('y')", code=True))
    assert found.error_code is None
