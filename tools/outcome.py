"""What became of a run of tests, from the XML report that pytest writes (--junitxml).

The format is pytest's own, much the same from 4.6 on: a ``testcase`` for each test, whose
``classname`` begins with the test file's name and which holds a ``failure``, ``error`` or
``skipped`` element if it did not pass.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from xml.etree import ElementTree as ET

NAMED = 3  # so many of the tests that failed; the log has them all


@dataclass(frozen=True)
class Outcome:
    """How many tests passed by subject ("port deletions"), and the names of those that did not."""

    passed: Counter[str]
    failed: tuple[str, ...] = ()
    skipped: int = 0

    @property
    def is_fine(self) -> bool:
        """Whether there were tests and every one of them passed."""
        return bool(self.passed) and not self.failed and not self.skipped

    def checked(self) -> str:
        """Subjects and numbers as they ran: "port deletions 12, scenarios 40"."""
        return ", ".join(f"{subject} {count}" for subject, count in self.passed.items())

    def result(self) -> str:
        """One word when all passed; what did not, otherwise."""
        if self.is_fine:
            return "passed"
        words = []
        if self.failed:
            names = ", ".join(self.failed[:NAMED])
            more = ", …" if len(self.failed) > NAMED else ""
            total = self.passed.total() + self.skipped + len(self.failed)
            words.append(f"{len(self.failed)} of {total} failed: {names}{more}")
        if self.skipped:
            words.append(f"{self.skipped} skipped")
        return "**failed**: " + ("; ".join(words) or "no test ran")


def read_report(xml: str) -> Outcome:
    """The outcome that a report tells. Raises ElementTree.ParseError for one that is cut off."""
    passed: Counter[str] = Counter()
    failed, skipped = [], 0
    for case in ET.fromstring(xml).iter("testcase"):  # noqa: S314 - our own pytest's
        words = case.get("classname", "").split(".")
        file = next((word for word in words if word.startswith("test_")), "")
        kinds = {child.tag for child in case}
        if kinds & {"failure", "error"}:
            failed.append(f"{file}::{case.get('name')}")
        elif "skipped" in kinds:
            skipped += 1
        else:
            passed[file.removeprefix("test_").replace("_", " ")] += 1
    # A test whose teardown fails as well is there twice.
    return Outcome(passed, tuple(dict.fromkeys(failed)), skipped)


def unite(outcomes: Iterable[tuple[str, Outcome]]) -> tuple[str, str, bool]:
    """What was checked, the result and whether it is fine, of runs by how they ran Nova's threads.

    Runs that checked the same with the same result are told as one.
    """
    runs = list(outcomes)
    threads = " and ".join(name for name, _ in runs)
    kinds = {(outcome.checked(), outcome.result()) for _, outcome in runs}
    if len(kinds) == 1:
        ((checked, result),) = kinds
        return f"{threads}: {checked}", result, result == "passed"
    checked = "; ".join(f"{name}: {outcome.checked()}" for name, outcome in runs)
    result = "; ".join(f"{name}: {outcome.result()}" for name, outcome in runs)
    return checked, result, all(outcome.is_fine for _, outcome in runs)
