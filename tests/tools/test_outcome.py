"""The reports are of the shape that pytest 4.6 (Python 2.7) and the newest write."""

from collections import Counter

import pytest
from outcome import Outcome, read_report, unite

REPORT = """<?xml version="1.0" encoding="utf-8"?>
<testsuites><testsuite errors="0" failures="1" skipped="1" tests="5">
<testcase classname="test_scenarios" file="test_scenarios.py" name="test_attach"/>
<testcase classname="test_scenarios" name="test_detach[both]"><system-out>x</system-out></testcase>
<testcase classname="nova-plugin.tests.test_port_deletions.TestIt" name="test_c"/>
<testcase classname="test_flight" name="test_d"><failure message="no">E</failure></testcase>
<testcase classname="test_flight" name="test_d"><error message="teardown">E</error></testcase>
<testcase classname="test_flight" name="test_e"><skipped type="pytest.skip"/></testcase>
</testsuite></testsuites>
"""
FINE = Outcome(Counter(scenarios=2, flight=1))


def test_report_is_told_by_subject() -> None:
    outcome = read_report(REPORT)
    assert outcome.checked() == "scenarios 2, port deletions 1"
    assert outcome.failed == ("test_flight::test_d",)
    assert outcome.skipped == 1
    assert outcome.result() == "**failed**: 1 of 5 failed: test_flight::test_d; 1 skipped"


@pytest.mark.parametrize(
    "outcome",
    [
        Outcome(Counter()),  # that no test ran proves nothing
        Outcome(Counter(scenarios=2), failed=("test_a::test_b",)),
        Outcome(Counter(scenarios=2), skipped=1),
    ],
)
def test_only_passed_tests_are_fine(outcome: Outcome) -> None:
    assert not outcome.is_fine
    assert outcome.result().startswith("**failed**: ")


def test_only_the_first_failures_are_named() -> None:
    outcome = Outcome(Counter(), failed=("a", "b", "c", "d"))
    assert outcome.result() == "**failed**: 4 of 4 failed: a, b, c, …"


def test_equal_runs_are_told_once() -> None:
    assert unite([("eventlet", FINE), ("native", FINE)]) == (
        "eventlet and native: scenarios 2, flight 1",
        "passed",
        True,
    )


def test_runs_that_differ_are_told_apart() -> None:
    failed = Outcome(Counter(scenarios=2), failed=("test_flight::test_a",))
    assert unite([("eventlet", FINE), ("native", failed)]) == (
        "eventlet: scenarios 2, flight 1; native: scenarios 2",
        "eventlet: passed; native: **failed**: 1 of 3 failed: test_flight::test_a",
        False,
    )
