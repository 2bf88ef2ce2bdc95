"""On which compute hosts an attachment was."""

import datetime as dt
import itertools

import pytest

from ledger_events import T0, make_event, make_sighting
from port_events import attach, attachments_from, born_with, detach, gone, hosts, moved, seen
from vifcast.model import FixedIp, Nic, Source
from whole_ledger import whole_ledger


def hosts_of(*events):
    (only,) = attachments_from(events)
    assert only.compute_host == (only.hosts[-1].compute_host if only.hosts else None)
    return hosts(only)


def on(host):
    return {"compute_host": host}


def test_attachment_is_where_it_began_until_somebody_says_otherwise():
    assert hosts_of(attach(1, **on("one"))) == [("one", None, None)]
    assert hosts_of(attach(1, **on("one")), detach(9, **on("one"))) == [("one", None, None)]


def test_instance_that_moves_takes_its_nics_along():
    assert hosts_of(attach(1, **on("one")), moved(5, "two"), moved(9, "three")) == [
        ("one", None, 5),
        ("two", 5, 9),
        ("three", 9, None),
    ]


def test_other_instances_moves_change_nothing():
    assert hosts_of(attach(1, **on("one")), moved(5, "two", "b")) == [("one", None, None)]


def test_move_before_and_after_the_attachment_changes_nothing():
    history = [moved(1, "zero"), attach(3, **on("one")), detach(5, **on("one")), moved(7, "two")]
    assert hosts_of(*history) == [("one", None, None)]


def test_same_host_again_is_no_move():
    assert hosts_of(attach(1, **on("one")), moved(5, "one")) == [("one", None, None)]


def test_resize_that_is_reverted_was_on_the_other_host_meanwhile():
    assert hosts_of(attach(1, **on("one")), moved(5, "two"), moved(9, "one")) == [
        ("one", None, 5),
        ("two", 5, 9),
        ("one", 9, None),
    ]


def test_offloaded_instance_is_on_no_host():
    (only,) = attachments_from([attach(1, **on("one")), moved(5, None)])
    assert (hosts(only), only.compute_host) == ([("one", None, 5)], None)
    assert hosts_of(attach(1, **on("one")), moved(5, None), moved(9, "two")) == [
        ("one", None, 5),
        ("two", 9, None),
    ]


def test_deleted_instance_moves_no_more():
    assert hosts_of(attach(1, **on("one")), gone(5), moved(9, "two")) == [("one", None, None)]


def test_move_to_the_first_host_that_anybody_named_says_nothing_of_before():
    assert hosts_of(seen(1, **on(None)), moved(5, "two")) == [("two", 5, None)]


def test_move_makes_no_attachment():
    assert attachments_from([moved(5, "two", "a", Nic(instance_id="a", port_id="port-1"))]) == []


def test_later_attach_on_another_host_moves_the_nic():
    history = [seen(1, **on("one")), attach(20, **on("two"))]
    assert hosts_of(*history) == [("one", None, 20), ("two", 20, None)]


def operation(at_s, host, *, ends_at_s=None, action="attach", phase="end", **changes):
    """Start and end of one of another NIC of the same instance."""
    about = {
        "action": action,
        "port_id": f"port of {at_s}",
        "operation_id": f"at {at_s}",
        "correlation_id": f"at {at_s}",
        "instance_id": "a",
        "compute_host": host,
        **changes,
    }
    ends_at_s = at_s + 1 if ends_at_s is None else ends_at_s
    return [
        make_event(phase="start", at_s=at_s, **about),
        make_event(phase=phase, at_s=ends_at_s, **about),
    ]


def hosts_beside(*events):
    """Of port-1, whatever else is on its instance."""
    _, attachments = whole_ledger(events)
    (only,) = [each for each in attachments if each.port_id == "port-1"]
    return hosts(only)


@pytest.mark.parametrize("action", ["attach", "detach"])
def test_operation_on_another_host_moves_all_nics_of_the_instance(action):
    events = [attach(1, **on("one")), *operation(20, "two", action=action)]
    assert hosts_beside(*events) == [("one", None, 20), ("two", 20, None)]


def test_operation_after_the_move_leaves_the_time_of_the_move():
    events = [attach(1, **on("one")), moved(9, "two"), *operation(20, "two")]
    assert hosts_beside(*events) == [("one", None, 9), ("two", 9, None)]


