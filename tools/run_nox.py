"""Runs nox; installs it first, with uv and virtualenv, by hash into .venv/tools.

``python3 tools/run_nox.py --session lint``: nox's own arguments. Needs nothing but Python
3.11 and, where python3-venv is missing, root or sudo.
"""

import os
import sys
from pathlib import Path

import debian
from alone import alone
from command import exit_code
from errors import SetupError
from places import LOCKS, LOGS, REPOSITORY
from progress import run, say
from stamp import digest, read_stamp, remove_stamp, write_stamp
from uv_command import PYTHON, TOOLS

LOCK = LOCKS / "tools.txt"
LOCKED_FOR = (3, 11)


def ensure_tools() -> None:
    """Build .venv/tools, unless it is there and current."""
    if sys.version_info[:2] != LOCKED_FOR:
        raise SetupError(
            f"python3 is {sys.version.split()[0]}, but everything here is locked for Python 3.11"
            " (Debian 12's). Say where it is: make PYTHON=python3.11"
        )
    wanted = {"lock": digest(LOCK)}
    with alone():
        if read_stamp(TOOLS) == wanted:
            return
        debian.ensure("python3-venv")
        say("Tools: nox, uv, and what builds our own wheels")
        log = LOGS / "tools.log"
        log.unlink(missing_ok=True)
        remove_stamp(TOOLS)
        run("virtual environment", [sys.executable, "-m", "venv", "--clear", TOOLS], log)
        run(
            "tools from their lock",
            [PYTHON, "-m", "pip", "--disable-pip-version-check", "install", "--require-hashes",
             "--no-deps", "--only-binary", ":all:", "--requirement", LOCK],
            log,
            advice="Is a Python package index reachable? pip's own configuration is used for it.",
        )  # fmt: skip
        write_stamp(TOOLS, wanted)


def main() -> None:
    """Become nox."""
    ensure_tools()
    noxfile = str(REPOSITORY / "noxfile.py")
    sessions = str(Path(__file__).with_name("run_sessions.py"))
    os.execv(PYTHON, [str(PYTHON), sessions, "--noxfile", noxfile, *sys.argv[1:]])  # noqa: S606


if __name__ == "__main__":
    sys.exit(exit_code(main))
