"""Runs every check of the sources, all of them whatever they find, and sums up."""

import subprocess
import sys
import time
from pathlib import Path

from places import ENVIRONMENTS, REPOSITORY
from progress import say

BIN = ENVIRONMENTS / "dev" / "bin"
CHECKS: dict[str, list[str | Path]] = {
    "ruff check": [BIN / "ruff", "check", "--quiet", "--output-format=concise"],
    "ruff format": [BIN / "ruff", "format", "--check", "--quiet"],
    "mypy --strict": [BIN / "mypy"],
    "Python 2.7, 3.6 and 3.14 for nova-plugin/": [BIN / "python", "tools/check_old_python.py"],
    "what must not be in the repository": [sys.executable, "tools/check_repository.py"],
}
ADVICE = {"ruff format": "make format puts these files into shape."}


def main() -> int:
    """Run them; a check's output is shown when it fails. Returns 1 when one failed."""
    failed = []
    for title, command in CHECKS.items():
        started_at = time.monotonic()
        checked = subprocess.run(
            command,
            cwd=REPOSITORY,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        word = "FAILED" if checked.returncode else "fine"
        say(f"  {time.monotonic() - started_at:5.1f} s  {title}: {word}")
        if checked.returncode:
            failed.append(title)
            say(checked.stdout.rstrip())
            if title in ADVICE:
                say(ADVICE[title])
    if failed:
        say(f"\nlint: failed: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
