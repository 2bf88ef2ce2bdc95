"""The broker restarts under a real Nova and a real service; ``make restarts`` has forty."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parent.parent


@pytest.mark.timeout(900)
def test_restarts_of_the_broker_lose_and_double_nothing() -> None:
    paths = ("nova-plugin/tests", "tests/support")
    done = subprocess.run(
        [
            sys.executable, "-W", "ignore", "-m", "tests.restarts",
            "--restarts", "4", "--shortest-s", "0.5", "--longest-s", "2",
        ],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(str(REPOSITORY / p) for p in paths)},
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    last = done.stdout.splitlines()[-1] if done.stdout else ""
    assert done.returncode == 0, done.stdout + done.stderr
    assert last.startswith("RESTARTS restarts=4 sent="), last
    assert last.endswith(" lost=0 doubled=0"), last