def test_operations_show_a_return_of_which_no_move_was_reported():
    events = [attach(1, **on("one"))]
    for at_s, host in [(20, "two"), (30, "two"), (40, "one"), (50, "one")]:
        events += operation(at_s, host)
    assert hosts_beside(*events) == [("one", None, 20), ("two", 20, 40), ("one", 40, None)]


def test_host_that_reports_between_two_of_another_parts_them():
    events = [attach(1, **on("one")), *operation(20, "two"), *operation(40, "two")]
    assert hosts_beside(*events, *operation(30, "one")) == [
        ("one", None, 20),
        ("two", 20, 30),
        ("one", 30, 40),
        ("two", 40, None),
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"phase": "error", "error_class": "InstanceNotFound"},
        # The end of an operation that hangs is not known.
        {"phase": "start"},
        # Neutron deleted the port: nova-api notifies both hosts of a migration.
        {"cause": "port_deleted", "action": "detach"},
    ],
)
def test_operation_that_proves_no_host_moves_nothing(changes):
    events = [attach(1, **on("one")), moved(9, "two"), *operation(20, "one", **changes)]
    assert hosts_beside(*events) == [("one", None, 9), ("two", 9, None)]


def test_operation_under_way_when_the_instance_moves_was_on_the_old_host_before():
    events = [attach(1, **on("one")), *operation(5, "one", ends_at_s=30), moved(20, "two")]
    assert hosts_beside(*events) == [("one", None, 20), ("two", 20, None)]


def test_clock_of_the_old_host_that_is_ahead_does_not_undo_a_move():
    events = [attach(1, **on("one")), moved(20, "two"), *operation(24, "one")]
    assert hosts_beside(*events) == [("one", None, 20), ("two", 20, None)]
    assert hosts_beside(*events, *operation(26, "one"))[-1] == ("one", 26, None)


def test_clock_of_the_old_host_that_is_ahead_does_not_undo_what_neutron_bound():
    events = [attach(1, **on("one")), seen(20, **on("two")), *operation(24, "one")]
    assert hosts_beside(*events) == [("one", None, 20), ("two", 20, None)]
    assert hosts_beside(*events, *operation(26, "one"))[-1] == ("one", 26, None)


def test_operation_on_the_first_host_that_anybody_named_says_nothing_of_before():
    events = [seen(1, **on(None)), moved(50, "two", "b"), *operation(60, "one"), moved(90, "two")]
    assert hosts_beside(*events) == [("one", None, 90), ("two", 90, None)]


def test_operation_shows_that_an_offloaded_instance_is_back():
    events = [attach(1, **on("one")), moved(9, None), *operation(20, "one")]
    assert hosts_beside(*events) == [("one", None, 9), ("one", 20, None)]


def test_operation_on_another_instance_moves_nothing():
    events = [attach(1, **on("one")), *operation(20, "two", instance_id="b")]
    assert hosts_beside(*events) == [("one", None, None)]


def test_neutrons_binding_moves_its_own_port_alone():
    other = make_sighting(
        at_s=20, nics=(Nic(instance_id="a", port_id="port-2"),), compute_host="two"
    )
    assert hosts_beside(attach(1, **on("one")), other) == [("one", None, None)]


def test_name_that_neutron_gives_an_ironic_node_does_not_undo_what_nova_compute_reports():
    events = [seen(0, **on("node")), attach(1, **on("one")), seen(30, **on("node"))]
    assert hosts_beside(*events, *operation(20, "two"))[-1] == ("two", 20, None)


def test_operation_before_and_after_the_attachment_moves_nothing():
    events = [*operation(1, "zero"), attach(10, **on("one")), detach(12, **on("one"))]
    assert hosts_beside(*events, *operation(20, "two")) == [("one", None, None)]


def test_detach_on_another_host_was_there_at_the_end():
    (only,) = attachments_from([attach(1, **on("one")), detach(9, **on("two"))])
    assert hosts(only) == [("one", None, 9), ("two", 9, None)]
    assert only.compute_host == "two"


def test_port_that_neutron_binds_to_another_host_has_moved():
    history = [attach(1, **on("one")), seen(3, **on("one")), seen(9, **on("two"))]
    assert hosts_of(*history) == [("one", None, 9), ("two", 9, None)]


