"""One release of Nova: its environment, its behaviour suite, its row in the table."""

import asyncio
import signal
import sys
from asyncio.subprocess import DEVNULL, STDOUT, create_subprocess_exec
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from xml.etree.ElementTree import ParseError

from environments import FOR_RELEASE
from outcome import Outcome, read_report, unite
from places import ENVIRONMENTS, LOCKS, LOGS, REPOSITORY
from plan import Suite, behaviour_suites
from release_table import Row
from releases import Release
from suites import STOP_TIMEOUT_S, command_of

# For one suite; a single test that hangs is ended by pytest-timeout before.
SUITE_TIMEOUT_S = 30 * 60
UNKNOWN = "-"


class Trial:
    """The one run of a release: its commands, one after the other, and its row."""

    def __init__(self, release: Release) -> None:
        self.release = release
        self.doing = ""
        self._log = LOGS / f"release-{release.name}.log"
        self._log.unlink(missing_ok=True)
        self._environment = FOR_RELEASE[release.name]

    async def row(self) -> tuple[Row, bool]:
        """Build, test; returns the row for the table and whether all went well."""
        self.doing = "environment"
        env = [sys.executable, str(REPOSITORY / "tools" / "env.py"), self._environment.name]
        if await self._run(env) != 0:
            return self._row(UNKNOWN, "nothing", "**failed**: environment not built"), False
        python = str(ENVIRONMENTS / self._environment.name / "bin" / "python")
        version = await _output([python, "-c", "import platform; print(platform.python_version())"])
        outcomes = []
        for suite in behaviour_suites(self.release):
            self.doing = f"tests, {suite.threads}"
            outcomes.append((suite.threads, await self._test(suite)))
        checked, result, is_fine = unite(outcomes)
        return self._row(version, checked, result), is_fine

    async def _test(self, suite: Suite) -> Outcome:
        report = LOGS / f"release-{self.release.name}-{suite.threads}.xml"
        report.unlink(missing_ok=True)
        command, variables = command_of(suite, [f"--junitxml={report}"])
        code = await self._run(command, variables, SUITE_TIMEOUT_S)
        try:
            outcome = read_report(report.read_text())
        except (OSError, ParseError):
            outcome = Outcome(Counter(), (f"pytest, which reported nothing (exit code {code})",))
        if code and outcome.is_fine:
            # Every test passed, and then pytest itself, or Nova at exit, did not.
            outcome = Outcome(outcome.passed, (f"pytest's end (exit code {code})",))
        return outcome

    def _row(self, python: str, checked: str, result: str) -> Row:
        return Row(
            self.release.name,
            self.release.nova,
            python,
            locked_version("oslo-messaging", LOCKS / f"{self._environment.lock}.txt"),
            checked,
            result,
            f"{datetime.now(UTC):%Y-%m-%d}",
        )

    async def _run(
        self,
        command: list[str],
        variables: dict[str, str] | None = None,
        timeout_s: float | None = None,
    ) -> int:
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("ab") as log:
            log.write(f"\n$ {' '.join(command)}\n".encode())
            log.flush()
            process = await create_subprocess_exec(
                *command, stdin=DEVNULL, stdout=log, stderr=STDOUT, cwd=REPOSITORY, env=variables
            )
            try:
                async with asyncio.timeout(timeout_s):
                    return await process.wait()
            except TimeoutError:
                log.write(f"\nStopped: not done after {timeout_s} s\n".encode())
                return -signal.SIGINT
            finally:
                await _stop(process)


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    # pytest takes its time to stop what its tests have started.
    process.send_signal(signal.SIGINT)
    try:
        await asyncio.wait_for(process.wait(), STOP_TIMEOUT_S)
    except TimeoutError:
        process.kill()
        await process.wait()


async def _output(command: list[str]) -> str:
    process = await create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    output, _ = await process.communicate()
    return output.decode().strip()


def locked_version(package: str, lock: Path) -> str:
    """The version of ``package`` in ``lock``, or UNKNOWN."""
    if lock.exists():
        for line in lock.read_text().splitlines():
            name, _, rest = line.partition("==")
            if name.lower().replace(".", "-") == package:
                return rest.split()[0]
    return UNKNOWN
