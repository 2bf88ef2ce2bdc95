"""Gaps in the store: kept once, asked for in pages, reconciled, deleted."""

import datetime as dt

import pytest

from database_fixtures import EVERY_DATABASE
from host_reports import make_report
from ledger_events import T0, make_event
from vifcast.errors import InvalidValueError
from vifcast.gap import Gap, GapNote, GapReason, GapWithdrawn
from vifcast.host import Lane, LaneState, PluginState
from vifcast.model import Source
from vifcast.store import AttachmentQuery, Cutoffs, GapQuery, purge

pytestmark = EVERY_DATABASE

QUEUE, NOVA = "vifcast", "queue:vifcast:nova"
SOON = T0 + dt.timedelta(seconds=60)


def at(seconds):
    return None if seconds is None else T0 + dt.timedelta(seconds=seconds)


def gap(from_s=0, to_s=None, reason=GapReason.DISCONNECTED, **changes):
    values = {
        "sources": (Source.HAND_PATCH, Source.NEUTRON),
        "hosts": None,
        "detail": "the connection was lost",
    } | changes
    return Gap(from_at=at(from_s), to_at=at(to_s), reason=reason, **values)


def keep(store, *notes, subject=NOVA, **more):
    noted = [GapNote(subject, each, **more) if isinstance(each, Gap) else each for each in notes]
    store.keep_gaps(QUEUE, noted, {})


def found(store, now=SOON, **query):
    return store.gaps(GapQuery(**query), now=now).items


def spans(store, **query):
    return [
        (seconds(each.from_at), None if each.to_at is None else seconds(each.to_at))
        for each in found(store, **query)
    ]


def seconds(moment):
    return (moment - T0).total_seconds()


def test_gap_comes_back(store):
    keep(store, gap(), gap(1, 5, GapReason.HOST_DROPPED, hosts=("compute-1", "Ünïcode 'x'")))
    closed, opened = found(store)
    assert opened == gap(id=opened.id)
    assert closed == gap(
        1, 5, GapReason.HOST_DROPPED, hosts=("compute-1", "Ünïcode 'x'"), id=closed.id
    )


def test_several_processes_and_repetition_make_one_row(store):
    for _ in range(2):
        keep(store, gap(3), gap(5))
    assert spans(store) == [(3, None)]
    for to_s in (10, 10, 12):
        keep(store, gap(3, to_s))
    assert spans(store) == [(3, 12)]
    keep(store, gap(1, 4), gap(12, 15))
    assert spans(store) == [(1, 15)]
    keep(store, gap(20, 21), subject=NOVA)
    keep(store, gap(3, 4), subject="queue:vifcast:neutron")
    keep(store, gap(3, 4, GapReason.UNBOUND))
    assert sorted(spans(store)) == [(1, 15), (3, 4), (3, 4), (20, 21)]


def test_gap_that_is_withdrawn_leaves_what_others_have_closed(store):
    keep(store, gap(3), gap(3, 10), gap(4), GapWithdrawn(NOVA, GapReason.DISCONNECTED))
    assert spans(store) == [(3, 10)]


def test_gap_of_the_hosts_whose_lane_is_not_used(store):
    def lane(state):
        return Lane(exchange="vifcast", state=state, reason=None)

    without = gap(0, 5, sources=(Source.VIFCAST_NOVA,))
    store.write([], [], [make_report(host="old"), make_report(host="new", lane=None)])
    keep(store, without, hosts_without_lane=True)
    assert [each.hosts for each in found(store)] == [None]
    store.write([make_event(compute_host="seen")], [], [
        make_report(host="used", lane=lane(LaneState.USED)),
        make_report(host="new", at_s=1, lane=lane(LaneState.REFUSED)),
    ])  # fmt: skip
    opened = gap(10, sources=(Source.VIFCAST_NOVA,))
    keep(store, opened, hosts_without_lane=True)
    store.write([], [], [make_report(host="new", at_s=2, lane=lane(LaneState.USED))])
    # It is a gap of those of its beginning.
    keep(store, gap(10, 15, sources=(Source.VIFCAST_NOVA,)), hosts_without_lane=True)
    assert [each.hosts for each in found(store)] == [("new", "old", "seen"), None]


