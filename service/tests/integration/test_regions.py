"""Regions in the store: hosts of one name, gaps, filters, and what came before there were any."""

import datetime as dt

import pytest
from msgspec.structs import replace

from database_fixtures import EVERY_DATABASE
from host_reports import make_report
from ledger_events import T0, attach_or_detach, make_event, make_letter
from vifcast.errors import InvalidValueError
from vifcast.gap import Gap, GapNote, GapReason
from vifcast.host import HostState, Lane, LaneState
from vifcast.model import Source
from vifcast.store import (
    AttachmentQuery,
    DeadLetterQuery,
    EventQuery,
    GapQuery,
    HostQuery,
    OperationQuery,
)

pytestmark = EVERY_DATABASE

SOON = T0 + dt.timedelta(seconds=60)
REGIONS = (None, "north", "south")


def hosts(store, now=SOON, **query):
    return store.hosts(HostQuery(**query), now=now, limit=query.pop("limit", 100)).items


def at(seconds):
    return T0 + dt.timedelta(seconds=seconds)


@pytest.fixture
def filled(store):
    """In each region, and in none, a NIC on a compute-1, which reports."""
    for number, region in enumerate(REGIONS):
        about = {
            "instance_id": f"instance-{number}",
            "port_id": f"port-{number}",
            "mac_address": f"fa:16:3e:00:00:0{number}",
            "region": region,
        }
        letter = make_letter(b"%d" % number, region=region, broker=region and f"of-{region}")
        # Of one process each.
        started_at = T0 - dt.timedelta(hours=number + 1)
        report = make_report(at_s=number, region=region, started_at=started_at)
        store.write(attach_or_detach(number, **about), [letter], [report])
    return store


@pytest.mark.parametrize(("number", "region"), list(enumerate(REGIONS)))
def test_each_list_is_filtered_by_region(filled, number, region):
    asked = region or ""
    assert {each.port_id for each in filled.events(EventQuery(region=asked)).items} == {
        f"port-{number}"
    }
    (operation,) = filled.operations(OperationQuery(region=asked)).items
    (attachment,) = filled.attachments(AttachmentQuery(region=asked, host="compute-1")).items
    (host,) = hosts(filled, region=asked)
    (letter,) = filled.dead_letters(DeadLetterQuery(region=asked)).items
    assert (operation.port_id, attachment.port_id) == (f"port-{number}", f"port-{number}")
    assert letter.body == b"%d" % number
    for each in (operation, attachment, host, host.report, letter):
        assert each.region == region
    assert len(hosts(filled)) == len(filled.events(EventQuery()).items) / 2 == 3


def test_dead_letters_are_filtered_by_broker(filled):
    (letter,) = filled.dead_letters(DeadLetterQuery(broker="of-south")).items
    assert letter.region == "south"


def test_hosts_of_one_name_are_pages_in_a_fixed_order(filled):
    found, cursor = [], None
    for _ in REGIONS:
        page = filled.hosts(HostQuery(), now=SOON, limit=1, cursor=cursor)
        found += page.items
        cursor = page.next_cursor
    assert cursor is None
    assert [(each.host, each.region) for each in found] == [("compute-1", r) for r in REGIONS]
    assert [each.last_event_at for each in found] == [at(1)] * 3


def test_cursor_of_an_older_release_is_refused(filled):
    from vifcast.store.queries import write_cursor  # noqa: PLC0415

    with pytest.raises(InvalidValueError, match="is not a cursor"):
        filled.hosts(HostQuery(), now=SOON, cursor=write_cursor("compute-1"))


def test_newer_report_of_a_region_replaces_that_regions_only(filled):
    newer = make_report(at_s=50, region="south", nova="35.0.0", started_at=at(40))
    filled.write([], [], [newer])
    assert [each.report.nova for each in hosts(filled)] == ["34.0.0", "34.0.0", "35.0.0"]
    assert filled.hosts_by_state(now=SOON)[HostState.COVERED] == 3
    counts = filled.hosts_by_region(now=SOON)
    assert {key: each[HostState.COVERED] for key, each in counts.items()} == dict.fromkeys(
        REGIONS, 1
    )


def test_host_whose_broker_gets_a_region_is_not_left_behind(store):
    before = make_report(outbox=None)
    store.write([make_event()], [], [before])
    store.write([], [], [make_report(at_s=30, region="north", outbox=None)])
    (host,) = hosts(store)
    assert (host.region, host.state) == ("north", HostState.COVERED)
    assert host.last_event_at == T0
    # An older one, that came late.
    store.write([], [], [make_report(at_s=-30, region="north", outbox=None)])
    assert hosts(store)[0].report.reported_at == at(30)
    # Another process of that name may be another region's.
    started_at = T0 - dt.timedelta(hours=2)
    store.write([], [], [make_report(at_s=30, started_at=started_at)])
    store.write([], [], [make_report(at_s=40, region="south")])
    assert [each.region for each in hosts(store)] == [None, "north", "south"]


