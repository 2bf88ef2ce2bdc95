import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger_events import make_event
from vifcast.ledger.operations import duration_ms, operation_from
from vifcast.model import FixedIp, Phase, Status

T0 = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)


def test_start_alone_is_running():
    operation = operation_from([make_event(phase="start", at_s=0)])
    assert operation.status is Status.RUNNING
    assert (operation.started_at, operation.finished_at) == (T0, None)
    assert operation.duration_ms is None


@pytest.mark.parametrize(("phase", "status"), [("end", Status.SUCCEEDED), ("error", Status.FAILED)])
def test_outcome_is_what_the_last_one_says(phase, status):
    operation = operation_from(
        [make_event(phase="start", at_s=0), make_event(phase=phase, at_s=2.5)]
    )
    assert operation.status is status
    assert operation.duration_ms == 2500


def test_end_without_its_start_is_known_since_the_end():
    operation = operation_from([make_event(phase="end", at_s=3)])
    assert operation.status is Status.SUCCEEDED
    assert operation.started_at is None
    assert operation.duration_ms is None
    assert operation.first_known_at == T0 + dt.timedelta(seconds=3)


def test_port_of_an_attach_by_network_comes_from_its_end():
    operation = operation_from(
        [
            make_event(phase="start", at_s=0, port_id=None, fixed_ips=()),
            make_event(phase="end", at_s=1, port_id="p", fixed_ips=(FixedIp("192.0.2.7", 4),)),
        ]
    )
    assert operation.port_id == "p"
    assert operation.fixed_ips == (FixedIp("192.0.2.7", 4),)


def test_failure_keeps_what_the_start_knew():
    operation = operation_from(
        [
            make_event(phase="start", at_s=0, port_id="p"),
            make_event(phase="error", at_s=1, port_id=None, error_class="PortInUse"),
        ]
    )
    assert (operation.port_id, operation.error_class) == ("p", "PortInUse")


def test_clock_set_back_gives_no_negative_duration():
    assert duration_ms(T0, T0 - dt.timedelta(seconds=5)) == 0


@st.composite
def histories(draw):
    count = draw(st.integers(1, 6))
    return [
        make_event(
            phase=draw(st.sampled_from(Phase)),
            at_s=draw(st.integers(0, 5)),
            message_id=f"m-{number}",
            port_id=draw(st.sampled_from([None, "p", "q"])),
        )
        for number in range(count)
    ]


@given(history=histories(), data=st.data())
def test_order_and_repetition_change_nothing(history, data):
    shuffled = data.draw(st.permutations(history + history[: data.draw(st.integers(0, 3))]))
    assert operation_from(shuffled) == operation_from(history)
