"""Findings: what of the state of things is one, how bad it is, and who may know it."""

import datetime as dt

import pytest
from msgspec.structs import replace
from subscribed import make_subscription

from vifcast.gap import GapReason
from vifcast.host import HostState
from vifcast.identity.policy import View
from vifcast.process import Process, ReadBroker, Role
from vifcast.statistics import Counts, Durations
from vifcast.subscription.standing import Standing
from vifcast.subscription.subscription import Destination, SubscriptionState
from vifcast.web.findings import ledger, reading, receivers
from vifcast.web.findings.finding import Level
from vifcast.web.sight import Sight

NOW = dt.datetime(2026, 11, 28, 12, tzinfo=dt.UTC)
OPERATOR = Sight(View(None, has_details=True), frozenset({"vifcast:health:get"}))
TENANT = Sight(View("one", has_details=False), frozenset())
READ = ReadBroker(
    name=None, region=None, broker="rabbit at controller", connected=True, problem=None,
    warning=None, last_received_at=NOW, queued=0,
)  # fmt: skip
AWAY = replace(READ, connected=False, problem="connection refused")
PROCESS = Process(
    id="one", role=Role.INGEST, host="cmp-1", pid=1, version="0.1.0", started_at=NOW, seen_at=NOW,
    interval_s=10.0, url=None, brokers=(READ,),
)  # fmt: skip


def said(found):
    return [
        (each.level, (each.text.many if each.text.values.get("number", 1) != 1 and each.text.many
                      else each.text.one) % each.text.values)
        for each in found
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("own", "processes", "expected"),
    [
        ([READ], [], []),
        (
            [AWAY],
            [],
            [(Level.BAD, "Nothing is read from rabbit at controller: connection refused.")],
        ),
        ([replace(AWAY, problem=None)], [], [(Level.WAIT, "Connecting to rabbit at controller.")]),
        (
            [replace(READ, warning="the queue is full")],
            [],
            [(Level.WAIT, "Not all is well with rabbit at controller: the queue is full.")],
        ),
        (None, [], [(Level.BAD, "No process reads the bus.")]),
        (None, [PROCESS], []),
        # One of two that read the same broker is enough.
        (None, [PROCESS, replace(PROCESS, id="two", brokers=(AWAY,))], []),
        (
            None,
            [replace(PROCESS, seen_at=NOW - dt.timedelta(hours=1))],
            [
                (Level.BAD, "No process reads the bus."),
                (Level.WAIT, "A process of vifcast has fallen silent: ingest (cmp-1)."),
            ],
        ),
    ],
)
def test_whether_the_bus_is_read(own, processes, expected):
    assert said(reading.look(OPERATOR, own, processes, NOW)) == expected


@pytest.mark.parametrize(("own", "number"), [([READ], 0), ([AWAY], 1), ([], 1)])
def test_tenants_learn_of_no_address(own, number):
    found = said(reading.look(TENANT, own, [], NOW))
    assert found == [(Level.BAD, "vifcast does not hear from the cloud at the moment.")] * number


def standing(number, waiting=0, oldest_at=None, state=SubscriptionState.ACTIVE, **destination):
    subscription = make_subscription(
        id=f"0000000{number}-0000-4000-8000-000000000000", state=state, state_reason="410 gone"
    )
    return Standing(
        subscription=subscription,
        destination=Destination(subscription_id=subscription.id, **destination),
        waiting=waiting,
        oldest_at=oldest_at,
    )


FAILING = {"failures": 3, "failing_since_at": NOW, "last_error": "the receiver answers 500"}
LONG_AGO = NOW - dt.timedelta(hours=1)


@pytest.mark.parametrize(
    ("standings", "expected"),
    [
        ([standing(1), standing(2, waiting=3, oldest_at=NOW)], []),
        (
            [standing(1, **FAILING)],
            [(Level.WAIT, "A receiver fails: 00000001 (the receiver answers 500).")],
        ),
        (
            [standing(1, **FAILING), standing(2, **FAILING | {"open_until_at": NOW})],
            [
                (
                    Level.BAD,
                    "2 receivers fail, 00000001 for the longest (the receiver answers 500).",
                )
            ],
        ),
        (
            [standing(1, state=SubscriptionState.DISABLED)],
            [(Level.BAD, "A subscription is disabled: 00000001 (410 gone).")],
        ),
        (
            [standing(1, waiting=4, oldest_at=LONG_AGO), standing(2, waiting=3, oldest_at=NOW)],
            [(Level.BAD, "4 deliveries wait, and no process sends them.")],
        ),
        ([standing(1, waiting=4, oldest_at=LONG_AGO, last_success_at=NOW)], []),
        ([standing(1, waiting=4, oldest_at=LONG_AGO, state=SubscriptionState.PAUSED)], []),
    ],
)
def test_whether_receivers_get_what_they_want(standings, expected):
    assert said(receivers.look(standings, NOW)) == expected


def test_a_single_subscription_is_linked():
    (found,) = receivers.look([standing(1, **FAILING)], NOW)
    assert found.where is not None
    assert found.where.path == "subscriptions/00000001-0000-4000-8000-000000000000"


def test_hosts_that_do_not_report():
    hosts = dict.fromkeys(HostState, 0) | {HostState.COVERED: 5, HostState.UNREPORTED: 2}
    assert said(ledger.look_at_hosts(hosts)) == []
    found = said(ledger.look_at_hosts(hosts | {HostState.SILENT: 2, HostState.OFF: 1}))
    assert [text for _, text in found] == [
        "2 compute hosts are silent: their NICs are not reported.",
        "On a compute host vifcast-nova is off.",
    ]


@pytest.mark.parametrize(("succeeded", "failed", "number"), [(5, 5, 1), (6, 5, 0), (0, 4, 0)])
def test_many_failures_of_an_hour(succeeded, failed, number):
    counts = Counts(
        running=0,
        overdue=0,
        succeeded=succeeded,
        failed=failed,
        failure_rate=None,
        duration_ms=Durations(None, None, None),
    )
    assert len(list(ledger.look_at_failures(counts))) == number


@pytest.mark.parametrize(
    ("reason", "state", "sees_hosts", "number"),
    [
        (GapReason.DISCONNECTED, "open", False, 1),
        (GapReason.DISCONNECTED, "closed", False, 1),
        (GapReason.DISCONNECTED, "reconciled", True, 0),
        (GapReason.HOST_DROPPED, "open", True, 1),
        (GapReason.HOST_DROPPED, "open", False, 0),
        (GapReason.HOST_SILENT, "open", True, 0),
    ],
)
def test_gaps(reason, state, sees_hosts, number):
    found = ledger.look_at_gaps({(None, reason, state): 1}, sees_hosts=sees_hosts)
    assert len(list(found)) == number
