"""What became of the behaviour suite on one release of Nova: its row in docs/releases.md.

Read from the XML that pytest writes (--junitxml), much the same from 4.6 on: a ``testcase``
for each test, whose ``classname`` begins with the test file's name and which holds a
``failure``, ``error`` or ``skipped`` element if it did not pass.
"""

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

from errors import SetupError

NAMED = 3  # so many of the tests that failed; the log has them all
UNKNOWN = "-"


@dataclass(frozen=True)
class Outcome:
    """What one run checked, "port deletions 12, scenarios 40", and "passed" or what failed."""

    checked: str
    result: str

    @property
    def is_fine(self) -> bool:
        """Whether there were tests and every one of them passed."""
        return self.result == "passed"


def read_report(xml: str, code: int = 0) -> Outcome:
    """The outcome that a report of pytest, which ended with ``code``, says."""
    passed: Counter[str] = Counter()
    # By name: a test whose teardown fails as well is there twice.
    failed: dict[str, None] = {}
    skipped = 0
    try:
        cases = list(ET.fromstring(xml).iter("testcase"))  # noqa: S314 - our own pytest's
    except ET.ParseError:
        return Outcome("nothing", f"**failed**: pytest reported nothing (exit code {code})")
    for case in cases:
        words = case.get("classname", "").split(".")
        file = next((word for word in words if word.startswith("test_")), "")
        kinds = {child.tag for child in case}
        if kinds & {"failure", "error"}:
            failed[f"{file}::{case.get('name')}"] = None
        elif "skipped" in kinds:
            skipped += 1
        else:
            passed[file.removeprefix("test_").replace("_", " ")] += 1
    wrong = []
    if failed:
        total = passed.total() + skipped + len(failed)
        names = [*list(failed)[:NAMED], *(["…"] if len(failed) > NAMED else [])]
        wrong.append(f"{len(failed)} of {total} failed: {', '.join(names)}")
    if skipped:
        wrong.append(f"{skipped} skipped")
    if not passed and not wrong:
        wrong.append("no test ran")
    if code and not wrong:
        # Every test passed, and then pytest itself, or Nova at exit, did not.
        wrong.append(f"pytest ended with exit code {code}")
    checked = ", ".join(f"{subject} {count}" for subject, count in passed.items())
    return Outcome(checked, f"**failed**: {'; '.join(wrong)}" if wrong else "passed")


def unite(outcomes: dict[str, Outcome]) -> Outcome:
    """The outcomes, by how Nova ran its threads, as one; equal ones are said once."""
    if len(set(outcomes.values())) == 1:
        (outcome,) = set(outcomes.values())
        return Outcome(f"{' and '.join(outcomes)}: {outcome.checked}", outcome.result)
    checked, result = (
        "; ".join(f"{threads}: {getattr(outcome, part)}" for threads, outcome in outcomes.items())
        for part in ("checked", "result")
    )
    return Outcome(checked, result)


def with_row(page: str, cells: list[str]) -> str:
    """``page``, a Markdown table in it, with these cells in the row that begins with the first."""
    # A bar or a line break in a cell, of a test's name or an error, would end it.
    row = f"| {' | '.join(' '.join(cell.replace('|', '/').split()) for cell in cells)} |"
    page, found = re.subn(rf"(?m)^\| {re.escape(cells[0])} \|.*$", lambda _: row, page)
    if not found:
        raise SetupError(f"docs/releases.md has no row for {cells[0]}; write one, however empty")
    return page


def locked_version(package: str, lock: Path) -> str:
    """The version of ``package`` in ``lock``, or UNKNOWN."""
    pattern = rf"(?mi)^{package.replace('-', '[-.]')}==(\S+)"
    found = re.search(pattern, lock.read_text()) if lock.exists() else None
    return found[1] if found else UNKNOWN
