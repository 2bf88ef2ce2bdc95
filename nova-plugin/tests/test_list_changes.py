"""NICs that vanish from Nova's list, or appear on it, without an attach or detach."""

import threading

import pytest
from lab import changing, contract
from lab.wire import phases
from vifcast_nova.hooks import changes

FIRST = "bbbbbbbb-0000-4000-8000-000000000001"
SECOND = "bbbbbbbb-0000-4000-8000-000000000002"
THIRD = "bbbbbbbb-0000-4000-8000-000000000003"



@pytest.fixture
def two_nics(server, bus):
    """A server that has had two NICs, FIRST and SECOND, for a while."""
    server.attach(port_id=FIRST)
    server.attach(port_id=SECOND)
    bus.take()
    changing.let_time_pass()
    return server


def of(notifications, port_id):
    """``[(phase, cause)]`` of what is about one port."""
    about = [n for n in notifications if n["payload"]["interface"]["port_id"] == port_id]
    causes = [n["payload"]["interface"]["cause"] for n in about]
    return list(zip(phases(about), causes))


LOST_FOR_GOOD = [("detach.start", "port_deleted"), ("detach.end", "port_deleted")]
LOST_ONLY_HERE = [("detach.start", "cache_refresh"), ("detach.end", "cache_refresh")]
GAINED = [("attach.start", "cache_refresh"), ("attach.end", "cache_refresh")]

REFRESHES = {
    "an attach of another NIC": lambda server: server.attach(port_id=THIRD),
    "a detach of another NIC": lambda server: server.detach(SECOND),
    "the periodic heal": lambda server: server.heal(),
    "a hard reboot": lambda server: server.reboot_hard(),
    "a change of the deleted port": lambda server: server.report_network_changed(FIRST),
    "a change of another port": lambda server: server.report_network_changed(SECOND),
}


@pytest.mark.usefixtures("any_format")
@pytest.mark.parametrize("refresh", sorted(REFRESHES))
def test_deleted_port_is_reported_once_whatever_comes_before_its_event(
    nova, two_nics, bus, refresh
):
    nova.network.ports.delete(FIRST)
    REFRESHES[refresh](two_nics)
    two_nics.report_port_deleted(FIRST)
    heard = bus.take_nics()
    assert of(heard, FIRST) == LOST_FOR_GOOD
    assert FIRST not in two_nics.port_ids()
    for notification in heard:
        contract.check(notification)


def test_deleted_port_is_reported_once_when_its_event_comes_first(nova, two_nics, bus):
    nova.network.ports.delete(FIRST)
    two_nics.report_port_deleted(FIRST)
    two_nics.heal()
    assert of(bus.take_nics(), FIRST) == LOST_FOR_GOOD


def test_event_during_a_refresh_is_reported_once(nova, two_nics, bus):
    nova.network.ports.delete(FIRST)
    stale = two_nics.reread()
    once(nova, "list_ports", lambda: two_nics.report_port_deleted(FIRST, stale))
    two_nics.heal()
    two_nics.report_port_deleted(FIRST, stale)
    assert of(bus.take_nics(), FIRST) == LOST_FOR_GOOD


def test_refresh_during_the_event_is_reported_once(nova, two_nics, bus):
    nova.network.ports.delete(FIRST)
    plugs = nova.plugs

    def heal():
        plugs.during_detach = None
        _in_thread(two_nics.heal)

    plugs.during_detach = heal
    two_nics.report_port_deleted(FIRST)
    assert of(bus.take_nics(), FIRST) == LOST_FOR_GOOD


def test_event_while_neutron_is_asked_is_reported_once(nova, two_nics, bus):
    nova.network.ports.delete(FIRST)
    stale = two_nics.reread()
    with nova.network.held_up("show_port"):
        two_nics.heal()
        two_nics.report_port_deleted(FIRST, stale)
    assert of(bus.take_nics(), FIRST) == LOST_FOR_GOOD


