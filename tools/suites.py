"""Runs test suites one after the other, all of them whatever happens, and sums up.

``python3 tools/suites.py service plugin -- -k attach``: what follows ``--`` goes to every
pytest. The environments and a RabbitMQ (tests/support/rabbitmq.py) must be there.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time

from command import exit_code
from places import ENVIRONMENTS, REPOSITORY
from plan import SUITES, Suite
from progress import environment, say

STOP_TIMEOUT_S = 25
NOTHING_COLLECTED = 5  # pytest's exit code


def command_of(suite: Suite, arguments: list[str]) -> tuple[list[str], dict[str, str]]:
    """The words of the command, to be run in the repository's root, and its environment."""
    # Tools that belong to an environment are found by name, as in a shell where it is active.
    folder = ENVIRONMENTS / suite.environment / "bin"
    changes = {"PATH": f"{folder}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}
    if suite.threads:
        changes["VIFCAST_TEST_THREADS"] = suite.threads
    if suite.uses_lab:
        changes["PYTHONPATH"] = str(REPOSITORY / "nova-plugin" / "tests")
    command = [
        str(folder / "python"), "-m", "pytest", "-c", suite.configuration, *suite.paths, *arguments,
    ]  # fmt: skip
    return command, environment(**changes)


def run_suite(suite: Suite, arguments: list[str]) -> int:
    """Run one suite with pytest's output as it comes; returns pytest's exit code."""
    say(f"\n=== {suite.title}")
    command, variables = command_of(suite, arguments)
    with subprocess.Popen(command, cwd=REPOSITORY, env=variables) as process:
        try:
            return process.wait()
        except KeyboardInterrupt:
            # pytest takes its time to stop what its tests have started.
            process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(STOP_TIMEOUT_S)
            process.kill()
            raise


def describe(code: int, *, is_filtered: bool) -> tuple[bool, str]:
    """Whether a suite with this exit code is fine, and the word for it.

    A filter (``-k``, ``-m``) may leave a suite without tests; otherwise that is a failure.
    """
    if code == 0:
        return True, "passed"
    if code == NOTHING_COLLECTED:
        return is_filtered, "no test chosen" if is_filtered else "FAILED: no tests"
    return False, f"FAILED (exit code {code})"


def main(arguments: list[str]) -> int:
    """Run the groups named before ``--``; returns 1 when any suite failed."""
    split = arguments.index("--") if "--" in arguments else len(arguments)
    groups, passed_on = arguments[:split], arguments[split + 1 :]
    unknown = set(groups) - {suite.group for suite in SUITES}
    if unknown or not groups:
        say(f"Groups of tests: {' '.join(dict.fromkeys(suite.group for suite in SUITES))}")
        return 2
    lines, codes = [], []
    all_fine = True
    for suite in SUITES:
        if suite.group not in groups:
            continue
        started_at = time.monotonic()
        code = run_suite(suite, passed_on)
        fine, word = describe(code, is_filtered=bool(passed_on))
        lines.append(f"  {time.monotonic() - started_at:6.1f} s  {suite.title}: {word}")
        codes.append(code)
        all_fine = all_fine and fine
    say("\n=== Summary")
    say("\n".join(lines))
    if set(codes) == {NOTHING_COLLECTED}:
        say("No test at all was chosen.")
        return 1
    return 0 if all_fine else 1


if __name__ == "__main__":
    sys.exit(exit_code(lambda: main(sys.argv[1:])))
