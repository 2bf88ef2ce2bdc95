import datetime as dt
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from steps import growth

from ledger_events import make_event, make_sighting
from vifcast.ledger.attachments import attachments_from as attachments_of
from vifcast.ledger.moves import moves_of_event
from vifcast.model import Action, FixedIp, Nic
from whole_ledger import whole_ledger

T0 = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)


def attachments_from(events):
    """Of one NIC."""
    _, attachments = whole_ledger(events)
    assert len({each.nic for each in attachments}) <= 1
    return attachments


def attach(at_s, instance="a", **changes):
    return _end("attach", at_s, instance, changes)


def detach(at_s, instance="a", **changes):
    return _end("detach", at_s, instance, changes)


def _end(action, at_s, instance, changes):
    changes = {"operation_id": f"{action} of {instance} at {at_s}"} | changes
    return make_event(action=action, phase="end", at_s=at_s, instance_id=instance, **changes)


def seen(at_s, instance="a", *addresses, **changes):
    fixed_ips = tuple(FixedIp(each, 4) for each in addresses)
    nic = Nic(instance_id=instance, port_id="port-1", fixed_ips=fixed_ips)
    return make_sighting(at_s=at_s, nics=(nic,), **changes)


def born_with(at_s, instance="a", **nic):
    nics = (Nic(instance_id=instance, **{"port_id": "port-1"} | nic),)
    return make_sighting(action="create", at_s=at_s, nics=nics)


def gone(at_s, instance="a"):
    return make_sighting(action="delete", at_s=at_s, instance_id=instance)


def periods(*events):
    """(instance, from, to) in seconds after T0."""
    return [
        (
            each.instance_id,
            each.attached_at and (each.attached_at - T0).total_seconds(),
            each.detached_at and (each.detached_at - T0).total_seconds(),
        )
        for each in attachments_from(events)
    ]


def test_attached_port_is_there_until_it_is_detached():
    assert periods(attach(1)) == [("a", 1, None)]
    assert periods(attach(1), detach(5)) == [("a", 1, 5)]


def test_port_can_come_back():
    assert periods(attach(1), detach(2), attach(3)) == [("a", 1, 2), ("a", 3, None)]


def test_port_attached_elsewhere_is_no_longer_here():
    assert periods(attach(1, "a"), attach(4, "b")) == [("a", 1, 4), ("b", 4, None)]


def test_detach_that_arrives_after_the_move_changes_nothing():
    assert periods(attach(1, "a"), attach(4, "b"), detach(5, "a")) == [
        ("a", 1, 4),
        ("b", 4, None),
    ]


def test_move_in_one_instant_leaves_two_periods():
    assert periods(attach(1, "a"), detach(4, "a"), attach(4, "b")) == [
        ("a", 1, 4),
        ("b", 4, None),
    ]


def test_detach_of_a_port_that_was_there_before_anybody_listened():
    assert periods(detach(3)) == [("a", None, 3)]


def test_unknown_period_elsewhere_does_not_end_the_present_one():
    assert periods(attach(1, "a"), detach(2, "c"), detach(3, "a")) == [
        ("a", 1, 3),
        ("c", None, 2),
    ]


def test_second_attach_without_a_detach_starts_a_new_period():
    assert periods(attach(1), attach(3)) == [("a", 1, 3), ("a", 3, None)]


def test_starts_and_failures_move_nothing():
    assert (
        periods(
            make_event(action="attach", phase="start", at_s=0, instance_id="a"),
            make_event(
                action="attach", phase="error", at_s=1, instance_id="a", operation_id="other"
            ),
        )
        == []
    )
    assert periods(
        attach(1), make_event(action="detach", phase="error", at_s=2, instance_id="a")
    ) == [("a", 1, None)]


def test_periods_name_their_operations():
    (only,) = attachments_from([attach(1, operation_id="came"), detach(2, operation_id="went")])
    assert (only.attach_operation_id, only.detach_operation_id) == ("came", "went")


def test_deleted_instance_has_no_port_any_more():
    assert periods(attach(1), gone(5)) == [("a", 1, 5)]
    assert periods(attach(1), gone(5, "b")) == [("a", 1, None)]


def test_attach_that_ends_after_the_instance_was_deleted_lasts_no_time():
    assert periods(gone(5), attach(6)) == [("a", 6, 6)]