def test_event_long_after_the_refresh_is_no_second_detach(nova, two_nics, bus):
    nova.network.ports.delete(FIRST)
    two_nics.heal()
    assert of(bus.take_nics(), FIRST) == LOST_FOR_GOOD
    changing.let_time_pass()
    two_nics.report_port_deleted(FIRST)
    assert bus.take_nics() == []


def test_port_that_neutron_took_from_the_server_is_lost_by_a_refresh(nova, two_nics, bus):
    nova.network.ports.unbind(FIRST)
    two_nics.heal()
    two_nics.heal()
    heard = bus.take_nics()
    assert of(heard, FIRST) == LOST_ONLY_HERE
    for notification in heard:
        contract.check(notification)
        assert notification["payload"]["interface"]["mac_address"].startswith("fa:16:3e")
        assert notification["payload"]["instance_id"] == two_nics.instance.uuid
        assert notification["payload"]["metadata"] == {"role": "web"}
        assert notification["publisher_id"] == "compute.compute1"


def test_port_that_neutron_gave_to_the_server_is_an_attach(nova, two_nics, bus):
    nova.network.ports.create(THIRD)
    nova.network.ports.bind(THIRD, two_nics.instance.uuid)
    two_nics.report_network_changed(THIRD)
    two_nics.heal()
    heard = bus.take_nics()
    assert of(heard, THIRD) == GAINED
    assert len(heard) == 2
    assert len({n["payload"]["interface"]["operation_id"] for n in heard}) == 1
    for notification in heard:
        contract.check(notification)
        assert notification["payload"]["interface"]["fixed_ips"]


def test_neutron_that_fails_leaves_the_cause_open(nova, two_nics, bus):
    nova.network.fail["show_port"] = RuntimeError("Neutron is away")
    nova.network.ports.delete(FIRST)
    two_nics.heal()
    assert of(bus.take_nics(), FIRST) == LOST_ONLY_HERE


def test_loss_just_after_an_attach_waits_for_neutron_to_confirm_it(nova, two_nics, bus):
    two_nics.attach(port_id=THIRD)
    bus.take()
    nova.network.ports.delete(THIRD)
    nova.network.fail["show_port"] = RuntimeError("Neutron is away")
    two_nics.heal()
    assert bus.take_nics() == []
    nova.network.fail.clear()
    two_nics.heal()
    assert of(bus.take_nics(), THIRD) == LOST_FOR_GOOD


def test_neutron_that_does_not_answer_holds_up_neither_nova_nor_the_report(
    nova, two_nics, bus, monkeypatch
):
    from vifcast_nova.hooks import nic_lookup

    monkeypatch.setattr(nic_lookup, "FOUND_WITHIN_S", 0.2)
    nova.network.ports.delete(FIRST)
    with nova.network.held_up("show_port"):
        two_nics.heal()
        assert of(bus.take_nics(), FIRST) == LOST_ONLY_HERE
        nova.network.ports.delete(SECOND)
        two_nics.heal()  # while the first question hangs
        assert of(bus.take_nics(), SECOND) == LOST_ONLY_HERE


def test_list_that_could_not_be_saved_reports_nothing(nova, two_nics, bus, monkeypatch):
    from nova import objects

    def refuse(*args, **kwargs):
        raise RuntimeError("the database is away")

    nova.network.ports.delete(FIRST)
    with monkeypatch.context() as patched:
        patched.setattr(objects.InstanceInfoCache, "save", refuse)
        two_nics.heal()
    assert bus.take_nics() == []
    two_nics.heal()
    assert of(bus.take_nics(), FIRST) == LOST_FOR_GOOD


UNDER_WAY = {
    "a creation": {"vm_state": "building", "task_state": "spawning"},
    "a deletion": {"task_state": "deleting"},
    "a soft delete": {"vm_state": "soft-delete"},
    "a resize": {"task_state": "resize_migrating"},
    "a live migration": {"task_state": "migrating"},
    "offloading": {"task_state": "shelving_offloading"},
    "unshelving": {"vm_state": "shelved_offloaded", "task_state": "spawning"},
    "another host": {"host": "compute2"},
}


