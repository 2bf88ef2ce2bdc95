import datetime as dt
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ledger_events import make_event
from vifcast.ledger.attachments import attachments_from
from vifcast.model import Action

T0 = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)


def attach(at_s, instance="a", **changes):
    return make_event(action="attach", phase="end", at_s=at_s, instance_id=instance, **changes)


def detach(at_s, instance="a", **changes):
    return make_event(action="detach", phase="end", at_s=at_s, instance_id=instance, **changes)


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
            make_event(action="attach", phase="error", at_s=1, instance_id="a"),
        )
        == []
    )
    assert periods(
        attach(1), make_event(action="detach", phase="error", at_s=2, instance_id="a")
    ) == [("a", 1, None)]


def test_periods_name_their_operations():
    (only,) = attachments_from([attach(1, operation_id="came"), detach(2, operation_id="went")])
    assert (only.attach_operation_id, only.detach_operation_id) == ("came", "went")


@st.composite
def histories(draw):
    count = draw(st.integers(0, 8))
    return [
        make_event(
            action=draw(st.sampled_from(Action)),
            phase="end",
            at_s=draw(st.integers(0, 6)),
            instance_id=draw(st.sampled_from("abc")),
            message_id=f"m-{number}",
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
