"""However notifications arrive, the store comes to what all of them at once make."""

import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from nova_cache import clouds

from database_fixtures import EVERY_DATABASE, empty
from histories import PORTS, UNNAMED, deletions, everything, histories
from ledger_events import make_event, make_sighting
from vifcast.model import Action, Nic, Phase, Source
from vifcast.store.tables import operations
from whole_ledger import whole_ledger

# A hundred ledgers and more, each batch synced to disk: minutes on a busy machine.
pytestmark = pytest.mark.timeout(900)


def examples(store, most):
    """So many on SQLite, a fifth of them on a server.

    What is recomputed is the same on each, and on a server an example takes twice as long.
    """
    count = most if store.location.path is not None else most // 5
    return settings(max_examples=count, deadline=None, suppress_health_check=list(HealthCheck))


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
    found_operations, attachments = everything(store)
    expected_operations, expected_attachments = whole_ledger(history)
    assert found_operations == expected_operations
    assert attachments == expected_attachments


@EVERY_DATABASE
def test_any_order_repetition_and_split_gives_the_same_rows(store):
    @examples(store, 150)
    @given(history=histories, data=st.data())
    def rows_are_the_same(history, data):
        regions = st.sampled_from([None, "north", "south"])
        check(store, [replace(each, region=data.draw(regions)) for each in history], data)

    rows_are_the_same()


@EVERY_DATABASE
def test_lists_of_operations_at_once_give_the_same_rows_however_they_arrive(store):
    @examples(store, 100)
    @given(cloud=clouds(failing=True), data=st.data())
    def rows_are_the_same(cloud, data):
        lost = data.draw(st.sets(st.integers(0, len(cloud.events)), max_size=3))
        received = [each for number, each in enumerate(cloud.events) if number not in lost]
        check(store, received, data)

    rows_are_the_same()


@st.composite
def hand_patched(draw):
    """Events of one of a few operations, most often without its port."""
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
def wanderings(draw):
    """A server that moves, and what is reported of it; some of that is lost."""
    found = []
    for number in range(draw(st.integers(2, 7))):
        at_s = 4 * draw(st.integers(0, 20))
        about = {
            "instance_id": "b" if draw(st.integers(0, 5)) == 5 else "a",
            "compute_host": draw(st.sampled_from(["one", "one", "two", "three"])),
        }
        what = draw(st.sampled_from(["operation"] * 5 + ["move", "binding", "creation"]))
        if what == "operation":
            about |= {
                "action": draw(st.sampled_from([Action.ATTACH, Action.ATTACH, Action.DETACH])),
                "operation_id": str(number),
                "port_id": draw(st.sampled_from([*PORTS, "r", "s"])),
                "mac_address": None,
                "cause": draw(st.sampled_from(["api"] * 5 + ["port_deleted"])),
            }
            phase = draw(st.sampled_from([Phase.END] * 5 + [Phase.ERROR]))
            both = [make_event(phase=Phase.START, at_s=at_s, **about)]
            ended = about | {"compute_host": draw(st.sampled_from([about["compute_host"], None]))}
            both.append(make_event(phase=phase, at_s=at_s + draw(st.integers(0, 9)), **ended))
            lost = draw(st.sampled_from([None, None, None, 0, 1]))
            found += [event for each, event in enumerate(both) if each != lost]
        elif what == "move":
            about["compute_host"] = draw(st.sampled_from([None, "one", "two"]))
            found.append(make_sighting(action="move", at_s=at_s, **about))
        else:
            nic = Nic(instance_id=about["instance_id"], port_id=draw(st.sampled_from(PORTS)))
            action = Action.SIGHTING if what == "binding" else Action.CREATE
            host = draw(st.sampled_from([None, "one", "two"]))
            changes = {"compute_host": host, "action": action, "nics": (nic,)}
            found.append(make_sighting(at_s=at_s, **changes))
    return found


@EVERY_DATABASE
def test_hosts_of_a_server_that_moves_are_the_same_however_its_operations_arrive(store):
    @examples(store, 200)
    @given(history=wanderings(), data=st.data())
    def rows_are_the_same(history, data):
        check(store, history, data)

    rows_are_the_same()


@EVERY_DATABASE
def test_operation_whose_end_names_no_host_shows_where_the_other_nics_were(store):
    empty(store)
    store.overdue_after_s = 10**9
    about = {"instance_id": "a", "mac_address": None}
    other = [
        make_event(phase=phase, port_id="p", compute_host="one", at_s=0, **about)
        for phase in (Phase.START, Phase.END)
    ]
    operation = about | {"operation_id": "2", "correlation_id": "2", "port_id": "q"}
    start = make_event(phase=Phase.START, at_s=60, compute_host="two", **operation)
    end = make_event(phase=Phase.END, at_s=61, compute_host=None, **operation)
    for events in (other, [start], [end]):
        store.write(events, [])
    assert everything(store)[1] == whole_ledger([*other, start, end])[1]
    assert [each.compute_host for each in everything(store)[1]] == ["two", "two"]


@EVERY_DATABASE
def test_nic_of_which_nobody_names_a_host_is_where_operations_were_once_these_can_differ(store):
    def seen(port_id, host):
        nic = Nic(instance_id="a", port_id=port_id)
        return make_sighting(at_s=0, nics=(nic,), compute_host=host)

    about = {"instance_id": "a", "compute_host": "one", "port_id": "q"}
    history = [seen("p", None), make_event(at_s=20, **about), seen("r", "two")]
    for event in history:
        store.write([event], [])
    _, attachments = everything(store)
    assert {each.nic: each.compute_host for each in attachments} == {
        "p": "one", "q": "one", "r": "one",
    }  # fmt: skip
    assert attachments == whole_ledger(history)[1]


def test_operations_of_an_instance_on_one_host_are_not_read_for_its_other_nics(store, monkeypatch):
    read = []
    operated_on = operations.operated_on
    monkeypatch.setattr(
        operations, "operated_on", lambda *asked: read.append(asked) or operated_on(*asked)
    )

    def operate(number, host, at_s):
        about = {"instance_id": "a", "port_id": f"port-{number}", "mac_address": None}
        store.write(
            [make_event(at_s=at_s, compute_host=host, operation_id=f"{number}", **about)], []
        )

    for number in range(5):
        operate(number, "one", at_s=10 * number)
    assert read == []
    operate(5, "two", at_s=60)
    assert len(read) == 1


@st.composite
def moves_seen(draw):
    port = draw(st.sampled_from([*PORTS, "r"]))
    nic = Nic(instance_id=draw(st.sampled_from(["a", "a", "b", None])), port_id=port)
    request = draw(st.sampled_from(["1", "2", "another", *[None] * 3]))
    return make_sighting(at_s=draw(st.integers(0, 35)), nics=(nic,), global_request_id=request)


@EVERY_DATABASE
def test_ports_that_neutron_reports_later_are_filled_in(store):
    @examples(store, 120)
    @given(
        history=st.tuples(
            st.lists(hand_patched(), min_size=1, max_size=6),
            st.lists(moves_seen(), min_size=1, max_size=8),
            st.lists(deletions, max_size=1),
        ).map(lambda groups: [event for each in groups for event in each]),
        data=st.data(),
    )
    def rows_are_the_same(history, data):
        check(store, history, data)

    rows_are_the_same()
