"""Makes sure that Debian packages are there, with root or sudo, and starts no service.

Command line: ``python3 tools/debian.py rabbitmq-server``.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

from errors import SetupError
from places import LOGS
from progress import run, say

POLICY = Path("/usr/sbin/policy-rc.d")


def _has_compiler() -> bool:
    headers = Path(sysconfig.get_path("include")) / "Python.h"
    return shutil.which("cc") is not None and headers.exists()


# What each package gives us, so that it is not installed where that is there already.
IS_PRESENT: dict[str, Callable[[], bool]] = {
    "python3-venv": lambda: find_spec("ensurepip") is not None,
    "build-essential": _has_compiler,
    "python3-dev": _has_compiler,
    # Its start script, not /usr/sbin's wrapper, which looks for the system's own node.
    "rabbitmq-server": lambda: Path("/usr/lib/rabbitmq/bin/rabbitmq-server").exists(),
    "chromium": lambda: shutil.which("chromium") is not None,
}
SERVICES = {"rabbitmq-server": "rabbitmq-server"}


def ensure(*packages: str) -> None:
    """Install those of ``packages`` that are missing; raises SetupError when that fails."""
    missing = [package for package in packages if not IS_PRESENT[package]()]
    if not missing:
        return
    names = " ".join(missing)
    by_hand = f"As root: apt-get update && apt-get install --no-install-recommends {names}"
    if shutil.which("apt-get") is None:
        raise SetupError(
            f"Missing: {names}, and there is no apt-get here. Install what these Debian packages"
            " hold with this system's own package manager."
        )
    root = _root_prefix(names, by_hand)
    log = LOGS / "debian.log"
    log.unlink(missing_ok=True)
    say(f"Debian packages: {names}")
    apt = [
        *root,
        "env",
        "DEBIAN_FRONTEND=noninteractive",
        "apt-get",
        "-o",
        "DPkg::Lock::Timeout=300",
    ]
    run("apt-get update", [*apt, "update"], log, advice=by_hand)
    with _services_not_started(root):
        run(
            f"apt-get install {names}",
            [*apt, "install", "--yes", "--no-install-recommends", *missing],
            log,
            advice=by_hand,
        )
    for package in missing:
        if package in SERVICES and shutil.which("systemctl"):
            # Installed for the tests alone: it must not be up after the next boot either.
            run(
                f"systemctl disable {SERVICES[package]}",
                [*root, "systemctl", "disable", SERVICES[package]],
                log,
            )
    still_missing = [package for package in missing if not IS_PRESENT[package]()]
    if still_missing:
        raise SetupError(
            f"apt-get installed {' '.join(still_missing)}, but what was wanted of it is not there"
            f" for {sys.executable}. Run make with Debian's own python3 first in PATH, or see {log}"
        )


def _root_prefix(names: str, by_hand: str) -> list[str]:
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") is None:
        raise SetupError(f"Missing: {names}, and this is neither root nor is there sudo. {by_hand}")
    say(f"Missing: {names}. sudo may ask for your password.")
    # Asked for here, where the terminal is: the commands themselves write to a log.
    if subprocess.run(["sudo", "--validate"], stdout=sys.stderr, check=False).returncode:
        raise SetupError(f"Missing: {names}, and sudo refused. {by_hand}")
    return ["sudo", "--non-interactive"]


@contextlib.contextmanager
def _services_not_started(root: list[str]) -> Iterator[None]:
    """Have Debian's maintainer scripts start nothing (Debian policy 9.3.3.1, policy-rc.d)."""
    if POLICY.exists():
        # An administrator's own rule stays untouched; containers come with "deny all".
        asked = subprocess.run([*root, str(POLICY), "rabbitmq-server", "start"], check=False)
        if asked.returncode != 101:  # noqa: PLR2004 - "action forbidden by policy"
            raise SetupError(
                f"{POLICY} would let a new service start on its default port. Install the"
                " package by hand, or have that file answer 101 meanwhile."
            )
        yield
        return
    subprocess.run(
        [*root, "sh", "-c", f"printf '#!/bin/sh\\nexit 101\\n' > {POLICY} && chmod 755 {POLICY}"],
        check=True,
    )
    try:
        yield
    finally:
        subprocess.run([*root, "rm", "-f", str(POLICY)], check=True)


def main() -> int:
    """Install the packages named on the command line; returns the exit code."""
    try:
        ensure(*sys.argv[1:])
    except SetupError as error:
        say(f"\n{error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
