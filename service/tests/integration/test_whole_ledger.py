"""However notifications arrive, the store comes to what all of them at once make."""

import itertools

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nova_cache import clouds

from database_fixtures import EVERY_DATABASE, empty
from histories import PORTS, UNNAMED, deletions, everything, histories
from ledger_events import make_event, make_sighting
from vifcast.model import Action, Nic, Phase, Source
from whole_ledger import whole_ledger


def check(store, history, data):
    empty(store)
    # Nothing is overdue: that depends on when one asks.
    store.overdue_after_s = 10**9
    if not history:
        return
    arriving = data.draw(st.permutations(history + history[: data.draw(st.integers(0, 3))]))
    cuts = sorted(data.draw(st.sets(st.integers(1, len(arriving)), max_size=4)))
    for start, end in itertools.pairwise([0, *cuts, len(arriving)]):
        store.write(arriving[start:end], [])
    operations, attachments = everything(store)
    expected_operations, expected_attachments = whole_ledger(history)
    assert operations == expected_operations
    assert attachments == expected_attachments


@EVERY_DATABASE
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(history=histories, data=st.data())
def test_any_order_repetition_and_split_gives_the_same_rows(store, history, data):
    check(store, history, data)


@EVERY_DATABASE
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(cloud=clouds(failing=True), data=st.data())
def test_lists_of_operations_at_once_give_the_same_rows_however_they_arrive(store, cloud, data):
    lost = data.draw(st.sets(st.integers(0, len(cloud.events)), max_size=3))
    told = [each for number, each in enumerate(cloud.events) if number not in lost]
    check(store, told, data)


@st.composite
def hand_patched(draw):
    """What may be told of one of a few operations, most often without its port."""
    number = draw(st.integers(1, 4))
    is_named = draw(st.integers(0, 7)) == 0
    about = {
        "source": Source.NOVA_FAULT if is_named else Source.HAND_PATCH,
        "phase": draw(st.sampled_from([Phase.START, Phase.END, Phase.END, Phase.END])),
        # So many seconds after each other that one change fits several, or one alone.
        "at_s": number * 6 + draw(st.integers(0, 3)),
        "action": Action.DETACH if number == 4 else Action.ATTACH,
        "instance_id": draw(st.sampled_from("aaab")),
        "operation_id": str(number),
        "correlation_id": str(number),
        "request_id": str(number),
    }
    if is_named:
        about["port_id"] = draw(st.sampled_from(PORTS))
    return make_event(**UNNAMED | about)


@st.composite
def moves_seen(draw):
    port = draw(st.sampled_from([*PORTS, "r"]))
    nic = Nic(instance_id=draw(st.sampled_from(["a", "a", "b", None])), port_id=port)
    request = draw(st.sampled_from(["1", "2", "another", *[None] * 3]))
    return make_sighting(at_s=draw(st.integers(0, 35)), nics=(nic,), global_request_id=request)


@EVERY_DATABASE
@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    history=st.tuples(
        st.lists(hand_patched(), min_size=1, max_size=6),
        st.lists(moves_seen(), min_size=1, max_size=8),
        st.lists(deletions, max_size=1),
    ).map(lambda told: [event for each in told for event in each]),
    data=st.data(),
)
def test_ports_that_neutron_tells_later_are_filled_in(store, history, data):
    check(store, history, data)
