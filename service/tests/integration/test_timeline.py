"""The timeline of an instance or a port."""

import datetime as dt

import httpx
import pytest

from database_fixtures import EVERY_DATABASE
from ledger_events import T0, attach_or_detach, make_event, make_sighting
from vifcast.errors import InvalidValueError
from vifcast.gap import Gap, GapNote, GapReason
from vifcast.model import Nic, Source
from vifcast.store import TimelineQuery
from vifcast.timeline import EntryKind


def at(seconds):
    return T0 + dt.timedelta(seconds=seconds)


def keep_gap(store, from_s, to_s, number=0):
    gap = Gap(
        from_at=at(from_s), to_at=at(to_s), reason=GapReason.DISCONNECTED,
        sources=(Source.NOVA_FAULT,), hosts=None, detail="the broker was away",
    )  # fmt: skip
    note = GapNote(f"queue {number}", gap)
    store.keep_gaps("queue", [note], {})


@pytest.fixture
def filled(store):
    nic = Nic(instance_id="instance-1", port_id="port-1")
    store.write(
        [
            *attach_or_detach(1, at_s=10),
            make_event(at_s=11, operation_id="operation-1", source=Source.HAND_PATCH),
            *attach_or_detach(2, at_s=10, port_id="port-2"),
            *attach_or_detach(3, action="detach", at_s=40),
            make_sighting(at_s=20, nics=(nic,)),
            make_sighting(action="delete", at_s=50, instance_id="instance-1"),
            *attach_or_detach(4, at_s=30, port_id="port-9", instance_id="instance-9"),
        ],
        [],
    )
    keep_gap(store, 0, 5, number=1)
    keep_gap(store, 20, 25, number=2)
    return store


def story(page):
    return [(each.kind.value, (each.at - T0).total_seconds()) for each in page.items]


@EVERY_DATABASE
def test_timeline_has_everything_of_an_instance_newest_first(filled):
    page = filled.timeline(TimelineQuery(instance="instance-1"))
    assert story(page) == [
        ("event", 50),
        ("operation", 40),
        ("event", 20),
        ("gap", 20),
        ("attachment", 11),
        ("attachment", 11),
        ("operation", 10),
        ("operation", 10),
    ]
    # The gap before anything was known of the instance has nothing to do with it.
    (first,) = [each for each in page.items if each.operation and each.operation.id.endswith("1")]
    assert [step.what for step in first.steps] == ["attach start", "attach end"]
    assert first.steps[1].sources == (Source.VIFCAST_NOVA, Source.HAND_PATCH)


@EVERY_DATABASE
def test_timeline_of_a_port_has_what_lists_the_port(filled):
    page = filled.timeline(TimelineQuery(port="port-1"))
    assert story(page) == [
        ("operation", 40),
        ("event", 20),
        ("gap", 20),
        ("attachment", 11),
        ("operation", 10),
    ]


@EVERY_DATABASE
@pytest.mark.parametrize("subject", [{"instance": "instance-1"}, {"port": "port-1"}], ids=str)
@pytest.mark.parametrize("limit", [1, 2, 3])
def test_pages_of_a_timeline_have_everything_once(filled, subject, limit):
    query = TimelineQuery(**subject)
    whole = filled.timeline(query).items
    items, cursor = [], None
    while True:
        page = filled.timeline(query, limit=limit, cursor=cursor)
        assert len(page.items) <= limit
        items += page.items
        cursor = page.next_cursor
        if cursor is None:
            break
    assert items == whole


@EVERY_DATABASE
def test_span_leaves_the_rest_of_a_timeline_out(filled):
    query = TimelineQuery(instance="instance-1", since=at(11), until=at(40))
    kinds = [each.kind for each in filled.timeline(query).items]
    assert kinds == [
        EntryKind.EVENT, EntryKind.GAP, EntryKind.ATTACHMENT, EntryKind.ATTACHMENT,
    ]  # fmt: skip


def test_timeline_of_what_nobody_knows_is_none(filled):
    assert filled.timeline(TimelineQuery(instance="nobody")) is None
    assert filled.timeline(TimelineQuery(instance="instance-1", project="other")) is None


def test_cursor_of_another_list_is_refused(filled):
    for cursor in ("x", filled.events_after(0, 1) and "WzFd"):
        with pytest.raises(InvalidValueError, match="is not a cursor"):
            filled.timeline(TimelineQuery(instance="instance-1"), cursor=cursor)


def test_timeline_over_http(serve):
    server = serve("memory://")
    server.store.write(attach_or_detach(1), [])
    with httpx.Client(base_url=server.url) as client:
        of_instance = client.get("/v1/instances/instance-1/timeline").json()
        of_port = client.get("/v1/ports/port-1/timeline").json()
        missing = client.get("/v1/instances/instance-2/timeline")
    kinds = [each["kind"] for each in of_instance["items"] if each["kind"] != "gap"]
    assert kinds == ["attachment", "operation"]
    assert of_port == of_instance
    operation = of_instance["items"][-1]["operation"]
    assert [each["what"] for each in operation["steps"]] == ["attach start", "attach end"]
    assert (missing.status_code, missing.json()["status"]) == (404, 404)


def test_timeline_leaves_out_the_gaps_of_another_region(store):
    store.write(attach_or_detach(1, at_s=10, region="north"), [])
    for number, region in enumerate(("north", "south", None)):
        gap = Gap(
            from_at=at(20 + number), to_at=at(30), reason=GapReason.DISCONNECTED,
            sources=(Source.NOVA_FAULT,), hosts=None, detail="away", region=region,
        )  # fmt: skip
        store.keep_gaps("queue", [GapNote(f"{region} queue", gap)], {})
    page = store.timeline(TimelineQuery(instance="instance-1"))
    assert [each.gap.region for each in page.items if each.gap] == [None, "north"]
