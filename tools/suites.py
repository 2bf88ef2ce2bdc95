"""Runs test suites, three at a time, all of them whatever happens, and sums up.

``python3 tools/suites.py service plugin -- -k attach``: what follows ``--`` goes to every
pytest. VIFCAST_TEST_LANES=1 runs them one after the other, with pytest's output as it comes.
The environments and a RabbitMQ (tests/support/rabbitmq.py) must be there.
"""

import contextlib
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from command import exit_code
from places import ENVIRONMENTS, LOGS, REPOSITORY
from plan import SUITES, Suite
from progress import environment, say

STOP_TIMEOUT_S = 25
NOTHING_COLLECTED = 5  # pytest's exit code
POLL_S = 0.2
SAY_EVERY_S = 30.0


@dataclass(frozen=True)
class Done:
    """A suite, pytest's exit code, and how long it took."""

    suite: Suite
    code: int
    elapsed_s: float


@dataclass(frozen=True)
class Running:
    """A suite under way."""

    process: "subprocess.Popen[bytes]"
    log: Path
    started_at: float

    def __str__(self) -> str:
        return f"{time.monotonic() - self.started_at:.0f} s"


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
        str(folder / "python"), "-m", "pytest", "-c", suite.configuration, *suite.paths,
    ]  # fmt: skip
    if suite.workers > 1:
        # A file at a time: what a module has started serves all of its tests.
        command += ["--numprocesses", str(suite.workers), "--dist", "loadfile"]
    command += arguments
    return command, environment(**changes)


def run_suite(suite: Suite, arguments: list[str]) -> int:
    """Run one suite with pytest's output as it comes; returns pytest's exit code."""
    say(f"\n=== {suite.title}")
    command, variables = command_of(suite, arguments)
    with subprocess.Popen(command, cwd=REPOSITORY, env=variables) as process:
        try:
            return process.wait()
        except KeyboardInterrupt:
            interrupt([process])
            raise


def run_alone(suite: Suite, arguments: list[str]) -> Done:
    """Run one suite with nothing beside it."""
    started_at = time.monotonic()
    code = run_suite(suite, arguments)
    return Done(suite, code, time.monotonic() - started_at)


def run_in_lanes(suites: list[Suite], arguments: list[str], lanes: int) -> Iterator[Done]:
    """Run so many suites at a time, first come first served; each one's output once it is done.

    They wait for brokers, databases and clocks most of the time, so that three take little
    longer than one. Every few seconds a line says which are running.
    """
    waiting = list(suites)
    running: dict[Suite, Running] = {}
    said_at = time.monotonic()
    try:
        while waiting or running:
            while waiting and len(running) < lanes:
                suite = waiting.pop(0)
                running[suite] = start(suite, arguments)
                say(f"=== {suite.title}: started")
            time.sleep(POLL_S)
            for suite, each in list(running.items()):
                code = each.process.poll()
                if code is not None:
                    del running[suite]
                    say(f"\n=== {suite.title}")
                    say(each.log.read_text(errors="replace"))
                    yield Done(suite, code, time.monotonic() - each.started_at)
            if time.monotonic() - said_at > SAY_EVERY_S:
                said_at = time.monotonic()
                say("  ".join(f"{suite.title} ... {each}" for suite, each in running.items()))
    finally:
        interrupt([each.process for each in running.values()])


def start(suite: Suite, arguments: list[str]) -> Running:
    """Start one suite with its output in a log."""
    command, variables = command_of(suite, arguments)
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / f"suite-{SUITES.index(suite)}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=REPOSITORY, env=variables, stdout=output, stderr=subprocess.STDOUT
        )
    return Running(process, log, time.monotonic())


def interrupt(processes: "list[subprocess.Popen[bytes]]") -> None:
    """End them; pytest takes its time to stop what its tests have started."""
    for process in processes:
        process.send_signal(signal.SIGINT)
    for process in processes:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOP_TIMEOUT_S)
        process.kill()


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
    started_at = time.monotonic()
    chosen = [suite for suite in SUITES if suite.group in groups]
    lanes = int(os.environ.get("VIFCAST_TEST_LANES", "3"))
    if lanes > 1 and len(chosen) > 1:
        done = list(run_in_lanes(chosen, passed_on, lanes))
    else:
        done = [run_alone(suite, passed_on) for suite in chosen]
    lines, codes = [], []
    all_fine = True
    for each in done:
        fine, word = describe(each.code, is_filtered=bool(passed_on))
        lines.append(f"  {each.elapsed_s:6.1f} s  {each.suite.title}: {word}")
        codes.append(each.code)
        all_fine = all_fine and fine
    say("\n=== Summary")
    say("\n".join(lines))
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    elapsed_s = time.monotonic() - started_at
    say(f"  {elapsed_s:6.1f} s  in all; of processors {used.ru_utime + used.ru_stime:.0f} s")
    if set(codes) == {NOTHING_COLLECTED}:
        say("No test at all was chosen.")
        return 1
    return 0 if all_fine else 1


if __name__ == "__main__":
    sys.exit(exit_code(lambda: main(sys.argv[1:])))