def test_late_report_with_a_region_does_not_bring_back_what_is_newer(store):
    newest = make_report(at_s=30)
    store.write([make_event(at_s=9)], [], [newest])
    store.write([make_event(at_s=8, region="north")], [], [make_report(region="north")])
    (host,) = hosts(store)
    assert host.report == replace(newest, region="north")
    assert host.region == "north"


def test_gaps_of_hosts_are_those_of_their_region(store):
    for region in ("north", "south"):
        store.write([], [], [make_report(region=region, outbox=None)])
    silent_at = at(3 * 300)
    store.write([], [], [make_report(at_s=900, region="north", outbox=None)])
    found = store.gaps(GapQuery(), now=silent_at).items
    closed, silent = sorted(found, key=lambda each: each.id or 0, reverse=True)
    assert (closed.region, closed.reason, closed.hosts) == (
        "north", GapReason.HOST_SILENT, ("compute-1",),
    )  # fmt: skip
    assert (silent.id, silent.region) == (None, "south")
    for region in ("north", "south"):
        (gap,) = store.gaps(GapQuery(region=region), now=silent_at).items
        assert gap.region == region
        both = store.gaps(GapQuery(regions=(region,), hosts=("compute-1",)), now=silent_at).items
        assert [each.region for each in both] == [region]
    assert store.gaps(GapQuery(region=""), now=silent_at).items == []
    assert store.gaps_by_reason(now=silent_at) == {
        ("north", GapReason.HOST_SILENT, "closed"): 1,
        ("south", GapReason.HOST_SILENT, "open"): 1,
    }


def test_gap_of_hosts_without_lane_names_those_of_its_region(store):
    lane = Lane(exchange="vifcast", state=LaneState.USED, reason=None)
    store.write(
        [make_event(compute_host="compute-3", region="north")],
        [],
        [
            make_report(region="north", lane=lane),
            make_report(host="compute-2", region="north"),
            make_report(region="south"),
        ],
    )
    for region in ("north", "south"):
        gap = make_gap(region, sources=(Source.VIFCAST_NOVA,))
        store.keep_gaps(region, [GapNote(f"of {region}", gap, hosts_without_lane=True)], {})
    found = {each.region: each.hosts for each in store.gaps(GapQuery(), now=SOON).items}
    assert found == {"north": ("compute-2", "compute-3"), "south": None}


def make_gap(region, **changes):
    values = {
        "from_at": T0,
        "to_at": at(30),
        "reason": GapReason.DISCONNECTED,
        "sources": (Source.HAND_PATCH,),
        "hosts": None,
        "detail": "lost",
        "region": region,
    }
    return Gap(**values | changes)


@pytest.fixture
def gaps(filled):
    """A gap of each region, and one of none."""
    for region in REGIONS:
        filled.keep_gaps("vifcast", [GapNote(f"queue of {region}", make_gap(region))], {})
    return filled


@pytest.mark.parametrize(
    ("number", "regions"),
    # Where it is not known which region it is, it may be any.
    [(0, {None, "north", "south"}), (1, {None, "north"}), (2, {None, "south"})],
)
def test_answer_has_the_gaps_of_its_region_and_those_of_none(gaps, number, regions):
    query = AttachmentQuery(port=f"port-{number}", at=at(5))
    page, found = gaps.attachments_and_gaps(query)
    assert len(page.items) == 1
    assert {each.region for each in found} == regions
    assert {each.region for each in gaps.gaps_at(at(5), page.items)} == regions
    assert {each.region for each in gaps.gaps_since(page.items, [])} == regions


def test_empty_answer_about_a_region_has_the_gaps_of_that_region(gaps):
    for region, regions in (("north", {None, "north"}), (None, {None, "north", "south"})):
        query = AttachmentQuery(ip="192.0.2.99", at=at(5), region=region)
        page, found = gaps.attachments_and_gaps(query)
        assert page.items == []
        assert {each.region for each in found} == regions
        assert {each.region for each in gaps.gaps_since([], [], region)} == regions


def test_gaps_are_reconciled_by_region(gaps):
    assert gaps.mark_gaps_reconciled(SOON, SOON, "north") == 1
    assert {each.region for each in gaps.unreconciled_gaps()} == {None, "south"}
    assert gaps.unreconciled_gaps("north") == []
    assert [each.region for each in gaps.unreconciled_gaps("")] == [None]
    assert gaps.mark_gaps_reconciled(SOON, SOON) == 2


def test_later_events_give_older_rows_their_region(store):
    start, end = attach_or_detach(1)
    store.write([start], [])
    (operation,) = store.operations(OperationQuery()).items
    assert operation.region is None
    store.write([make_event(phase="end", operation_id="operation-1", at_s=1, region="north")], [])
    (operation,) = store.operations(OperationQuery()).items
    (attachment,) = store.attachments(AttachmentQuery()).items
    assert (operation.region, attachment.region) == ("north", "north")
    assert end.region is None
