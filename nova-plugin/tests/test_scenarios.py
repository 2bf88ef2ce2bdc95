"""What goes over the bus for each thing that can happen to a NIC."""

import gc
import threading
import uuid

import pytest
from lab import contract, operations
from lab.network import NETWORK_ID
from lab.wire import phases
from vifcast_nova.operation import Operation

PORT = "bbbbbbbb-0000-4000-8000-000000000001"

pytestmark = pytest.mark.usefixtures("any_format")


def test_attach_by_network_is_told_with_the_port_at_its_end(server, bus):
    vif = server.attach(network_id=NETWORK_ID)
    start, end = bus.take_nics()
    assert phases([start, end]) == ["attach.start", "attach.end"]
    assert start["payload"]["interface"]["network_id"] == NETWORK_ID
    assert start["payload"]["interface"]["port_id"] is None
    assert start["payload"]["interface"]["fixed_ips"] == []
    told = end["payload"]["interface"]
    assert told["port_id"] == vif["id"]
    assert told["mac_address"] == vif["address"]
    assert told["network_label"] == "private"
    assert told["fixed_ips"] == [
        {"ip_address": "192.0.2.11", "version": 4, "subnet_cidr": "192.0.2.0/24"}
    ]
    assert told["cause"] == "api"
    assert told["vif_type"] == "ovs"
    assert told["vnic_type"] == "normal"
    assert told["device_name"] == vif["devname"]


def test_attach_by_port_names_the_port_from_the_start(server, bus):
    server.attach(port_id=PORT)
    start, end = bus.take_nics()
    assert start["payload"]["interface"]["port_id"] == PORT
    assert end["payload"]["interface"]["port_id"] == PORT


def test_requested_ip_and_tag_are_told(nova, server, bus):
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


def test_detach_tells_the_nic_at_start_and_end(server, bus):
    vif = server.attach()
    bus.take()
    server.detach(vif["id"])
    start, end = bus.take_nics()
    assert phases([start, end]) == ["detach.start", "detach.end"]
    for notification in (start, end):
        told = notification["payload"]["interface"]
        assert told["port_id"] == vif["id"]
        assert told["mac_address"] == vif["address"]
        assert told["fixed_ips"][0]["ip_address"] == "192.0.2.11"
        assert told["cause"] == "api"


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


def test_port_deleted_by_neutron_is_told(server, bus):
    vif = server.attach()
    bus.take()
    server.report_port_deleted(vif["id"])
    start, end = bus.take_nics()
    assert phases([start, end]) == ["detach.start", "detach.end"]
    for notification in (start, end):
        assert notification["payload"]["interface"]["cause"] == "port_deleted"
        assert notification["payload"]["interface"]["port_id"] == vif["id"]
        assert notification["payload"]["interface"]["mac_address"] == vif["address"]
        contract.check(notification)
    assert server.port_ids() == []


def test_port_deleted_that_nova_does_not_have_is_not_told(server, bus):
    server.report_port_deleted(PORT)
    assert bus.take_nics() == []


def test_port_deleted_whose_vif_nova_keeps_is_an_error(nova, server, bus):
    vif = server.attach()
    bus.take()
    nova.plugs.clear()
    server.report_port_deleted(vif["id"])
    heard = bus.take_nics()
    if vif["id"] not in server.port_ids():  # Nova before it detached first
        assert phases(heard) == ["detach.start", "detach.end"]
        return
    assert phases(heard) == ["detach.start", "detach.error"]
    assert "InterfaceDetachFailed" in str(heard[1]["payload"]["exception"]) or (
        "detach" in heard[1]["payload"]["message"].lower()
    )
    contract.check(heard[1])


def test_port_deleted_and_driver_breaking_is_an_error(nova, server, bus):
    vif = server.attach()
    bus.take()
    nova.plugs.detach_raises = RuntimeError("qemu is gone")
    with pytest.raises(RuntimeError, match="qemu is gone"):
        server.report_port_deleted(vif["id"])
    heard = bus.take_nics()
    assert phases(heard) == ["detach.start", "detach.error"]


def test_deletion_echo_during_an_api_detach_is_told_once(nova, server, bus):
    vif = server.attach()
    bus.take()
    stale = server.reread()

    def echo():
        other = threading.Thread(
            target=server.report_port_deleted, args=(vif["id"], stale)
        )
        other.start()
        other.join()

    # As `server remove network` does it: the port that Nova made is deleted,
    # and Neutron says so while the detach is still running.
    nova.network.during["deallocate_port_for_instance"] = echo
    server.detach(vif["id"])
    heard = bus.take_nics()
    assert phases(heard) == ["detach.start", "detach.end"]
    assert heard[0]["payload"]["interface"]["cause"] == "api"


