"""Reports of compute hosts: stored, and asked for by state."""

import datetime as dt
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from database_fixtures import EVERY_DATABASE, empty
from host_reports import make_report
from ledger_events import T0, make_event, make_sighting
from vifcast.errors import InvalidValueError
from vifcast.host import HostState, Lane, LaneState, Outbox, PluginState
from vifcast.model import Event, Nic, Source
from vifcast.notification.interpret import interpret
from vifcast.store import AttachmentQuery, Database, HostQuery

pytestmark = EVERY_DATABASE

INPUTS = Path(__file__).parents[1] / "inputs"
SOON = T0 + dt.timedelta(seconds=60)


def hosts(store, now=SOON, **query):
    return store.hosts(HostQuery(**query), now=now).items


def states(store, now=SOON):
    return {each.host: each.state for each in hosts(store, now)}


def test_report_comes_back(store):
    report = make_report()
    store.write([], [], [report])
    (host,) = hosts(store)
    assert (host.host, host.state, host.last_event_at) == ("compute-1", HostState.COVERED, None)
    assert host.report == report


def test_report_without_an_outbox_comes_back(store):
    report = make_report(outbox=None, hooks=())
    store.write([], [], [report])
    assert hosts(store)[0].report == report
    with store._reader.connect() as connection:
        assert connection.exec_driver_sql("SELECT outbox FROM host_report").scalar() is None


def test_newest_report_holds_in_whatever_order_they_arrive(store):
    old, new = make_report(at_s=0), make_report(at_s=10)
    store.write([], [], [new])
    store.write([], [], [old])
    assert hosts(store)[0].report == new
    store.write([], [], [old, new, old])
    assert hosts(store)[0].report == new


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    reported=st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 3)), min_size=1, max_size=8),
    data=st.data(),
)
def test_any_order_and_any_repetition_give_the_same_hosts(store, reported, data):
    reports = [
        make_report(host=host, at_s=at_s, message_id=f"m-{number}")
        for number, (host, at_s) in enumerate(reported)
    ]
    newest = {}
    for report in sorted(reports, key=lambda each: (each.reported_at, each.message_id)):
        newest[report.host] = report
    arriving = data.draw(st.permutations(reports + reports[:2]))
    cut = data.draw(st.integers(0, len(arriving)))
    empty(store)
    for batch in (arriving[:cut], arriving[cut:], arriving[:1]):
        store.write([], [], batch)
    assert {each.host: each.report for each in hosts(store)} == newest


def test_host_falls_silent_after_three_of_its_own_intervals(store):
    store.write(
        [],
        [],
        [make_report(host="often", interval_s=10), make_report(host="seldom", interval_s=3600)],
    )

    def at(seconds):
        return states(store, T0 + dt.timedelta(seconds=seconds))

    assert at(29.9) == {"often": "covered", "seldom": "covered"}
    assert at(30) == {"often": "silent", "seldom": "covered"}
    assert at(10800) == {"often": "silent", "seldom": "silent"}


def test_host_that_is_silent_need_not_be_off_any_more(store):
    store.write([], [], [make_report(state=PluginState.OFF, reason="no hook")])
    assert states(store) == {"compute-1": "off"}
    later = T0 + dt.timedelta(seconds=900)
    assert states(store, later) == {"compute-1": "silent"}
    assert hosts(store, later)[0].report.reason == "no hook"
    store.write([], [], [make_report(at_s=900)])
    assert states(store, later) == {"compute-1": "covered"}


def test_host_that_only_reported_nics_is_unreported(store):
    store.write([make_event(at_s=5), make_event(at_s=2, compute_host="compute-2")], [])
    store.write([make_event(at_s=3), make_event(at_s=9, compute_host=None)], [])
    assert [(each.host, each.state, each.report) for each in hosts(store)] == [
        ("compute-1", "unreported", None),
        ("compute-2", "unreported", None),
    ]
    assert hosts(store)[0].last_event_at == T0 + dt.timedelta(seconds=5)
    store.write([], [], [make_report()])
    assert states(store) == {"compute-1": "covered", "compute-2": "unreported"}
    assert hosts(store)[0].last_event_at == T0 + dt.timedelta(seconds=5)


def test_host_was_not_heard_of_in_the_future(store):
    store.write([make_event(at_s=3600, received_at=T0)], [])
    assert hosts(store)[0].last_event_at == T0


def test_host_that_no_nova_compute_has_named_is_none(store):
    port = Nic(instance_id="instance-1", port_id="port-1")
    for source in (Source.NEUTRON, Source.RECONCILE):
        store.write([make_sighting(nics=(port,), compute_host="agent-1", source=source)], [])
    assert hosts(store) == []
    moved = make_sighting(action="move", compute_host="agent-1", instance_id="instance-1")
    store.write([moved], [])
    assert states(store) == {"agent-1": "unreported"}


