import datetime as dt

import pytest
from nova_notifications import (
    REQUEST,
    exception_payload,
    instance_payload,
    ip_payload,
    nova_object,
    versioned,
)

from notifications import INSTANCE, PORT, body
from notifications import payload as usage
from vifcast.errors import NotificationError
from vifcast.model import Action, Event, FixedIp, Nic, Phase, Source
from vifcast.notification.interpret import interpret

NOW = dt.datetime(2026, 11, 22, 14, tzinfo=dt.UTC)
ATTACH = "instance.interface_attach"


def event(event_type: str = f"{ATTACH}.end", **changes) -> Event:
    payload = instance_payload(**changes)
    found = interpret(versioned(event_type, payload), NOW, 1 << 20)
    assert isinstance(found, Event)
    return found


def refused(payload) -> NotificationError:
    with pytest.raises(NotificationError) as caught:
        interpret(versioned(payload=payload), NOW, 1 << 20)
    return caught.value


def test_instance_and_all_its_nics_are_read_but_not_which_one():
    found = event()
    assert found.source is Source.NOVA_VERSIONED
    assert (found.action, found.phase, found.cause) == (Action.ATTACH, Phase.END, "api")
    assert (found.instance_id, found.instance_name) == (INSTANCE, "vm-1")
    assert (found.compute_host, found.user_id) == ("compute-1", "alice")
    assert (found.port_id, found.mac_address, found.fixed_ips) == (None, None, ())
    assert found.nics == (
        Nic(
            instance_id=INSTANCE,
            port_id=PORT,
            mac_address="fa:16:3e:00:00:07",
            network_label="private",
            device_name="tap966bbc6c-3d",
            fixed_ips=(FixedIp("192.0.2.7", 4),),
        ),
    )


def test_addresses_of_one_port_are_one_nic():
    second = "966bbc6c-0000-4000-8000-97c83ff5b0e5"
    nics = event(
        ip_addresses=[
            ip_payload(),
            ip_payload(port_uuid=second, mac="FA:16:3E:00:00:08", address="198.51.100.9"),
            ip_payload(address="2001:DB8:0::7", version=6),
        ]
    ).nics
    assert nics is not None
    assert [(nic.port_id, nic.mac_address) for nic in nics] == [
        (PORT, "fa:16:3e:00:00:07"),
        (second, "fa:16:3e:00:00:08"),
    ]
    assert nics[0].fixed_ips == (FixedIp("192.0.2.7", 4), FixedIp("2001:db8::7", 6))


def test_addresses_without_a_port_are_one_nic_per_mac():
    macs = ["fa:16:3e:00:00:07", "fa:16:3e:00:00:08", "fa:16:3e:00:00:07"]
    nics = event(
        ip_addresses=[
            ip_payload(port_uuid=None, device_name=None, mac=mac, address=f"192.0.2.{number}")
            for number, mac in enumerate(macs)
        ]
    ).nics
    assert nics is not None
    assert [len(nic.fixed_ips) for nic in nics] == [2, 1]


def test_server_without_addresses_has_an_empty_list():
    assert event(ip_addresses=[]).nics == ()


def test_start_end_and_the_legacy_twins_are_one_operation():
    start, end = event(f"{ATTACH}.start"), event()
    twin = interpret(body("compute.instance.interface_attach.start", payload=usage()), NOW, 1 << 20)
    assert isinstance(twin, Event)
    ids = {start.operation_id, end.operation_id, start.correlation_id, end.correlation_id}
    assert ids == {twin.operation_id}


def test_request_comes_from_the_context_where_the_payload_has_none_yet():
    payload = instance_payload(version="1.5")
    del payload["nova_object.data"]["request_id"]
    found = interpret(versioned(payload=payload), NOW, 1 << 20)
    assert isinstance(found, Event)
    assert found.request_id == REQUEST


def test_fault_is_read():
    found = event(f"{ATTACH}.error", fault=exception_payload())
    assert found.phase is Phase.ERROR
    assert found.error_class == "InterfaceAttachFailed"
    assert found.error_message == "Failed to attach network adapter device"


def test_minor_versions_may_add_fields():
    assert event(version="1.42", shares=[]).instance_id == INSTANCE


@pytest.mark.parametrize(
    "payload",
    [
        instance_payload(ip_addresses=[ip_payload() | {"nova_object.version": "2.0"}]),
        instance_payload(fault=exception_payload() | {"nova_object.version": "3.1"}),
    ],
)
def test_part_of_an_unknown_major_version_is_left_out_with_a_note(payload):
    found = interpret(versioned(payload=payload), NOW, 1 << 20)
    assert isinstance(found, Event)
    assert (found.instance_id, found.error_class) == (INSTANCE, None)
    assert "upgrade vifcast" in found.notes[0]


def test_unknown_major_version_says_what_to_do():
    error = refused(instance_payload(version="2.0"))
    assert error.code == "unknown_payload_version"
    assert "upgrade vifcast" in str(error)


@pytest.mark.parametrize(
    "ip_addresses",
    [
        None,
        "192.0.2.7",
        ["192.0.2.7"],
        [ip_payload(), {"address": "192.0.2.7"}],
        [ip_payload(), ip_payload(port_uuid=7)],
        [ip_payload(), ip_payload(port_uuid=None, mac="?")],
    ],
)
def test_list_with_an_unidentified_nic_is_not_compared(ip_addresses):
    """Else the one that is missing would be the one that came or went."""
    found = event(ip_addresses=ip_addresses)
    assert found.nics is None
    assert found.notes


def test_nic_with_an_odd_address_stays_in_the_list():
    found = event(ip_addresses=[ip_payload(address="here"), ip_payload(address="192.0.2.8")])
    assert found.nics is not None
    assert [nic.port_id for nic in found.nics] == [PORT]
    assert [ip.ip_address for ip in found.nics[0].fixed_ips] == ["192.0.2.8"]
    (note,) = found.notes
    assert note.endswith("has address = 'here', which is not an IP address")


def test_addresses_of_one_port_are_one_nic_whatever_is_odd_beside_them():
    odd = {"mac": "?", "label": ["private"], "device_name": 7, "address": "192.0.2.8"}
    found = event(ip_addresses=[ip_payload(**odd), ip_payload()])
    assert found.nics is not None
    (nic,) = found.nics
    assert (nic.mac_address, nic.network_label) == ("fa:16:3e:00:00:07", "private")
    assert len(nic.fixed_ips) == 2


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"nova_object.version": 1, "nova_object.data": {}},
        {"nova_object.version": "1.9", "nova_object.data": []},
    ],
)
def test_malformed_payload_is_refused(payload):
    error = refused(payload)
    assert error.code == "payload_invalid"
    assert "instance.interface_attach.end" in str(error)


def test_payload_without_an_instance_is_refused():
    assert refused(instance_payload(uuid=None)).code == "no_instance_id"
    assert refused(nova_object("X", {})).code == "no_instance_id"
