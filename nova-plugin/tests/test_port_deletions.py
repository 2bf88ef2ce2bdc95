"""Ports that Neutron deletes: reported once, and only if nothing else reports it."""

import threading

import pytest
from lab import contract, differences, operations
from lab.wire import phases

PORT = "bbbbbbbb-0000-4000-8000-000000000001"

pytestmark = pytest.mark.usefixtures("any_format")


def test_port_deleted_by_neutron_is_reported(server, bus):
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


def test_port_deleted_that_nova_does_not_have_is_not_reported(server, bus):
    server.report_port_deleted(PORT)
    assert bus.take_nics() == []


def test_port_deleted_whose_vif_the_driver_keeps_is_reported_as_nova_takes_it(
    nova, server, bus
):
    vif = server.attach()
    bus.take()
    nova.plugs.clear()
    server.report_port_deleted(vif["id"])
    start, outcome = bus.take_nics()
    if differences.KEEPS_VIF_OF_FAILED_DELETION:
        assert phases([start, outcome]) == ["detach.start", "detach.error"]
        assert server.port_ids() == [vif["id"]]
        assert "detach" in outcome["payload"]["message"].lower()
    else:
        assert phases([start, outcome]) == ["detach.start", "detach.end"]
        assert server.port_ids() == []
    contract.check(outcome)


def test_port_deleted_and_driver_breaking_is_an_error(nova, server, bus):
    vif = server.attach()
    bus.take()
    nova.plugs.detach_raises = RuntimeError("qemu is gone")
    with pytest.raises(RuntimeError, match="qemu is gone"):
        server.report_port_deleted(vif["id"])
    heard = bus.take_nics()
    assert phases(heard)[:2] == ["detach.start", "detach.error"]
    if differences.KEEPS_VIF_OF_FAILED_DELETION:
        assert len(heard) == 2
    else:
        # Nova has struck it off its list all the same.
        assert phases(heard)[2:] == ["detach.start", "detach.end"]


def test_deletion_echo_during_an_api_detach_is_reported_once(nova, server, bus):
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


def test_late_deletion_echo_after_an_api_detach_is_not_reported(server, bus):
    vif = server.attach()
    stale = server.reread()
    server.detach(vif["id"])
    bus.take()
    server.report_port_deleted(vif["id"], stale)
    assert bus.take_nics() == []


def test_port_attached_again_and_then_deleted_is_reported(server, bus):
    server.attach(port_id=PORT)
    server.detach(PORT)
    server.attach(port_id=PORT)
    bus.take()
    server.report_port_deleted(PORT)
    assert phases(bus.take_nics()) == ["detach.start", "detach.end"]


def test_deletion_during_an_attach_of_the_same_port_is_reported_after_it(nova, server, bus):
    server.attach(port_id=PORT)
    server.detach(PORT)  # what was detached just now can be attached and deleted again
    bus.take()

    def delete_it():
        nova.network.during.clear()
        _in_thread(lambda: server.report_port_deleted(PORT))

    with operations.before_last_step(delete_it):
        server.attach(port_id=PORT)
    heard = bus.take_nics()
    assert phases(heard) == ["attach.start", "attach.end", "detach.start", "detach.end"]
    causes = [n["payload"]["interface"]["cause"] for n in heard]
    assert causes == ["api", "api", "port_deleted", "port_deleted"]


def test_deletion_that_neutron_reports_twice_is_reported_once(nova, server, bus):
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
    assert phases(heard) == ["detach.start", "detach.end"]


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
    causes = [n["payload"]["interface"]["cause"] for n in heard]
    if differences.KEEPS_VIF_OF_FAILED_DELETION:
        assert causes == ["port_deleted", "api", "api", "port_deleted"]
    else:
        assert causes == ["port_deleted", "port_deleted"]  # nothing left to detach
    assert "detach.error" not in phases(heard)


def test_deletion_during_an_api_detach_that_fails_is_reported_after_it(nova, server, bus):
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
def test_port_deleted_while_the_instance_is_being_deleted_is_not_reported(
    server, bus, state
):
    vif = server.attach()
    bus.take()
    instance = server.reread()
    instance.vm_state, instance.task_state = state
    instance.save()
    server.report_port_deleted(vif["id"])
    assert bus.take_nics() == []


def test_deletion_echo_of_a_failed_attach_is_not_reported(nova, server, bus):
    nova.plugs.refuse_attach = True

    def echo():
        stale = server.reread()
        port_id = stale.info_cache.network_info[0]["id"]
        _in_thread(lambda: server.report_port_deleted(port_id, stale))

    nova.network.during["deallocate_port_for_instance"] = echo
    with pytest.raises(Exception, match="attach"):
        server.attach()
    assert phases(bus.take_nics()) == ["attach.start", "attach.error"]


def _in_thread(func):
    thread = threading.Thread(target=func)
    thread.start()
    thread.join()