def test_where_every_host_uses_the_lane_there_is_no_gap_of_theirs(store):
    used = Lane(exchange="vifcast", state=LaneState.USED, reason=None)
    store.write([], [], [make_report(host="one", lane=used)])
    keep(store, gap(0), gap(0, 5), hosts_without_lane=True)
    assert spans(store) == []


def test_gaps_are_found_by_what_one_has(store):
    keep(store, gap(0, 10))
    keep(store, gap(20), subject="queue:vifcast:neutron")
    on_host = gap(
        5, 8, GapReason.HOST_DROPPED, hosts=("compute-1",), sources=(Source.VIFCAST_NOVA,)
    )
    keep(store, on_host, subject="host:compute-1")
    assert spans(store) == [(20, None), (5, 8), (0, 10)]
    assert spans(store, at=at(6)) == [(5, 8), (0, 10)]
    assert spans(store, at=at(10)) == []
    assert spans(store, at=at(0)) == [(0, 10)]
    assert spans(store, since=at(9)) == [(20, None), (0, 10)]
    assert spans(store, until=at(5)) == [(0, 10)]
    assert spans(store, is_open=True) == [(20, None)]
    assert spans(store, is_open=False) == [(5, 8), (0, 10)]
    assert spans(store, source=Source.VIFCAST_NOVA) == [(5, 8)]
    assert spans(store, reason=GapReason.HOST_DROPPED) == [(5, 8)]
    assert spans(store, hosts=("compute-2",)) == [(20, None), (0, 10)]
    assert spans(store, hosts=("compute-1", "x")) == [(20, None), (5, 8), (0, 10)]
    # Neither a part of a name nor another spelling is the name.
    assert spans(store, hosts=("COMPUTE-1",)) == spans(store, hosts=("compute",))


