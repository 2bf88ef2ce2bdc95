"""A few kills between bus and receivers; ``make chaos`` is 300 of them, on every database."""

import os
import re
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[3]


def test_every_event_reaches_every_subscriber_in_order_whoever_is_killed() -> None:
    command = [sys.executable, "-W", "ignore", "-m", "tests.chaos", "--databases", "postgresql"]
    variables = os.environ | {"PYTHONPATH": str(REPOSITORY / "tests" / "support")}
    done = subprocess.run(
        [*command, "--kills", "5"],
        cwd=REPOSITORY,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^CHAOS .* kills=[5-9] .* lost=0 disordered=0$", done.stdout, re.MULTILINE)