def test_what_neutron_says_again_does_not_undo_what_nova_said():
    history = [
        seen(0, **on("one")),
        attach(1, **on("one")),
        moved(5, "two"),
        # Somebody gives the port another name.
        seen(7, **on("one")),
    ]
    assert hosts_of(*history) == [("one", None, 5), ("two", 5, None)]


def test_binding_of_an_offloaded_instances_port_is_not_where_it_is():
    history = [attach(1, **on("one")), moved(5, None)]
    assert hosts_of_offloaded(*history, seen(7, **on("one"))) == [("one", None, 5)]
    # Bound for an unshelving that failed.
    assert hosts_of_offloaded(*history, seen(7, **on("two"))) == [("one", None, 5)]
    assert hosts_of(*history, seen(7, **on("two")), moved(8, "two")) == [
        ("one", None, 5),
        ("two", 8, None),
    ]


def hosts_of_offloaded(*events):
    (only,) = attachments_from(events)
    assert only.compute_host is None
    return hosts(only)


def test_live_migration_is_one_move_whoever_reports_it_first():
    history = [attach(1, **on("one")), seen(2, **on("one"))]
    for neutron, nova in ((7, 8), (8, 7)):
        assert hosts_of(*history, seen(neutron, **on("two")), moved(nova, "two")) == [
            ("one", None, 7),
            ("two", 7, None),
        ]


def test_two_words_of_one_instant_leave_no_host_without_time():
    (only,) = attachments_from(
        [
            attach(1, **on("one")),
            moved(5, "two", message_id="m-1"),
            moved(5, "three", message_id="m-2"),
        ]
    )
    assert hosts(only) == [("one", None, 5), ("three", 5, None)]
    back = [moved(5, "two", message_id="m-1"), moved(5, "one", message_id="m-2")]
    assert hosts_of(attach(1, **on("one")), *back) == [("one", None, None)]


@pytest.mark.parametrize("seed", range(6))
def test_order_and_repetition_do_not_matter(seed):
    history = [
        born_with(0),
        moved(5, "two"),
        moved(7, None),
        moved(9, "three"),
        seen(11, **on("four")),
    ]
    orders = list(itertools.permutations(history))
    other = list(orders[seed * 19])
    assert hosts_of(*other, *other[:2]) == hosts_of(*history)


def addresses_of(*events):
    (only,) = attachments_from(events)
    return [each.ip_address for each in only.addresses], [ip.ip_address for ip in only.fixed_ips]


def listed(address, **nic):
    return Nic(instance_id="a", **nic, fixed_ips=(FixedIp(address, 4),))


def test_move_gives_the_nics_that_it_lists_their_new_addresses():
    mac = {"mac_address": "fa:16:3e:00:00:01"}
    for known_by in ({"port_id": "port-1"}, mac):
        history = [attach(1, **mac), moved(5, "two", "a", listed("192.0.2.9", **known_by))]
        assert addresses_of(*history) == (["192.0.2.9"], ["192.0.2.9"])


def test_move_leaves_nics_that_it_does_not_list_alone():
    history = [seen(1, "a", "192.0.2.7", event_type="vifcast.reconcile")]
    other = listed("192.0.2.9", port_id="port-2")
    assert addresses_of(*history, moved(5, "two", "a", other))[1] == ["192.0.2.7"]
    assert addresses_of(*history, moved(5, "two"))[1] == ["192.0.2.7"]


def test_address_that_nova_adds_is_the_nics_from_then_on():
    mac = "fa:16:3e:00:00:01"
    nic = listed("192.0.2.9", mac_address=mac)
    added = make_sighting(
        at_s=5,
        nics=(nic,),
        event_type="compute.instance.create_ip.end",
        source=Source.NOVA_INSTANCE,
    )
    (only,) = attachments_from([attach(1, mac_address=mac), added])
    assert [(each.ip_address, each.since_at) for each in only.addresses] == [
        ("192.0.2.9", T0 + dt.timedelta(seconds=5))
    ]


def test_list_of_a_move_is_older_than_what_neutron_says():
    history = [
        seen(1, "a", "192.0.2.7"),
        moved(5, "two", "a", listed("192.0.2.9", port_id="port-1")),
    ]
    assert addresses_of(*history) == (["192.0.2.7"], ["192.0.2.7"])
