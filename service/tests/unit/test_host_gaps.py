"""What a host's reports say of what it did not send."""

import datetime as dt

import pytest
from msgspec.structs import replace

from host_reports import make_report
from ledger_events import T0
from vifcast.gap import GapReason
from vifcast.host import PluginState
from vifcast.ledger.host_gaps import gaps_between, open_gaps_of
from vifcast.model import Source

LATER = {"started_at": T0 + dt.timedelta(seconds=2000)}


def at(seconds):
    return T0 + dt.timedelta(seconds=seconds)


def report(dropped=0, oldest_age_s=None, **changes):
    made = make_report(**changes)
    waiting = replace(made.outbox, dropped=dropped, oldest_age_s=oldest_age_s)
    return replace(made, outbox=waiting)


def found(before, after):
    notes = gaps_between(before, after)
    assert {note.subject for note in notes} <= {"host:compute-1"}
    assert {note.gap.hosts for note in notes} <= {("compute-1",)}
    assert {note.gap.sources for note in notes} <= {(Source.VIFCAST_NOVA,)}
    return [
        (
            note.gap.reason,
            (note.gap.from_at - T0).total_seconds(),
            (note.gap.to_at - T0).total_seconds(),
        )
        for note in notes
    ]


HOUR = 3600.0
CASES = {
    "nothing dropped": (report(), report(at_s=300), []),
    "as many dropped as before": (report(dropped=3), report(dropped=3, at_s=300), []),
    "more dropped": (
        report(dropped=3, oldest_age_s=50.0),
        report(dropped=4, at_s=300),
        [("host_dropped", -50, 300)],
    ),
    "dropped by a new process": (
        report(dropped=3, oldest_age_s=50.0, interval_s=1000),
        report(dropped=1, at_s=2300, **LATER),
        [("host_dropped", -50, 2300)],
    ),
    "first report, nothing dropped": (None, report(), []),
    "first report, dropped": (None, report(dropped=1), [("host_dropped", -HOUR, 0)]),
    "silent, and its outbox waited": (report(), report(at_s=2000), []),
    "silent, and dropped": (
        report(),
        report(dropped=1, at_s=2000),
        [("host_dropped", 0, 2000)],
    ),
    "silent, then another process": (
        report(),
        report(at_s=2300, **LATER),
        [("host_silent", 0, 2000)],
    ),
    "another process in time": (report(interval_s=1000), report(at_s=2300, **LATER), []),
    "silent without an outbox": (
        make_report(outbox=None),
        make_report(outbox=None, at_s=2000),
        [("host_silent", 0, 2000)],
    ),
    "off, then on": (
        report(state=PluginState.OFF, interval_s=1000),
        report(at_s=2300, **LATER),
        [("host_off", -HOUR, 2000)],
    ),
    "still off": (report(state=PluginState.OFF), report(state=PluginState.OFF, at_s=300), []),
    "clock set back": (
        report(),
        report(at_s=2300, started_at=T0 - dt.timedelta(days=1)),
        [("host_silent", 0, 0)],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_next_report(case):
    before, after, expected = CASES[case]
    assert found(before, after) == expected


def test_host_that_is_silent_is_an_open_gap_since_its_report():
    assert open_gaps_of(report(), at(899)) == []
    (gap,) = open_gaps_of(report(), at(900))
    assert (gap.id, gap.reason, gap.from_at, gap.to_at) == (None, GapReason.HOST_SILENT, T0, None)


def test_host_that_is_off_is_an_open_gap_since_its_start():
    off = report(state=PluginState.OFF, reason="no hook")
    (gap,) = open_gaps_of(off, at(1))
    assert (gap.reason, gap.from_at) == (GapReason.HOST_OFF, off.started_at)
    assert gap.detail == "compute-1: vifcast-nova is off there: no hook"
    assert [each.reason for each in open_gaps_of(off, at(900))] == ["host_off"]


def test_clock_that_was_ahead_when_the_process_started_makes_no_gap_in_the_future():
    ahead = {"started_at": at(10**9)}
    dropped = report(dropped=1, **ahead)
    assert found(None, dropped) == [("host_dropped", 0, 0)]
    off = report(state=PluginState.OFF, **ahead)
    assert [each.from_at for each in open_gaps_of(off, at(1))] == [T0]
    assert found(off, report(at_s=300, **LATER)) == [("host_off", 0, 300)]
