"""The filters that events, operations and attachments share, alone and together."""

import datetime as dt

import pytest

from database_fixtures import EVERY_DATABASE
from ledger_events import T0, attach_or_detach, make_event
from vifcast.model import FixedIp, Source
from vifcast.store import AttachmentQuery, EventQuery, OperationQuery

ABOUT = {
    "instance_id": "instance-7",
    "instance_name": "vm-7",
    "port_id": "port-7",
    "fixed_ips": (FixedIp("192.0.2.77", 4),),
    "mac_address": "fa:16:3e:00:00:77",
    "compute_host": "compute-7",
    "network_id": "network-7",
    "network_label": "label-7",
    "vnic_type": "direct",
    "project_id": "project-7",
    "request_id": "req-7",
    "global_request_id": "req-global-7",
}
COMMON = [
    {"instance": "instance-7"},
    {"instance_name": "vm-7"},
    {"port": "port-7"},
    {"ip": "192.0.2.77"},
    {"mac": "fa:16:3e:00:00:77"},
    {"host": "compute-7"},
    {"network": "network-7"},
    {"network": "label-7"},
    {"vnic_type": "direct"},
    {"project": "project-7"},
    {"request_id": "req-7"},
    {"request_id": "req-global-7"},
]
ALL = {name: value for each in COMMON for name, value in each.items()}


def at(seconds):
    return T0 + dt.timedelta(seconds=seconds)


@pytest.fixture
def filled(store):
    wanted = attach_or_detach(7, at_s=100, **ABOUT)
    failed = make_event(
        phase="error", at_s=300, operation_id="failed", port_id="port-8",
        source=Source.NOVA_FAULT, error_class="PortInUse",
    )  # fmt: skip
    store.write([*attach_or_detach(1), *wanted, failed], [])
    return store


@EVERY_DATABASE
@pytest.mark.parametrize("asked", [*COMMON, ALL], ids=str)
def test_each_noun_is_found_by_each_shared_filter(filled, asked):
    events = filled.events(EventQuery(**asked)).items
    assert [each.operation_id for each in events] == ["operation-7"] * 2
    operations = filled.operations(OperationQuery(**asked)).items
    assert [each.id for each in operations] == ["operation-7"]
    attachments = filled.attachments(AttachmentQuery(**asked)).items
    assert [each.nic for each in attachments] == ["port-7"]


@EVERY_DATABASE
@pytest.mark.parametrize("asked", COMMON, ids=str)
def test_a_filter_that_does_not_match_leaves_nothing_of_the_others(filled, asked):
    (name,) = asked
    without = ALL | {name: "192.0.2.78" if name == "ip" else "other"}
    assert filled.events(EventQuery(**without)).items == []
    assert filled.operations(OperationQuery(**without)).items == []
    assert filled.attachments(AttachmentQuery(**without)).items == []


@EVERY_DATABASE
@pytest.mark.parametrize("asked", [{"error_class": "PortInUse"}, {"source": Source.NOVA_FAULT}])
def test_events_and_operations_are_found_by_error_class_and_source(filled, asked):
    assert [each.operation_id for each in filled.events(EventQuery(**asked)).items] == ["failed"]
    assert [each.id for each in filled.operations(OperationQuery(**asked)).items] == ["failed"]


@EVERY_DATABASE
def test_attachments_are_found_by_the_span_that_they_overlap(store):
    store.write(
        [
            *attach_or_detach(1, at_s=0, port_id="ended"),
            *attach_or_detach(2, action="detach", at_s=10, port_id="ended"),
            *attach_or_detach(3, at_s=20, port_id="open"),
            *attach_or_detach(4, action="detach", at_s=5, port_id="unseen"),
        ],
        [],
    )

    def found(**asked):
        return sorted(each.nic for each in store.attachments(AttachmentQuery(**asked)).items)

    assert found(since=at(0)) == ["ended", "open", "unseen"]
    assert found(since=at(11)) == found(since=at(15)) == ["open"]
    assert found(until=at(21)) == found(until=at(1.5)) == ["ended", "unseen"]
    assert found(until=at(1)) == ["unseen"]
    assert found(since=at(12), until=at(20)) == []
    assert found(is_open=True) == ["open"]
    assert found(is_open=False) == ["ended", "unseen"]


@EVERY_DATABASE
def test_pages_of_a_filter_with_two_columns_have_everything_once(store):
    about = [
        {"network_id": "both", "network_label": "both"},
        {"network_id": "both"},
        {"network_id": None, "network_label": "both"},
        {"network_label": "both"},
        {},
    ]
    for number, each in enumerate(about):
        store.write(attach_or_detach(number, port_id=f"port-{number}", **each), [])

    def all_of(read, query):
        found, cursor = [], None
        while True:
            page = read(query, limit=1, cursor=cursor)
            found += page.items
            cursor = page.next_cursor
            if cursor is None:
                return found

    events = all_of(store.events, EventQuery(network="both"))
    assert [each.id for each in events] == [8, 7, 6, 5, 4, 3, 2, 1]
    operations = all_of(store.operations, OperationQuery(network="both"))
    assert [each.id for each in operations] == [f"operation-{n}" for n in (3, 2, 1, 0)]
    attachments = all_of(store.attachments, AttachmentQuery(network="both"))
    assert [each.nic for each in attachments] == [f"port-{n}" for n in (3, 2, 1, 0)]


# With these alone the newest rows are read until enough of them match (docs/api.md).
_READ_FROM_THE_NEWEST = {
    "events": {"vnic_type", "host", "network"},
    "operations": {"vnic_type", "host", "network", "mac"},
    "attachments": {"vnic_type"},
}


def plan_of(filled, noun, asked):
    """How SQLite finds the answer."""
    kind = {"events": EventQuery, "operations": OperationQuery, "attachments": AttachmentQuery}
    ran = []
    with filled.reading() as connection:
        # The only connection, so the one that answers.
        connection.connection.driver_connection.set_trace_callback(ran.append)
    getattr(filled, noun)(kind[noun](**asked))
    statement = next(each for each in reversed(ran) if "SELECT" in each)
    with filled.reading() as connection:
        connection.connection.driver_connection.set_trace_callback(None)
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}").all()
    return [row.detail for row in plan]


@pytest.mark.parametrize("asked", COMMON, ids=str)
@pytest.mark.parametrize("noun", ["events", "operations", "attachments"])
def test_filters_find_their_rows_by_an_index(filled, noun, asked):
    plan = plan_of(filled, noun, asked)
    scans = [each for each in plan if each.startswith(f"SCAN {noun.removesuffix('s')}")]
    assert bool(scans) == (asked.keys() <= _READ_FROM_THE_NEWEST[noun]), plan


# Of a project there may be millions, of these a few.
_RARE = [
    {"instance": "i"},
    {"instance_name": "n"},
    {"port": "p"},
    {"ip": "192.0.2.7"},
    {"mac": "m"},
]


@pytest.mark.parametrize("asked", _RARE, ids=str)
@pytest.mark.parametrize("noun", ["events", "operations", "attachments"])
def test_rows_of_a_project_are_found_by_what_is_rarer(filled, noun, asked):
    plan = plan_of(filled, noun, asked | {"project": "project-7"})
    by_project = [each for each in plan if f"ix_{noun.removesuffix('s')}_project_id" in each]
    assert bool(by_project) == (asked.keys() <= _READ_FROM_THE_NEWEST[noun]), plan