def test_instance_whose_deletion_failed_can_have_a_port_again():
    assert periods(gone(5), attach(60)) == [("a", 60, None)]


def test_port_from_the_creation_of_its_instance():
    assert periods(born_with(3), gone(9)) == [("a", 3, 9)]


def test_port_known_by_its_mac_alone_is_kept_under_that():
    (only,) = attachments_from([born_with(3, port_id=None, mac_address="fa:16:3e:00:00:01")])
    assert (only.nic, only.port_id) == ("mac:fa:16:3e:00:00:01", None)


def test_port_whose_mac_somebody_tells_is_that_port():
    mac = "fa:16:3e:00:00:01"
    (only,) = attachments_from(
        [born_with(3, port_id=None, mac_address=mac), detach(9, mac_address=mac)]
    )
    assert (only.nic, only.attached_at, only.detached_at) == (
        "port-1",
        T0 + dt.timedelta(seconds=3),
        T0 + dt.timedelta(seconds=9),
    )


def test_what_neutron_tells_while_an_attach_runs_is_the_same_period():
    operation = {"operation_id": "came", "instance_id": "a"}
    assert periods(
        seen(1, None),
        make_event(phase="start", at_s=10, **operation),
        seen(11),
        make_event(phase="end", at_s=12, **operation),
        seen(13),
    ) == [("a", 12, None)]


def test_what_neutron_tells_while_a_detach_runs_is_the_same_period():
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
    told = seen(60, "b", event_type="port.delete.end")
    assert periods(attach(1, "a"), told) == [("a", 1, 60)]


def test_port_that_is_seen_on_an_instance_long_after_its_deletion_is_there():
    assert periods(attach(1), gone(5), seen(60)) == [("a", 1, 5), ("a", 60, None)]
    assert periods(attach(1), gone(5), seen(6)) == [("a", 1, 5)]


def test_address_that_neutron_told_during_the_attach_is_newer_than_novas():
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
    told = [
        born_with(3, port_id=None, mac_address=mac),
        detach(9, port_id="p", mac_address=mac),
        attach(20, port_id="q", mac_address=mac),
    ]
    _, found = whole_ledger(told)
    assert [(each.nic, each.attached_at, each.detached_at) for each in found] == [
        ("p", T0 + dt.timedelta(seconds=3), T0 + dt.timedelta(seconds=9)),
        ("q", T0 + dt.timedelta(seconds=20), None),
    ]
    # Created anew, as a rebuilt instance is, with the second port.
    _, found = whole_ledger([*told, born_with(30, port_id=None, mac_address=mac)])
    assert [each.nic for each in found] == ["p", "q"]


def test_attach_whose_start_is_lost_is_the_period_that_neutron_told():
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


def test_detach_that_is_told_after_the_move_belongs_to_the_period_that_it_ended():
    told = [attach(1, "a"), attach(4, "b"), detach(5, "a", operation_id="went")]
    assert [each.detach_operation_id for each in attachments_from(told)] == ["went", None]


def test_work_grows_with_what_is_told_of_a_port_and_not_with_its_square():
    def work(count):
        told = [seen(each, "a", f"192.0.{each // 250}.{each % 250}") for each in range(count)]
        told += [born_with(count + each, f"instance {each}") for each in range(count)]
        moves = [move for event in told for move in moves_of_event(event)]
        assert len(attachments_of("port-1", moves)) == count + 1

    assert growth(work, 50) < 5


@st.composite
def histories(draw):
    count = draw(st.integers(0, 8))
    return [
        make_event(
            action=draw(st.sampled_from([Action.ATTACH, Action.DETACH])),
            phase="end",
            at_s=draw(st.integers(0, 6)),
            instance_id=draw(st.sampled_from("abc")),
            message_id=f"m-{number}",
            operation_id=f"o-{number}",
        )
        for number in range(count)
    ]


@given(history=histories(), data=st.data())
def test_order_and_repetition_change_nothing(history, data):
    shuffled = data.draw(st.permutations(history + history[: data.draw(st.integers(0, 3))]))
    assert attachments_from(shuffled) == attachments_from(history)


@given(history=histories())
def test_port_is_on_one_instance_at_a_time(history):
    found = attachments_from(history)
    known = [each for each in found if each.attached_at is not None]
    for before, after in pairwise(known):
        assert before.detached_at is not None
        assert before.detached_at <= after.attached_at
    assert [each.number for each in found] == list(range(1, len(found) + 1))