@pytest.mark.parametrize("what", sorted(UNDER_WAY))
def test_nothing_is_reported_of_a_list_during(nova, two_nics, bus, what):
    instance = two_nics.reread()
    for name, value in UNDER_WAY[what].items():
        setattr(instance, name, value)
    instance.save()
    nova.network.ports.delete(FIRST)
    nova.network.get_instance_nw_info(nova.context(), instance)
    assert two_nics.port_ids() == [SECOND]
    two_nics.report_port_deleted(FIRST)
    assert bus.take_nics() == []


def test_list_of_a_server_that_came_back_is_not_compared_with_an_old_one(nova, two_nics, bus):
    instance = two_nics.reread()
    instance.host = "compute2"
    instance.save()
    nova.network.get_instance_nw_info(nova.context(), instance)
    two_nics.write_list_as_nova_api([SECOND])  # the other host's work
    nova.network.ports.delete(FIRST)
    instance.host = "compute1"
    instance.save()
    two_nics.heal()
    assert bus.take_nics() == []


def test_what_a_rebuild_loses_is_reported_after_it(nova, two_nics, bus):
    instance = two_nics.reread()
    instance.task_state = "rebuilding"
    instance.save()
    nova.network.ports.delete(FIRST)
    nova.network.get_instance_nw_info(nova.context(), instance)
    assert bus.take_nics() == []
    instance.task_state = None
    instance.save()
    two_nics.report_port_deleted(FIRST)
    assert of(bus.take_nics(), FIRST) == LOST_FOR_GOOD


def test_deletion_that_began_after_nova_read_the_server_reports_nothing(nova, two_nics, bus):
    read_before = two_nics.reread()
    instance = two_nics.reread()
    instance.task_state = "deleting"
    instance.save()
    nova.network.ports.delete(FIRST)
    nova.network.ports.delete(SECOND)
    nova.network.get_instance_nw_info(nova.context(), read_before)
    assert bus.take_nics() == []


def test_nic_that_nova_api_lost_is_reported_at_its_event(nova, two_nics, bus):
    nova.network.ports.delete(FIRST)
    two_nics.write_list_as_nova_api([SECOND])
    two_nics.report_port_deleted(FIRST)
    two_nics.report_port_deleted(FIRST)
    assert of(bus.take_nics(), FIRST) == LOST_FOR_GOOD


def test_nic_that_nova_api_lost_is_reported_at_the_next_refresh(nova, two_nics, bus):
    nova.network.ports.delete(FIRST)
    two_nics.write_list_as_nova_api([SECOND])
    two_nics.heal()
    two_nics.report_port_deleted(FIRST)
    assert of(bus.take_nics(), FIRST) == LOST_FOR_GOOD


def test_lists_are_known_from_the_start_of_nova_compute(nova, two_nics, bus):
    changing.plugin().lists.forget(two_nics.instance.uuid)  # a new process
    nova.manager._init_instance(nova.context(), two_nics.reread())
    nova.network.ports.delete(FIRST)
    two_nics.write_list_as_nova_api([SECOND])
    two_nics.report_port_deleted(FIRST)
    assert of(bus.take_nics(), FIRST) == LOST_FOR_GOOD


def test_old_list_that_lacks_a_new_nic_is_no_detach(nova, two_nics, bus):
    stale = two_nics.reread()
    two_nics.attach(port_id=THIRD)
    bus.take()
    two_nics.report_port_deleted(FIRST, stale)
    heard = bus.take_nics()
    assert THIRD not in two_nics.port_ids()  # Nova's list is wrong until it is healed
    assert of(heard, FIRST) == LOST_FOR_GOOD
    assert of(heard, THIRD) == []
    nova.network.ports.delete(THIRD)
    two_nics.report_port_deleted(THIRD)
    assert of(bus.take_nics(), THIRD) == LOST_FOR_GOOD