def test_late_deletion_echo_after_an_api_detach_is_not_told(server, bus):
    vif = server.attach()
    stale = server.reread()
    server.detach(vif["id"])
    bus.take()
    server.report_port_deleted(vif["id"], stale)
    assert bus.take_nics() == []


def test_port_attached_again_and_then_deleted_is_told(server, bus):
    server.attach(port_id=PORT)
    server.detach(PORT)
    server.attach(port_id=PORT)
    bus.take()
    server.report_port_deleted(PORT)
    assert phases(bus.take_nics()) == ["detach.start", "detach.end"]


def test_deletion_during_an_attach_of_the_same_port_is_told_after_it(nova, server, bus):
    server.attach(port_id=PORT)
    server.detach(PORT)  # what was detached just now can be attached and deleted again
    bus.take()

    def delete_it():
        nova.network.during.clear()
        _in_thread(lambda: server.report_port_deleted(PORT))

    with operations.before_last_step(server, delete_it):
        server.attach(port_id=PORT)
    heard = bus.take_nics()
    assert phases(heard) == ["attach.start", "attach.end", "detach.start", "detach.end"]
    causes = [n["payload"]["interface"]["cause"] for n in heard]
    assert causes == ["api", "api", "port_deleted", "port_deleted"]


def test_deletion_that_is_reported_twice_is_told_once(nova, server, bus):
    vif = server.attach()
    bus.take()
    first, second = server.reread(), server.reread()
    plugs = nova.plugs

    def again():
        plugs.during_detach = None
        _in_thread(lambda: server.report_port_deleted(vif["id"], second))

    plugs.during_detach = again
    server.report_port_deleted(vif["id"], first)
    server.report_port_deleted(vif["id"], server.reread())
    heard = bus.take_nics()
    assert phases(heard)[0] == "detach.start"
    assert len(heard) == 2


def test_api_detach_that_overtakes_a_deletion_leaves_no_error(nova, server, bus):
    vif = server.attach()
    bus.take()
    stale = server.reread()
    plugs = nova.plugs

    def overtake():
        plugs.during_detach = None
        _in_thread(lambda: server.again().detach(vif["id"]))

    plugs.during_detach = overtake
    server.report_port_deleted(vif["id"], stale)
    heard = bus.take_nics()
    assert [n["payload"]["interface"]["cause"] for n in heard] in (
        ["port_deleted", "api", "api", "port_deleted"],
        ["port_deleted", "port_deleted"],  # Nova 17: the cache is emptied first
    )
    assert "detach.error" not in phases(heard)


def test_deletion_during_an_api_detach_that_fails_is_told_after_it(nova, server, bus):
    vif = server.attach()
    bus.take()
    stale = server.reread()
    plugs = nova.plugs

    def neutron_is_first():
        plugs.during_detach = None
        server.report_port_deleted(vif["id"], stale)

    plugs.during_detach = lambda: _in_thread(neutron_is_first)
    with pytest.raises(Exception, match="[Dd]etach"):
        server.detach(vif["id"])
    heard = bus.take_nics()
    assert phases(heard) == [
        "detach.start",
        "detach.error",
        "detach.start",
        "detach.end",
    ]
    causes = [n["payload"]["interface"]["cause"] for n in heard]
    assert causes == ["api", "api", "port_deleted", "port_deleted"]


@pytest.mark.parametrize("state", [("active", "deleting"), ("soft-delete", None)])
def test_port_deleted_while_the_instance_is_being_deleted_is_not_told(
    server, bus, state
):
    vif = server.attach()
    bus.take()
    instance = server.reread()
    instance.vm_state, instance.task_state = state
    instance.save()
    server.report_port_deleted(vif["id"])
    assert bus.take_nics() == []


def test_failure_in_allocation_is_an_error_without_a_nic(nova, server, bus):
    from nova import exception

    operations.fail_allocation(nova, exception.PortInUse(port_id=PORT))
    with pytest.raises(Exception, match="in use"):
        server.attach(port_id=PORT)
    start, error = bus.take_nics()
    assert phases([start, error]) == ["attach.start", "attach.error"]
    assert error["payload"]["interface"]["port_id"] == PORT
    assert error["payload"]["interface"]["mac_address"] is None
    assert "in use" in error["payload"]["message"]
    assert isinstance(error["payload"]["code"], int)
    assert error["payload"]["exception"]
    contract.check(error)


def test_refusal_of_the_virt_driver_names_the_nic_that_was_given_back(
    nova, server, bus
):
    nova.plugs.refuse_attach = True
    with pytest.raises(Exception, match="attach"):
        server.attach(network_id=NETWORK_ID)
    start, error = bus.take_nics()
    assert phases([start, error]) == ["attach.start", "attach.error"]
    told = error["payload"]["interface"]
    assert told["port_id"]
    assert told["mac_address"] == "fa:16:3e:00:00:0b"
    assert told["fixed_ips"][0]["ip_address"] == "192.0.2.11"
    assert server.port_ids() == []
    contract.check(error)


