"""Starts tests that need Nova's own test base, each lot in a process of its own.

``nova.tests`` (it is in Nova's wheel) decides on eventlet and sets up globals as
it is imported, so it cannot share a process with the lab's ComputeManager.
"""

import concurrent.futures
import json
import os
import subprocess
import sys
import tempfile

import nova.monkey_patch

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TIMEOUT_S = 800  # on a busy machine; alone a tenth of it
_AT_ONCE = 2
_ON_FAILURE_SHOWN = 30000


class Lot(object):
    """What came of one lot.

    ``output`` is the end of what it wrote; ``outcomes``, ``notified``,
    ``complaints`` and ``hooked`` are those of lab/run_unittests.py.
    """

    def __init__(self, exit_code, output, report):
        self.exit_code = exit_code
        self.output = output
        self.outcomes = report["outcomes"]
        self.notified = report["notified"]
        self.complaints = report["complaints"]
        self.hooked = report["hooked"]

    def which(self, outcome):
        """The ids of the tests that went like this, a set."""
        return {test for test, how in self.outcomes.items() if how == outcome}


def start(lots, threads, after=None, **environment):
    """Run the lots two at a time, in the background.

    :param lots: dict of name to the arguments of lab/run_unittests.py after the
        report, in the order in which they are started
    :param threads: ``native`` or ``eventlet``; a Nova that cannot run its tests
        in native threads (before 2025.2) always gets eventlet
    :param after: dict of name to the name of an earlier lot that must be over
    :param environment: added to the environment of each
    :returns: dict of name to a Future of its Lot
    """
    if not hasattr(nova.monkey_patch, "patch"):
        threads = "eventlet"
    environment["OS_NOVA_DISABLE_EVENTLET_PATCHING"] = (
        "1" if threads == "native" else "0"
    )
    pool = concurrent.futures.ThreadPoolExecutor(_AT_ONCE)
    started = {}
    for name, arguments in lots.items():
        first = started.get((after or {}).get(name))
        started[name] = pool.submit(_run, arguments, environment, first)
    pool.shutdown(wait=False)
    return started


def _run(arguments, environment, first):
    if first is not None:
        first.result()
    with tempfile.TemporaryDirectory(prefix="vifcast-nova-") as directory:
        # nova.tests looks for etc/nova under state_path, by default beside the
        # package as in Nova's source; a wheel puts it under the prefix.
        os.symlink(os.path.join(sys.prefix, "etc"), os.path.join(directory, "etc"))
        report_path = os.path.join(directory, "report.json")
        done = subprocess.run(
            [sys.executable, "-m", "lab.run_unittests", report_path] + arguments,
            cwd=TESTS,
            env=dict(os.environ, OS_DEFAULT__STATE_PATH=directory, **environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=TIMEOUT_S,
        )
        output = done.stdout.decode("utf-8", "replace")
        try:
            with open(report_path) as report_file:
                report = json.load(report_file)
        except IOError:
            raise AssertionError(
                "lab.run_unittests %s ended with exit code %s and no report:\n%s"
                % (" ".join(arguments), done.returncode, output[-_ON_FAILURE_SHOWN:])
            )
        return Lot(done.returncode, output[-_ON_FAILURE_SHOWN:], report)
