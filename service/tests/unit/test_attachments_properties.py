"""The periods of one port, from any events."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ledger_events import make_event
from port_events import attachments_from
from vifcast.model import Action


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
