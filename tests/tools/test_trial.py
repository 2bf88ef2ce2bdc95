"""The reports are of the shape that pytest 4.6 (Python 2.7) and the newest write."""

from pathlib import Path

import pytest
from errors import SetupError
from places import REPOSITORY
from trial import UNKNOWN, Outcome, locked_version, read_report, unite, with_row

PAGE = (REPOSITORY / "docs" / "releases.md").read_text()


def report(*cases: str) -> str:
    """A report with these test cases."""
    inside = "".join(cases)
    return f'<?xml version="1.0" encoding="utf-8"?><testsuites><testsuite>{inside}</testsuite></testsuites>'  # noqa: E501


ATTACH = '<testcase classname="test_scenarios" file="test_scenarios.py" name="test_attach"/>'
DETACH = (
    '<testcase classname="test_scenarios" name="test_d[x]"><system-out>x</system-out></testcase>'
)
IN_A_CLASS = '<testcase classname="nova-plugin.tests.test_port_deletions.TestIt" name="test_c"/>'
FAILED = (
    '<testcase classname="test_flight" name="test_d"><failure message="no">E</failure></testcase>'
)
TEARDOWN = (
    '<testcase classname="test_flight" name="test_d"><error message="down">E</error></testcase>'
)
SKIPPED = '<testcase classname="test_flight" name="test_e"><skipped type="pytest.skip"/></testcase>'


def test_passed_tests_are_counted_by_file() -> None:
    outcome = read_report(report(ATTACH, DETACH, IN_A_CLASS))
    assert outcome == Outcome("scenarios 2, port deletions 1", "passed")
    assert outcome.is_fine


@pytest.mark.parametrize(
    ("xml", "code", "result"),
    [
        (report(), 5, "no test ran"),
        (report(ATTACH, SKIPPED), 0, "1 skipped"),
        (
            report(ATTACH, FAILED, TEARDOWN, SKIPPED), 1,
            "1 of 3 failed: test_flight::test_d; 1 skipped",
        ),
        (report(ATTACH), -11, "pytest ended with exit code -11"),
        (report(ATTACH)[:90], 137, "pytest reported nothing (exit code 137)"),
        ("", 1, "pytest reported nothing (exit code 1)"),
    ],
)  # fmt: skip
def test_anything_but_passed_tests_is_a_failure(xml: str, code: int, result: str) -> None:
    outcome = read_report(xml, code)
    assert outcome.result == f"**failed**: {result}"
    assert not outcome.is_fine


def test_only_the_first_failures_are_named() -> None:
    failures = (FAILED.replace("test_d", f"test_{letter}") for letter in "abcd")
    named = "test_flight::test_a, test_flight::test_b, test_flight::test_c, …"
    assert read_report(report(*failures)).result == f"**failed**: 4 of 4 failed: {named}"


def test_equal_runs_are_reported_once() -> None:
    fine = Outcome("scenarios 2", "passed")
    assert unite({"eventlet": fine, "native": fine}) == Outcome(
        "eventlet and native: scenarios 2", "passed"
    )


def test_runs_that_differ_are_reported_apart() -> None:
    both = unite(
        {"eventlet": Outcome("flight 1", "passed"), "native": Outcome("", "**failed**: 1 skipped")}
    )
    assert both.checked == "eventlet: flight 1; native: "
    assert both.result == "eventlet: passed; native: **failed**: 1 skipped"
    assert not both.is_fine


def test_row_of_one_release_is_replaced_and_the_page_stays() -> None:
    cells = ["zed", "26.3.0", "3.11.2", "14.0.3", "flight 3", "passed", "2026-12-01"]
    before, after = PAGE.splitlines(), with_row(PAGE, cells).splitlines()
    (changed,) = (i for i, (old, new) in enumerate(zip(before, after, strict=True)) if old != new)
    assert before[changed].startswith("| zed |")
    assert after[changed] == f"| {' | '.join(cells)} |"


@pytest.mark.parametrize("result", ["**failed**: test_a.py::test_b[x|y]", "two\nlines", r"\1"])
def test_no_text_of_a_cell_breaks_the_table(result: str) -> None:
    page = with_row(PAGE, ["zed", "26.3.0", "-", "-", "nothing", result, "2026-12-01"])
    assert len(page.splitlines()) == len(PAGE.splitlines())
    (row,) = (line for line in page.splitlines() if line.startswith("| zed |"))
    assert row.count("|") == 8


def test_release_without_a_row_is_named() -> None:
    with pytest.raises(SetupError, match="no row for essex"):
        with_row(PAGE, ["essex"])


def test_version_of_a_package_is_read_from_a_lock(tmp_path: Path) -> None:
    lock = tmp_path / "lock.txt"
    lock.write_text("oslo.messaging==5.35.6 \\\n    --hash=sha256:aa\n")
    assert locked_version("oslo-messaging", lock) == "5.35.6"
    assert locked_version("oslo-config", lock) == UNKNOWN
    assert locked_version("oslo-config", tmp_path / "none.txt") == UNKNOWN