def test_old_list_that_has_a_detached_nic_is_no_attach(nova, two_nics, bus):
    stale = two_nics.reread()
    two_nics.detach(SECOND)
    bus.take()
    two_nics.report_port_deleted(FIRST, stale)
    assert SECOND in two_nics.port_ids()
    two_nics.heal()
    heard = bus.take_nics()
    assert of(heard, FIRST) == LOST_FOR_GOOD
    assert of(heard, SECOND) == []


def test_nic_that_is_deleted_just_after_its_attach_is_lost(nova, two_nics, bus):
    two_nics.attach(port_id=THIRD)
    bus.take()
    nova.network.ports.delete(THIRD)
    two_nics.heal()
    assert of(bus.take_nics(), THIRD) == LOST_FOR_GOOD


def test_refresh_during_an_attach_by_network_is_not_another_attach(nova, two_nics, bus):
    def notice():
        ports = nova.network.ports.list_ports(two_nics.instance.uuid)["ports"]
        for port in ports:
            two_nics.report_network_changed(port["id"])

    once(nova, "bound", notice)
    vif = two_nics.attach()
    heard = bus.take_nics()
    assert phases(heard) == ["attach.start", "attach.end"]
    assert {n["payload"]["interface"]["cause"] for n in heard} == {"api"}
    assert heard[1]["payload"]["interface"]["port_id"] == vif["id"]


def test_port_that_comes_during_an_attach_of_another_is_reported_after_it(nova, two_nics, bus):
    nova.network.ports.create(THIRD)

    def give():
        nova.network.ports.bind(THIRD, two_nics.instance.uuid)
        two_nics.report_network_changed(THIRD)

    once(nova, "bound", give)
    vif = two_nics.attach()
    heard = bus.take_nics()
    assert of(heard, THIRD) == GAINED
    assert of(heard[:2], vif["id"])[-1] == ("attach.end", "api")


def test_detach_that_fails_after_its_port_is_gone_is_followed_by_the_loss(nova, two_nics, bus):
    nova.network.ports.delete(FIRST)
    once(nova, "deallocate_port_for_instance", two_nics.heal)
    nova.network.fail["deallocate_port_for_instance"] = RuntimeError("Neutron is away")
    with pytest.raises(RuntimeError, match="Neutron is away"):
        two_nics.detach(FIRST)
    heard = bus.take_nics()
    assert of(heard, FIRST)[:2] == [("detach.start", "api"), ("detach.error", "api")]
    assert of(heard, FIRST)[2:] == LOST_FOR_GOOD


def test_loss_is_reported_before_the_attach_that_follows(nova, two_nics, bus):
    nova.network.ports.unbind(FIRST)
    with nova.network.held_up("show_port"):
        two_nics.heal()
        nova.plugs.clear()
        two_nics.again().attach(port_id=FIRST)
    heard = bus.take_nics()
    assert of(heard, FIRST) == LOST_ONLY_HERE + [("attach.start", "api"), ("attach.end", "api")]


def test_change_for_which_no_thread_could_be_had_is_reported_with_the_next(
    nova, two_nics, bus, monkeypatch
):
    def no_thread(call):
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as away:
        away.setattr(changes, "soon", no_thread)
        nova.network.ports.delete(FIRST)
        two_nics.heal()
    nova.network.ports.delete(SECOND)
    two_nics.heal()
    heard = bus.take_nics()
    assert of(heard, FIRST) == LOST_FOR_GOOD
    assert of(heard, SECOND) == LOST_FOR_GOOD


def test_hand_patched_nova_reports_losses_too(nova, two_nics, bus, monkeypatch):
    from vifcast_nova.hooks import install

    muted = frozenset(["interface_detach.start", "interface_detach.end"])
    monkeypatch.setattr(install._notifier, "muted", muted)
    nova.network.ports.delete(FIRST)
    two_nics.heal()
    assert of(bus.take_nics(), FIRST) == LOST_FOR_GOOD


def once(nova, name, call):
    """Call ``call`` in another thread at the next network call ``name``."""

    def called():
        nova.network.during.pop(name)
        _in_thread(call)

    nova.network.during[name] = called


def _in_thread(func):
    thread = threading.Thread(target=func)
    thread.start()
    thread.join()
