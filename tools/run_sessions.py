"""Runs nox in the tools' environment, for run_nox.py; fails if its arguments choose no test.

A filter after ``--`` may leave a suite without tests, which nox counts as skipped. One that
leaves all of them without any is mistyped, or names a test that is gone.
"""

import json
import sys
import tempfile
from pathlib import Path

from nox.__main__ import main as nox
from plan import SUITES
from progress import say
from suites import session_of


def main() -> int:
    """Run nox; return its exit code, or 1 where suites were asked for and none had a test."""
    with tempfile.TemporaryDirectory(prefix="vifcast-nox-") as folder:
        report = Path(folder, "report.json")
        # First, so that a --report among the arguments is the one that counts.
        sys.argv[1:1] = ["--report", str(report)]
        try:
            nox()
        except SystemExit as end:
            if end.code:
                return end.code if isinstance(end.code, int) else 1
        if report.exists() and not has_test(json.loads(report.read_text())["sessions"]):
            say("No test at all was chosen.")
            return 1
    return 0


def has_test(sessions: list[dict[str, str]]) -> bool:
    """Whether a suite was run, unless there is none among ``sessions``, as nox reports them."""
    suites = {session_of(suite) for suite in SUITES}
    results = {each["result"] for each in sessions if each["name"] in suites}
    return results != {"skipped"}


if __name__ == "__main__":
    sys.exit(main())
