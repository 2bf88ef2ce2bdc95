"""What goes over the bus for each thing that can happen to a NIC."""

import uuid

import pytest
from lab import contract, network, network_api, operations
from lab.network import NETWORK_ID
from lab.wire import phases

PORT = "bbbbbbbb-0000-4000-8000-000000000001"

pytestmark = pytest.mark.usefixtures("any_format")


def test_attach_by_network_is_reported_with_the_port_at_its_end(server, bus):
    vif = server.attach(network_id=NETWORK_ID)
    start, end = bus.take_nics()
    assert phases([start, end]) == ["attach.start", "attach.end"]
    assert start["payload"]["interface"]["network_id"] == NETWORK_ID
    assert start["payload"]["interface"]["port_id"] is None
    assert start["payload"]["interface"]["fixed_ips"] == []
    reported = end["payload"]["interface"]
    assert reported["port_id"] == vif["id"]
    assert reported["mac_address"] == vif["address"]
    assert reported["network_label"] == "private"
    assert reported["fixed_ips"] == [
        {"ip_address": "192.0.2.11", "version": 4, "subnet_cidr": "192.0.2.0/24"}
    ]
    assert reported["cause"] == "api"
    assert reported["vif_type"] == "ovs"
    assert reported["vnic_type"] == "normal"
    assert reported["device_name"] == vif["devname"]


def test_attach_by_port_names_the_port_from_the_start(server, bus):
    server.attach(port_id=PORT)
    start, end = bus.take_nics()
    assert start["payload"]["interface"]["port_id"] == PORT
    assert end["payload"]["interface"]["port_id"] == PORT


def test_requested_ip_and_tag_are_reported(nova, server, bus):
    nova.manager.driver.capabilities = dict(
        nova.manager.driver.capabilities, supports_tagged_attach_interface=True
    )
    server.attach(requested_ip="192.0.2.99", tag="dmz")
    start, end = bus.take_nics()
    for notification in (start, end):
        assert notification["payload"]["interface"]["requested_ip"] == "192.0.2.99"
        assert notification["payload"]["interface"]["tag"] == "dmz"
    fixed_ips = end["payload"]["interface"]["fixed_ips"]
    assert [ip["ip_address"] for ip in fixed_ips] == ["192.0.2.99"]


def test_detach_names_the_nic_at_start_and_end(server, bus):
    vif = server.attach()
    bus.take()
    server.detach(vif["id"])
    start, end = bus.take_nics()
    assert phases([start, end]) == ["detach.start", "detach.end"]
    for notification in (start, end):
        reported = notification["payload"]["interface"]
        assert reported["port_id"] == vif["id"]
        assert reported["mac_address"] == vif["address"]
        assert reported["fixed_ips"][0]["ip_address"] == "192.0.2.11"
        assert reported["cause"] == "api"


def test_envelope_priority_and_publisher_are_those_of_nova(server, bus):
    server.attach(port_id=PORT)
    with pytest.raises(Exception, match="not attached"):
        server.detach(str(uuid.uuid4()))
    server.compute.plugs.clear()
    with pytest.raises(Exception, match="[Dd]etach"):
        server.detach(PORT)
    heard = bus.take_nics()
    assert phases(heard) == [
        "attach.start",
        "attach.end",
        "detach.start",
        "detach.error",
    ]
    for notification in heard:
        failed = notification["event_type"].endswith("error")
        assert notification["priority"] == ("ERROR" if failed else "INFO")
        assert notification["_routing_key"] == (
            "notifications.error" if failed else "notifications.info"
        )
        assert notification["publisher_id"] == "compute.compute1"
        assert notification["_context_request_id"] == server.context.request_id
        contract.check(notification)


@pytest.mark.parametrize("servers", [1, 2])
def test_two_attaches_at_once_are_two_operations(nova, bus, servers):
    first = nova.server()
    second = nova.server() if servers == 2 else first.again()
    ports = [PORT, PORT[:-1] + "2"]
    operations.overlap(
        nova,
        [
            lambda: first.attach(port_id=ports[0]),
            lambda: second.attach(port_id=ports[1]),
        ],
    )
    heard = bus.take_nics()
    assert phases(heard)[:2] == ["attach.start", "attach.start"]  # they did overlap
    assert sorted(phases(heard)[2:]) == ["attach.end", "attach.end"]
    by_port = operations.by_operation(heard)
    assert sorted(by_port) == sorted(ports)
    for port_id, own in by_port.items():
        server = first if port_id == ports[0] else second
        assert phases(own) == ["attach.start", "attach.end"]
        assert {n["payload"]["instance_id"] for n in own} == {server.instance.uuid}
        assert len({n["payload"]["interface"]["operation_id"] for n in own}) == 1


def test_attach_within_an_attach_is_two_operations(nova, server, bus):
    other = nova.server()
    plugs = nova.plugs

    def attach_another():
        plugs.during_attach = None
        other.attach(port_id=PORT[:-1] + "2")

    plugs.during_attach = attach_another
    server.attach(port_id=PORT)
    heard = bus.take_nics()
    assert phases(heard) == ["attach.start", "attach.start", "attach.end", "attach.end"]
    owners = [n["payload"]["instance_id"] for n in heard]
    assert owners == [
        server.instance.uuid,
        other.instance.uuid,
        other.instance.uuid,
        server.instance.uuid,
    ]
    assert [n["payload"]["interface"]["port_id"] for n in heard] == [
        PORT,
        PORT[:-1] + "2",
        PORT[:-1] + "2",
        PORT,
    ]


def test_the_same_call_again_is_an_operation_of_its_own(server, bus):
    for _ in range(2):
        server.attach(port_id=PORT)
        server.detach(PORT)
    heard = bus.take_nics()
    assert phases(heard) == ["attach.start", "attach.end", "detach.start", "detach.end"] * 2
    assert len({n["payload"]["interface"]["operation_id"] for n in heard}) == 4
    assert len({n["message_id"] for n in heard}) == 8


def test_without_include_interface_the_key_is_left_out(nova, server, bus):
    nova.conf.set_override("include_interface", False, group="vifcast")
    try:
        vif = server.attach()
        server.detach(vif["id"])
    finally:
        nova.conf.clear_override("include_interface", group="vifcast")
    heard = bus.take_nics()
    assert phases(heard) == ["attach.start", "attach.end", "detach.start", "detach.end"]
    assert all("interface" not in n["payload"] for n in heard)


def test_no_token_is_in_the_payload(server, bus):
    server.attach()
    for notification in bus.take_nics():
        assert "a-secret-token" not in str(notification["payload"])


def test_odd_values_of_a_vif_are_sent_as_the_contract_says(server, bus, monkeypatch):
    def odd(*args):
        vif = network.make_vif(*args)
        vif["address"] = "AA-BB-CC-05-BA-E0"
        vif["type"] = 7
        vif["vnic_type"] = {"type": "normal"}
        return vif

    monkeypatch.setattr(network_api, "make_vif", odd)
    vif = server.attach()
    server.detach(vif["id"])
    heard = bus.take_nics()
    assert phases(heard) == ["attach.start", "attach.end", "detach.start", "detach.end"]
    for notification in heard:
        contract.check(notification)
    for notification in heard[1:]:
        interface = notification["payload"]["interface"]
        assert interface["mac_address"] == "aa:bb:cc:05:ba:e0"
        assert (interface["vif_type"], interface["vnic_type"]) == ("7", None)
        assert interface["fixed_ips"][0]["ip_address"] == "192.0.2.11"
