import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from steps import growth

from ledger_events import make_event
from vifcast.ledger.operations import duration_ms, operations_from
from vifcast.model import FixedIp, Phase, Source, Status

T0 = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)


def operation_from(events):
    """The only operation that they make."""
    ((operation, made_of),) = operations_from(events).values()
    assert {event.message_id for event in made_of} == {event.message_id for event in events}
    return operation


def event_from(source, **values):
    """An event of a source that does not name its operation."""
    values = {"operation_id": "request", "port_id": None, "mac_address": None} | values
    return make_event(source=source, correlation_id="request", **values)


def ours(**values):
    return make_event(correlation_id="request", **values)


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


def test_twins_of_two_sources_are_one_operation_with_the_best_detail():
    operation = operation_from(
        [
            event_from(Source.HAND_PATCH, phase="start", at_s=0),
            event_from(Source.HAND_PATCH, phase="end", at_s=3),
            ours(phase="start", at_s=0.1, port_id="p"),
            ours(phase="end", at_s=2.9, port_id="p"),
        ]
    )
    assert (operation.id, operation.port_id) == ("operation-1", "p")
    assert operation.duration_ms == 2800


def test_failure_that_only_wrap_exception_reports_ends_the_operation():
    operation = operation_from(
        [
            event_from(Source.HAND_PATCH, phase="start", at_s=0),
            event_from(
                Source.NOVA_FAULT, phase="error", at_s=1, port_id="p", error_class="PortInUse"
            ),
        ]
    )
    assert operation.status is Status.FAILED
    assert (operation.port_id, operation.error_class) == ("p", "PortInUse")


def test_failure_of_another_operation_of_the_request_undoes_nothing():
    named = [
        ours(phase=phase, at_s=number * 10 + at_s, port_id=None, operation_id=str(number))
        for number in (1, 2)
        for phase, at_s in (("start", 0), ("end", 1))
    ]
    fault = event_from(Source.NOVA_FAULT, phase="error", at_s=30, error_class="Boom")
    found = operations_from([*named, fault])
    assert {operation.status for operation, _ in found.values()} == {Status.SUCCEEDED}
    third = ours(phase="error", at_s=30.1, operation_id="3", error_class="Boom")
    (_, made_of) = operations_from([*named, fault, third])["3"]
    assert {event.source for event in made_of} == {Source.VIFCAST_NOVA, Source.NOVA_FAULT}


def test_two_operations_of_one_request_stay_two():
    first = [
        ours(phase="start", at_s=0, port_id="p", operation_id="1"),
        ours(phase="end", at_s=1, port_id="p", operation_id="1"),
    ]
    second = [
        ours(phase="start", at_s=2, port_id="q", operation_id="2"),
        event_from(Source.NOVA_FAULT, phase="error", at_s=3, port_id="q", error_class="Boom"),
    ]
    found = operations_from([*first, *second])
    assert {key: operation.status for key, (operation, _) in found.items()} == {
        "1": Status.SUCCEEDED,
        "2": Status.FAILED,
    }


@st.composite
def twins(draw):
    """Several operations of one request, and what other sources report of them."""
    source = draw(st.sampled_from([Source.VIFCAST_NOVA, Source.HAND_PATCH, Source.NOVA_FAULT]))
    is_ours = source is Source.VIFCAST_NOVA
    return make_event(
        source=source,
        phase=Phase.ERROR if source is Source.NOVA_FAULT else draw(st.sampled_from(Phase)),
        at_s=draw(st.integers(0, 20)),
        port_id=draw(st.sampled_from([None, "p", "q", "r"])),
        operation_id=draw(st.sampled_from("xyz")) if is_ours else "request",
        correlation_id="request",
    )


@given(history=st.lists(twins(), min_size=1, max_size=10), data=st.data())
def test_twins_join_the_same_operation_in_any_order(history, data):
    def found(events):
        return {key: operation for key, (operation, _) in operations_from(events).items()}

    assert found(data.draw(st.permutations(history))) == found(history)


@given(history=st.lists(twins(), min_size=1, max_size=12))
def test_twin_joins_the_nearest_operation_of_its_port(history):
    ours = [event for event in history if event.source is Source.VIFCAST_NOVA]
    if not ours:
        return

    def distance(event, key):
        times = [each.occurred_at for each in ours if each.operation_id == key]
        return max(min(times) - event.occurred_at, event.occurred_at - max(times), dt.timedelta())

    found = operations_from(history)
    for key, (_, made_of) in found.items():
        for event in made_of:
            if event.source is not Source.VIFCAST_NOVA:
                of_port = {each.operation_id for each in ours if each.port_id == event.port_id}
                fitting = of_port if event.port_id and of_port else found
                assert key == min(fitting, key=lambda each: (distance(event, each), each))


@pytest.mark.parametrize("operations", [1, 0.1])
def test_work_grows_with_the_events_of_a_request_and_not_with_their_square(operations):
    def work(count):
        named = [
            ours(phase=phase, at_s=each * 10, port_id=f"p{each % 3}", operation_id=f"o{each}")
            for each in range(max(1, int(count * operations)))
            for phase in ("start", "end")
        ]
        twins = [
            event_from(Source.HAND_PATCH, at_s=each, port_id=f"p{each % 5}")
            for each in range(count)
        ]
        operations_from([*named, *twins])

    assert growth(work, 50) < 5
