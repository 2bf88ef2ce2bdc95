"""How a suite is run: pytest's command line in the suite's environment."""

import os
import re

from places import ENVIRONMENTS, REPOSITORY
from plan import Suite

STOP_TIMEOUT_S = 25  # pytest takes its time to stop what its tests have started
NOTHING_COLLECTED = 5  # pytest's exit code


def session_of(suite: Suite) -> str:
    """The name of the suite's session."""
    return re.sub(r"[^\w.]+", "-", suite.title.lower())


def command_of(suite: Suite, arguments: list[str]) -> tuple[list[str], dict[str, str]]:
    """The command, to be run in the repository's root, and what it adds to the environment."""
    # Tools that belong to an environment are found by name, as in a shell where it is active.
    folder = ENVIRONMENTS / suite.environment / "bin"
    variables = {"PATH": f"{folder}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}
    if suite.threads:
        variables["VIFCAST_TEST_THREADS"] = suite.threads
    if suite.uses_lab:
        # As the Makefile has it: what the tests start finds the lab, too, and what helps the tests.
        lab = (REPOSITORY / "nova-plugin" / "tests", REPOSITORY / "tests" / "support")
        variables["PYTHONPATH"] = os.pathsep.join(map(str, lab))
    command = [str(folder / "python"), "-m", "pytest", "-c", suite.configuration, *suite.paths]
    if suite.workers > 1:
        # A file at a time: what a module has started serves all of its tests.
        command += ["--numprocesses", str(suite.workers), "--dist", "loadfile"]
    return [*command, *arguments], variables
