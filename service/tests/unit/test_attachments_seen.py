"""The periods of one port that others than Nova's operations report."""

import datetime as dt

from steps import growth

from ledger_events import make_event
from port_events import T0, attach, attachments_from, born_with, detach, gone, periods, seen
from vifcast.ledger.attachments import attachments_from as attachments_of
from vifcast.ledger.moves import moves_of_event
from vifcast.model import FixedIp
from whole_ledger import whole_ledger


def test_sighting_while_an_attach_runs_is_the_same_period():
    operation = {"operation_id": "came", "instance_id": "a"}
    assert periods(
        seen(1, None),
        make_event(phase="start", at_s=10, **operation),
        seen(11),
        make_event(phase="end", at_s=12, **operation),
        seen(13),
    ) == [("a", 12, None)]


def test_sighting_while_a_detach_runs_is_the_same_period():
    operation = {"operation_id": "went", "instance_id": "a", "action": "detach"}
    found = attachments_from(
        [
            attach(1),
            make_event(phase="start", at_s=10, **operation),
            seen(11, None),
            make_event(phase="end", at_s=12, **operation),
        ]
    )
    assert [each.detach_operation_id for each in found] == ["went"]
    assert found[0].detached_at == T0 + dt.timedelta(seconds=12)


def test_port_that_neutron_deletes_is_on_nothing():
    assert periods(attach(1), seen(9, "a", event_type="port.delete.end")) == [("a", 1, 9)]


def test_port_first_heard_of_on_an_instance_may_have_been_there_for_long():
    assert periods(seen(5), seen(9, None)) == [("a", None, 9)]
    assert periods(seen(5, event_type="port.create.end")) == [("a", 5, None)]


def test_detach_from_where_it_came_unseen_ends_where_it_was_known():
    assert periods(attach(1, "a"), detach(60, "b")) == [("a", 1, 60), ("b", 60, 60)]


def test_unknown_beginning_does_not_reach_back_over_what_is_known():
    assert periods(attach(1, "a"), detach(9, "a"), detach(60, "c")) == [("a", 1, 9), ("c", 9, 60)]


def test_port_that_no_longer_exists_is_nowhere():
    deletion = seen(60, "b", event_type="port.delete.end")
    assert periods(attach(1, "a"), deletion) == [("a", 1, 60)]


def test_port_that_is_seen_on_an_instance_long_after_its_deletion_is_there():
    assert periods(attach(1), gone(5), seen(60)) == [("a", 1, 5), ("a", 60, None)]
    assert periods(attach(1), gone(5), seen(6)) == [("a", 1, 5)]


def test_address_from_neutron_during_the_attach_is_newer_than_novas():
    operation = {"operation_id": "came", "instance_id": "a"}
    (only,) = attachments_from(
        [
            seen(1, None),
            make_event(phase="start", at_s=10, **operation),
            seen(11, "a", "192.0.2.8"),
            make_event(phase="end", at_s=12, fixed_ips=(FixedIp("192.0.2.7", 4),), **operation),
        ]
    )
    assert [each.ip_address for each in only.addresses] == ["192.0.2.8"]


def test_address_that_changes_has_its_own_time():
    (only,) = attachments_from(
        [seen(1, None), seen(2, "a", "192.0.2.7"), seen(5, "a", "192.0.2.8")]
    )
    assert [
        (
            each.ip_address,
            each.since_at and (each.since_at - T0).total_seconds(),
            each.until_at and (each.until_at - T0).total_seconds(),
        )
        for each in only.addresses
    ] == [("192.0.2.7", None, 5), ("192.0.2.8", 5, None)]
    assert only.fixed_ips == (FixedIp("192.0.2.8", 4),)


def test_mac_of_two_ports_is_at_each_time_the_one_ports():
    mac = "fa:16:3e:00:00:01"
    events = [
        born_with(3, port_id=None, mac_address=mac),
        detach(9, port_id="p", mac_address=mac),
        attach(20, port_id="q", mac_address=mac),
    ]
    _, found = whole_ledger(events)
    assert [(each.nic, each.attached_at, each.detached_at) for each in found] == [
        ("p", T0 + dt.timedelta(seconds=3), T0 + dt.timedelta(seconds=9)),
        ("q", T0 + dt.timedelta(seconds=20), None),
    ]
    # Created anew, as a rebuilt instance is, with the second port.
    _, found = whole_ledger([*events, born_with(30, port_id=None, mac_address=mac)])
    assert [each.nic for each in found] == ["p", "q"]


def test_attach_whose_start_is_lost_is_the_period_that_neutron_reported():
    (only,) = attachments_from([seen(1, None), seen(2), attach(12, operation_id="came")])
    assert only.attach_operation_id == "came"
    assert periods(seen(1, None), seen(2), attach(12)) == [("a", 2, None)]
    assert periods(seen(2), attach(12)) == [("a", 2, None)]


def test_attach_that_began_after_the_port_was_seen_is_another_period():
    operation = {"operation_id": "came", "instance_id": "a"}
    started = make_event(phase="start", at_s=20, **operation)
    ended = make_event(phase="end", at_s=22, **operation)
    assert periods(seen(1, None), seen(2), started, ended) == [("a", 2, 22), ("a", 22, None)]


def test_detach_whose_start_is_lost_is_of_the_period_that_neutron_ended():
    (only,) = attachments_from([attach(1), seen(5, None), detach(15, operation_id="went")])
    assert (only.detach_operation_id, only.detached_at) == ("went", T0 + dt.timedelta(seconds=5))


def test_detach_reported_after_the_move_belongs_to_the_period_that_it_ended():
    events = [attach(1, "a"), attach(4, "b"), detach(5, "a", operation_id="went")]
    assert [each.detach_operation_id for each in attachments_from(events)] == ["went", None]


def test_work_is_linear_in_the_events_of_a_port():
    def work(count):
        sightings = [seen(each, "a", f"192.0.{each // 250}.{each % 250}") for each in range(count)]
        sightings += [born_with(count + each, f"instance {each}") for each in range(count)]
        moves = [move for event in sightings for move in moves_of_event(event)]
        assert len(attachments_of("port-1", moves)) == count + 1

    assert growth(work, 50) < 5