def test_deletion_echo_of_a_failed_attach_is_not_told(nova, server, bus):
    nova.plugs.refuse_attach = True

    def echo():
        stale = server.reread()
        port_id = stale.info_cache.network_info[0]["id"]
        _in_thread(lambda: server.report_port_deleted(port_id, stale))

    nova.network.during["deallocate_port_for_instance"] = echo
    with pytest.raises(Exception, match="attach"):
        server.attach()
    assert phases(bus.take_nics()) == ["attach.start", "attach.error"]


def test_runtime_error_of_the_virt_driver_is_an_error(nova, server, bus):
    nova.plugs.attach_raises = RuntimeError("qemu is gone")
    with pytest.raises(RuntimeError, match="qemu is gone"):
        server.attach(port_id=PORT)
    start, error = bus.take_nics()
    assert phases([start, error]) == ["attach.start", "attach.error"]
    assert error["payload"]["interface"]["mac_address"] == "fa:16:3e:00:00:0b"
    assert error["payload"]["code"] == 500
    contract.check(error)


class Silent(Exception):
    def __str__(self):
        raise ValueError("no text")

    __repr__ = __str__


class Falsy(Exception):
    def __bool__(self):
        return False

    __nonzero__ = __bool__  # Python 2.7


@pytest.mark.parametrize("kind", [Silent, Falsy])
def test_exception_that_cannot_be_told_is_told_by_its_class(nova, server, bus, kind):
    nova.plugs.attach_raises = kind()
    with pytest.raises((kind, ValueError)):  # Nova's own decorators trip over it
        server.attach(port_id=PORT)
    heard = bus.take_nics()
    assert phases(heard) == ["attach.start", "attach.error"]
    assert heard[1]["payload"]["message"] == "RuntimeError"
    assert kind.__name__ in str(heard[1]["payload"]["exception"])
    contract.check(heard[1])


def test_failure_after_the_virt_driver_is_an_error(nova, server, bus):
    with operations.failing_after_driver(server, RuntimeError("database is gone")):
        with pytest.raises(RuntimeError, match="database is gone"):
            server.attach(port_id=PORT)
    start, error = bus.take_nics()
    assert phases([start, error]) == ["attach.start", "attach.error"]
    assert PORT in nova.plugs


def test_failing_detach_is_an_error(nova, server, bus):
    vif = server.attach()
    bus.take()
    nova.plugs.clear()
    with pytest.raises(Exception, match="[Dd]etach"):
        server.detach(vif["id"])
    start, error = bus.take_nics()
    assert phases([start, error]) == ["detach.start", "detach.error"]
    assert error["payload"]["interface"]["port_id"] == vif["id"]
    assert server.port_ids() == [vif["id"]]


def test_detach_of_a_port_that_is_not_attached_is_not_told(server, bus):
    with pytest.raises(Exception, match="not attached"):
        server.detach(PORT)
    assert bus.take_nics() == []


def test_attach_on_a_driver_that_cannot_is_not_told(nova, server, bus):
    nova.manager.driver.capabilities = dict(
        nova.manager.driver.capabilities, supports_attach_interface=False
    )
    with pytest.raises(Exception, match="[Aa]ttach"):
        server.attach()
    assert bus.take_nics() == []


def test_tagged_attach_on_a_driver_that_cannot_is_not_told(nova, server, bus):
    nova.manager.driver.capabilities = dict(
        nova.manager.driver.capabilities, supports_tagged_attach_interface=False
    )
    with pytest.raises(Exception, match="[Tt]ag"):
        server.attach(tag="dmz")
    assert bus.take_nics() == []


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
    told = operations.by_operation(heard)
    assert sorted(told) == sorted(ports)
    for port_id, own in told.items():
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


def test_failed_operations_do_not_pile_up(nova, server, bus):
    nova.plugs.attach_raises = RuntimeError("qemu is gone")
    gc.collect()
    gc.disable()
    try:
        for _ in range(5):
            try:
                server.attach(port_id=PORT)
            except RuntimeError:
                nova.plugs.attach_raises = RuntimeError("qemu is gone")
        kept = [o for o in gc.get_objects() if isinstance(o, Operation)]
    finally:
        gc.enable()
    assert len(kept) <= 1  # the last failure may still be held by what logged it


def test_no_token_is_in_the_payload(server, bus):
    server.attach()
    for notification in bus.take_nics():
        assert "a-secret-token" not in str(notification["payload"])


def _in_thread(func):
    thread = threading.Thread(target=func)
    thread.start()
    thread.join()
