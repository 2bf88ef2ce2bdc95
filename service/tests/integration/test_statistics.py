"""Statistics of operations, counted by each database."""

import datetime as dt

import httpx
import pytest

from database_fixtures import EVERY_DATABASE
from ledger_events import T0, make_event
from vifcast.model import Action
from vifcast.statistics import GroupBy, Interval
from vifcast.store import OperationQuery

SPAN = {"since": T0 - dt.timedelta(days=1), "until": T0 + dt.timedelta(days=2)}


def operation(number, duration_s, *, phase="end", action="attach", at_s=0, **about):
    about = {"operation_id": f"operation-{number}", "port_id": f"port-{number}"} | about
    return [
        make_event(phase="start", action=action, at_s=at_s, **about),
        make_event(phase=phase, action=action, at_s=at_s + duration_s, **about),
    ]


@pytest.fixture
def filled(store):
    store.write(
        [
            *operation(1, 1, compute_host="one"),
            *operation(2, 2.345, compute_host="two", at_s=3600),
            *operation(3, 9, action="detach", compute_host="two", at_s=3700),
            *operation(4, 4, phase="error", error_class="PortInUse", at_s=90_000, project_id=None),
            make_event(phase="start", operation_id="overdue", at_s=90_000, port_id="port-5"),
        ],
        [],
    )
    return store


def counted(counts):
    return counts.succeeded, counts.failed, counts.running, counts.overdue


@EVERY_DATABASE
def test_operations_are_counted_by_outcome(filled):
    (found,) = filled.statistics(OperationQuery(**SPAN)).items
    assert counted(found.total) == (3, 1, 0, 1)
    assert counted(found.attach) == (2, 1, 0, 1)
    assert counted(found.detach) == (1, 0, 0, 0)
    assert found.attach.failure_rate == pytest.approx(1 / 3, abs=1e-6)
    # 2,345 ms, rounded down by less than one percent.
    assert (found.attach.duration_ms.p50, found.attach.duration_ms.p99) == (1000, 2340)
    assert found.total.duration_ms.p95 == 9000


@EVERY_DATABASE
@pytest.mark.parametrize(
    ("interval", "periods"),
    [
        (Interval.MINUTE, [("22T12:00", 1), ("22T13:00", 1), ("22T13:01", 1), ("23T13:00", 2)]),
        (Interval.TEN_MINUTES, [("22T12:00", 1), ("22T13:00", 2), ("23T13:00", 2)]),
        (Interval.HOUR, [("22T12:00", 1), ("22T13:00", 2), ("23T13:00", 2)]),
        (Interval.DAY, [("22T00:00", 3), ("23T00:00", 2)]),
    ],
)
def test_operations_are_counted_by_period(filled, interval, periods):
    found = filled.statistics(OperationQuery(**SPAN), interval=interval).items
    sums = [(each.from_at.strftime("%dT%H:%M"), sum(counted(each.total))) for each in found]
    assert sums == periods


@EVERY_DATABASE
@pytest.mark.parametrize(
    ("group_by", "groups"),
    [
        (GroupBy.HOST, {"compute-1": 2, "one": 1, "two": 2}),
        (GroupBy.PROJECT, {None: 1, "project-1": 4}),
        (GroupBy.ERROR_CLASS, {None: 4, "PortInUse": 1}),
    ],
)
def test_operations_are_counted_by_group(filled, group_by, groups):
    found = filled.statistics(OperationQuery(**SPAN), group_by=group_by).items
    assert {each.group: sum(counted(each.total)) for each in found} == groups


@EVERY_DATABASE
def test_only_operations_that_meet_the_conditions_are_counted(filled):
    query = OperationQuery(**SPAN, host="two", action=Action.ATTACH)
    (found,) = filled.statistics(query).items
    assert counted(found.total) == (1, 0, 0, 0)
    assert filled.statistics(OperationQuery(**SPAN, host="three")).items == ()


def test_late_correction_is_in_the_next_answer(filled):
    filled.write(
        [make_event(phase="end", operation_id="overdue", at_s=90_005, port_id="port-5")], []
    )
    (found,) = filled.statistics(OperationQuery(**SPAN)).items
    assert counted(found.total) == (4, 1, 0, 0)


@pytest.mark.parametrize(
    ("asked", "status", "detail"),
    [
        ({}, 200, None),
        ({"since": "2026-01-01T00:00:00Z", "interval": "hour"}, 422, "more than 1000 times one"),
        ({"since": "1h", "until": "2h"}, 422, "it must be before until"),
        ({"interval": "week"}, 422, "parameter interval"),
    ],
)
def test_statistics_over_http(serve, asked, status, detail):
    server = serve("memory://")
    answer = httpx.get(f"{server.url}v1/statistics", params=asked)
    assert answer.status_code == status, answer.text
    if detail is not None:
        assert detail in answer.json()["detail"]
    else:
        assert answer.json().keys() == {"items", "since", "until", "is_whole"}


def test_operations_of_one_region_are_counted(store):
    store.write([*operation(1, 1, region="north"), *operation(2, 1, region="south")], [])
    for region, count in (("north", 1), ("south", 1), ("", 0), (None, 2)):
        (found,) = store.statistics(OperationQuery(**SPAN, region=region)).items or (None,)
        assert (found.total.succeeded if found else 0) == count


@EVERY_DATABASE
@pytest.mark.parametrize(
    ("group_by", "groups"),
    [
        (GroupBy.HOST, [("north", "one", 1), ("south", "one", 2)]),
        (GroupBy.PROJECT, [(None, "project-1", 3)]),
    ],
)
def test_hosts_are_grouped_by_region_and_name(store, group_by, groups):
    about = {"compute_host": "one"}
    store.write(
        [
            *operation(1, 1, region="north", **about),
            *operation(2, 1, region="south", **about),
            *operation(3, 1, region="south", **about),
        ],
        [],
    )
    found = store.statistics(OperationQuery(**SPAN), group_by=group_by).items
    assert [(each.region, each.group, each.total.succeeded) for each in found] == groups