def test_hosts_that_are_silent_or_off_now_are_open_gaps(store):
    store.write([], [], [
        make_report(host="silent", interval_s=10),
        make_report(host="off", state=PluginState.OFF, reason="no hook"),
        make_report(host="well"),
    ])  # fmt: skip
    keep(store, gap(0, 1))
    assert [(each.id is None, each.reason, each.hosts) for each in found(store)] == [
        (False, GapReason.DISCONNECTED, None),
        (True, GapReason.HOST_SILENT, ("silent",)),
        (True, GapReason.HOST_OFF, ("off",)),
    ]
    assert [each.hosts for each in found(store, hosts=("off",), is_open=True)] == [("off",)]
    assert found(store, hosts=("well",), is_open=True) == []
    assert found(store, is_open=True, reason=GapReason.QUEUE_OVERFLOW) == []
    assert found(store, at=at(-1), reason=GapReason.HOST_SILENT) == []
    assert [each.reason for each in found(store, at=at(30), source=Source.VIFCAST_NOVA)] == [
        GapReason.HOST_SILENT, GapReason.HOST_OFF,
    ]  # fmt: skip
    assert found(store, until=T0, reason=GapReason.HOST_SILENT) == []
    assert store.gaps_by_reason(now=SOON) == {
        (None, GapReason.DISCONNECTED, "closed"): 1,
        (None, GapReason.HOST_SILENT, "open"): 1,
        (None, GapReason.HOST_OFF, "open"): 1,
    }


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_pages_hold_every_gap_once(store, limit):
    for number in range(4):
        keep(store, gap(number // 2, number // 2 + 100), subject=f"queue:{number}")
    reports = [make_report(host=f"host-{n}", at_s=n % 2, interval_s=1) for n in range(4)]
    store.write([], [], reports)
    items, cursor = [], None
    while True:
        page = store.gaps(GapQuery(), now=SOON, limit=limit, cursor=cursor)
        items += page.items
        assert len(page.items) <= limit
        if (cursor := page.next_cursor) is None:
            break
    assert items == store.gaps(GapQuery(), now=SOON).items
    assert len(items) == 8
    with pytest.raises(InvalidValueError):
        store.gaps(GapQuery(), now=SOON, cursor="x")


def test_reports_close_gaps_once_in_whatever_batches_they_come(store):
    first = make_report(interval_s=10)
    dropped = [
        make_report(
            at_s=number * 100,
            interval_s=10,
            started_at=at(number * 100 - 50),
            message_id=f"m-{number}",
        )
        for number in (1, 2)
    ]
    store.write([], [], [first])
    store.write([], [], [*dropped[::-1], first])
    store.write([], [], dropped)
    assert [(each.reason, each.hosts) for each in found(store, now=at(201))] == [
        (GapReason.HOST_SILENT, ("compute-1",))
    ] * 2
    assert spans(store, is_open=False) == [(100, 150), (0, 50)]


def test_reconciled_are_those_that_had_closed_before_the_cloud_was_read(store):
    keep(store, gap(0, 10), gap(30, 40))
    keep(store, gap(5), subject="queue:vifcast:neutron")
    assert store.mark_gaps_reconciled(at(10), at(12)) == 1
    assert store.mark_gaps_reconciled(at(10), at(13)) == 0
    assert [seconds(each.from_at) for each in store.unreconciled_gaps()] == [30]
    assert {seconds(each.from_at): each.reconciled_at for each in found(store)} == {
        0: at(12), 5: None, 30: None,
    }  # fmt: skip
    # The same once more changes nothing; a longer one is to be reconciled again.
    keep(store, gap(2, 8))
    assert [each.reconciled_at for each in found(store, until=at(1))] == [at(12)]
    keep(store, gap(2, 11))
    assert [each.reconciled_at for each in found(store, until=at(1))] == [None]


def test_bindings_are_known_until_when_they_were_proven_last(store):
    store.keep_gaps(QUEUE, [], {"nova": at(5), "": at(5)})
    store.keep_gaps(QUEUE, [], {"nova": at(3), "neutron": at(4)})
    store.keep_gaps("other", [], {"nova": at(9)})
    keep(store, gap(2), gap(3, reason=GapReason.UNBOUND), gap(0, 1))
    proven, opened = store.bindings_of(QUEUE, [NOVA, "queue:vifcast:"])
    assert proven == {"nova": at(5), "": at(5), "neutron": at(4)}
    assert [(subject, each.from_at) for subject, each in opened] == [(NOVA, at(2)), (NOVA, at(3))]


def test_answers_have_the_gaps_that_they_fall_into(store):
    store.write([make_event(at_s=10), make_event(at_s=30, action="detach", operation_id="out")], [])
    keep(store, gap(0, 5), gap(20, 25))
    for host in ("compute-1", "compute-2"):
        keep(store, gap(21, 24, GapReason.HOST_DROPPED, hosts=(host,)), subject=f"host:{host}")

    def asked(moment):
        query = AttachmentQuery(port="port-1", at=moment)
        found = store.gaps_at(moment, store.attachments(query).items)
        return [(each.reason, each.hosts) for each in found]

    assert asked(at(22)) == [
        (GapReason.HOST_DROPPED, ("compute-1",)),
        (GapReason.DISCONNECTED, None),
    ]
    assert asked(at(15)) == []
    # Where nothing is found, it may have been anywhere.
    assert asked(at(3)) == [(GapReason.DISCONNECTED, None)]
    periods = store.attachments(AttachmentQuery(port="port-1")).items
    since = [seconds(each.from_at) for each in store.gaps_since(periods, [])]
    assert since == [21, 20]
    assert len(store.gaps_since([], [])) == 4


def test_gaps_go_as_attachments_do(store):
    keep(store, gap(0, 10), gap(30, 40), gap(90))
    purged = purge(store, Cutoffs(attachments=at(20)), batch=1, pause=lambda _: False)
    assert purged.gaps == 1
    assert spans(store) == [(90, None), (30, 40)]
