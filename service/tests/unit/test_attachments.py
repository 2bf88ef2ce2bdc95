"""The periods of one port."""

import datetime as dt

from ledger_events import make_event
from port_events import T0, attach, attachments_from, born_with, detach, gone, periods


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


def test_nic_whose_mac_another_event_links_to_a_port_is_that_port():
    mac = "fa:16:3e:00:00:01"
    (only,) = attachments_from(
        [born_with(3, port_id=None, mac_address=mac), detach(9, mac_address=mac)]
    )
    assert (only.nic, only.attached_at, only.detached_at) == (
        "port-1",
        T0 + dt.timedelta(seconds=3),
        T0 + dt.timedelta(seconds=9),
    )