def test_node_of_ironic_is_no_compute_host(store):
    document = json.loads((INPUTS / "ironic-node.json").read_text())
    body = json.dumps({"oslo.version": "2.0", "oslo.message": json.dumps(document)}).encode()
    event = interpret(body, SOON, 1 << 20)
    assert isinstance(event, Event)
    store.write([event], [])
    assert hosts(store) == []
    assert set(store.hosts_by_state(now=SOON).values()) == {0}
    (found,) = store.attachments(AttachmentQuery()).items
    assert (found.vnic_type, found.compute_host, found.hosts) == ("baremetal", None, ())


@pytest.fixture
def some_hosts(store):
    store.write(
        [make_event(compute_host="e-unreported")],
        [],
        [
            make_report(host="a-covered"),
            make_report(host="b-silent", interval_s=1),
            make_report(host="c-off", state=PluginState.OFF, reason="no hook"),
            make_report(host="d-patched", state=PluginState.HAND_PATCHED, reason="patched"),
        ],
    )
    return store


def test_hosts_are_counted_by_state(some_hosts):
    assert some_hosts.hosts_by_state(now=SOON) == dict.fromkeys(HostState, 1)
    later = T0 + dt.timedelta(days=1)
    assert some_hosts.hosts_by_state(now=later)[HostState.SILENT] == 4


def test_hosts_are_asked_for_by_state_and_by_name(some_hosts):
    assert [each.host for each in hosts(some_hosts, states=(HostState.OFF,))] == ["c-off"]
    both = hosts(some_hosts, states=(HostState.SILENT, HostState.UNREPORTED))
    assert [each.host for each in both] == ["b-silent", "e-unreported"]
    assert [each.host for each in hosts(some_hosts, host="a-covered")] == ["a-covered"]
    assert hosts(some_hosts, host="nobody") == []


def test_pages_of_hosts_join_up(some_hosts):
    names, cursor, pages = [], None, 0
    while pages == 0 or cursor:
        page = some_hosts.hosts(HostQuery(), now=SOON, limit=2, cursor=cursor)
        names += [each.host for each in page.items]
        cursor, pages = page.next_cursor, pages + 1
    assert (pages, names) == (3, ["a-covered", "b-silent", "c-off", "d-patched", "e-unreported"])
    with pytest.raises(InvalidValueError, match="is not a cursor"):
        some_hosts.hosts(HostQuery(), now=SOON, cursor="x")


def test_report_is_no_event(store):
    assert store.write([], [], [make_report()]) == []
    assert store.last_event_id() == 0


def lane(state):
    return Lane(exchange="vifcast", state=state, reason=None)


def outbox(**changes):
    given = {"depth": 0, "bytes": 0, "oldest_age_s": None, "sent": 0, "dropped": 0}
    return Outbox(**{"directory": None, "is_direct": False} | given | changes)


def test_hosts_that_need_somebody_come_first(store):
    """In this order, and of each rank by name."""
    store.write(
        [make_event(compute_host="f-unreported")],
        [],
        [
            make_report(host="z-off", state=PluginState.OFF, outbox=None),
            make_report(host="y-silent", interval_s=10, outbox=outbox(dropped=1)),
            make_report(host="w-direct", outbox=outbox(is_direct=True), lane=lane(LaneState.USED)),
            make_report(host="x-dropped", outbox=outbox(dropped=1)),
            make_report(host="g-patched", state=PluginState.HAND_PATCHED),
            make_report(host="e-no-lane", lane=lane(LaneState.ABSENT)),
            make_report(host="b-used", lane=lane(LaneState.USED), outbox=outbox(depth=5)),
            make_report(host="c-older", lane=None),
            make_report(host="a-starting", lane=lane(LaneState.UNKNOWN), outbox=None),
        ],
    )
    order = [
        "z-off", "y-silent", "w-direct", "x-dropped", "g-patched", "f-unreported", "e-no-lane",
        "a-starting", "b-used", "c-older",
    ]  # fmt: skip
    for size in (1, 3, len(order)):
        found, cursor = [], None
        while True:
            page = store.hosts(HostQuery(), now=SOON, limit=size, cursor=cursor, worst_first=True)
            found += [each.host for each in page.items]
            if (cursor := page.next_cursor) is None:
                break
        assert found == order


def test_cursor_of_one_order_is_none_of_the_other(store):
    store.write([], [], [make_report(host=name) for name in "ab"])
    for worst_first in (False, True):
        page = store.hosts(HostQuery(), now=SOON, limit=1, worst_first=worst_first)
        with pytest.raises(InvalidValueError, match="is not a cursor"):
            store.hosts(HostQuery(), now=SOON, cursor=page.next_cursor, worst_first=not worst_first)


@pytest.mark.parametrize(
    ("part", "found"),
    [("PUTE-1", ["compute-1", "compute-10"]), ("_", ["gpu_1"]), ("%", []), ("ë", ["noëlle"])],
)
def test_host_is_found_by_a_part_of_its_name(store, part, found):
    names = ["compute-1", "compute-10", "compute-2", "gpu_1", "noëlle"]
    store.write([], [], [make_report(host=name) for name in names])
    assert [each.host for each in hosts(store, host_part=part)] == found


def test_database_names_itself(store):
    found = Database.of(store)
    assert found.kind.lower() == store.location.url.get_backend_name()
    assert found.place == str(store.location)
    assert found.size_bytes > 0
    assert len(found.schema) == 4
