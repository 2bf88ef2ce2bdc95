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
from importlib import invalidate_caches
from importlib.util import find_spec
from pathlib import Path

from alone import alone
from command import exit_code
from errors import SetupError
from places import LOGS
from progress import run, say

POLICY = Path("/usr/sbin/policy-rc.d")


# What each package gives us, so that it is not installed where that is there already.
IS_PRESENT: dict[str, Callable[[], bool]] = {
    "python3-venv": lambda: find_spec("ensurepip") is not None,
    "build-essential": lambda: shutil.which("cc") is not None,
    "python3-dev": lambda: Path(sysconfig.get_path("include"), "Python.h").exists(),
    # The eventlet of old Novas asks for the number of "tcp" as it is imported.
    "netbase": lambda: Path("/etc/protocols").exists(),
    # Its start script, not /usr/sbin's wrapper, which looks for the system's own node.
    "rabbitmq-server": lambda: Path("/usr/lib/rabbitmq/bin/rabbitmq-server").exists(),
    "openssl": lambda: shutil.which("openssl") is not None,
    # The server alone: no service of its own, and no client.
    "mariadb-server-core": lambda: shutil.which("mariadbd", path=ADMIN_PATH) is not None,
    "postgresql-15": lambda: Path("/usr/lib/postgresql/15/bin/initdb").exists(),
    "debootstrap": lambda: shutil.which("debootstrap", path=ADMIN_PATH) is not None,
    "golang-go": lambda: shutil.which("go") is not None,
    "golang-github-rabbitmq-amqp091-go-dev": lambda: Path(
        "/usr/share/gocode/src/github.com/rabbitmq/amqp091-go"
    ).is_dir(),
    # Renders the man pages, as man does.
    "groff-base": lambda: shutil.which("groff") is not None,
    # Shells that complete the command line.
    "zsh": lambda: shutil.which("zsh") is not None,
    "fish": lambda: shutil.which("fish") is not None,
    # Starts as any user, on any port; the package's own service stays off.
    "memcached": lambda: shutil.which("memcached", path=ADMIN_PATH) is not None,
    "patch": lambda: shutil.which("patch") is not None,
    "nodejs": lambda: shutil.which("node") is not None,
    "chromium": lambda: shutil.which("chromium") is not None,
    "fonts-noto-cjk": lambda: Path("/usr/share/fonts/opentype/noto").is_dir(),
    "fonts-dejavu-core": lambda: Path("/usr/share/fonts/truetype/dejavu").is_dir(),
}
# What a package would start at the next boot, and the command that prevents it; by the
# file that comes with it: what was there before is the machine's own affair.
SWITCH_OFF = {
    "/usr/sbin/rabbitmq-server": ["update-rc.d", "rabbitmq-server", "disable"],
    "/usr/lib/postgresql/15/bin/initdb": ["systemctl", "disable", "postgresql.service"],
    "/usr/bin/memcached": ["systemctl", "disable", "memcached.service"],
    "/usr/bin/epmd": ["systemctl", "disable", "epmd.service", "epmd.socket"],
}
# dpkg wants the administrator's folders, whatever the caller's PATH is.
ADMIN_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def ensure(*packages: str) -> None:
    """Install those of ``packages`` that are missing; raises SetupError when that fails."""
    missing = [package for package in packages if not IS_PRESENT[package]()]
    if not missing:
        return
    names = " ".join(missing)
    by_hand = (
        "Run this as root, then make again: apt-get update &&"
        f" apt-get install --no-install-recommends {names}"
    )
    if shutil.which("apt-get") is None:
        raise SetupError(
            f"Missing Debian packages: {names}. This system has no apt-get. Install the same"
            " software with its own package manager, then run make again."
        )
    root = _root_prefix(names, by_hand)
    log = LOGS / "debian.log"
    log.unlink(missing_ok=True)
    say(f"Debian packages: {names}")
    as_root = [*root, "env", f"PATH={ADMIN_PATH}", "DEBIAN_FRONTEND=noninteractive"]
    apt = [*as_root, "apt-get", "-o", "DPkg::Lock::Timeout=300"]
    absent = [file for file in SWITCH_OFF if not Path(file).exists()]
    run("apt-get update", [*apt, "update"], log, advice=by_hand)
    with _services_not_started(root):
        run(
            f"apt-get install {names}",
            [*apt, "install", "--yes", "--no-install-recommends", *missing],
            log,
            advice=by_hand,
        )
    for file in absent:
        # Without systemd there is nothing to disable of systemd's.
        if Path(file).exists() and shutil.which(SWITCH_OFF[file][0], path=ADMIN_PATH):
            run(f"{file} stays off", [*as_root, *SWITCH_OFF[file]], log, advice=by_hand)
    invalidate_caches()
    still_missing = [package for package in missing if not IS_PRESENT[package]()]
    if still_missing:
        raise SetupError(
            f"apt-get installed {' '.join(still_missing)}, but {sys.executable} does not find it."
            f" Put Debian's own python3 first in PATH and run make again, or see {log}"
        )


def _root_prefix(names: str, by_hand: str) -> list[str]:
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") is None:
        raise SetupError(
            f"Missing Debian packages: {names}. This user is not root, and there is no sudo."
            f" {by_hand}"
        )
    say(f"Missing Debian packages: {names}. sudo may ask for your password.")
    # Asked for here, where the terminal is: the commands themselves write to a log.
    if subprocess.run(["sudo", "--validate"], stdout=sys.stderr, check=False).returncode:
        raise SetupError(f"Missing Debian packages: {names}. sudo refused this user. {by_hand}")
    return ["sudo", "--non-interactive"]


@contextlib.contextmanager
def _services_not_started(root: list[str]) -> Iterator[None]:
    """Have Debian's maintainer scripts start nothing (Debian policy 9.3.3.1, policy-rc.d)."""
    if POLICY.exists():
        # An administrator's own rule stays untouched; containers come with "deny all".
        asked = subprocess.run([*root, str(POLICY), "rabbitmq-server", "start"], check=False)
        if asked.returncode != 101:  # noqa: PLR2004 - "action forbidden by policy"
            raise SetupError(
                f"{POLICY} lets new services start on their default ports. Install the packages"
                " by hand, or let that file exit with 101 during the installation."
            )
        yield
        return
    deny = f"printf '#!/bin/sh\\nexit 101\\n' > {POLICY} && chmod 755 {POLICY}"
    if subprocess.run([*root, "sh", "-c", deny], check=False).returncode:
        raise SetupError(
            f"Cannot write {POLICY}, which prevents Debian from starting new services. Install the"
            " packages by hand."
        )
    try:
        yield
    finally:
        subprocess.run([*root, "rm", "-f", str(POLICY)], check=True)


def main(packages: list[str]) -> None:
    """Install the packages named on the command line."""
    if not IS_PRESENT.keys() >= set(packages):
        raise SetupError(f"Known packages: {', '.join(IS_PRESENT)}; got: {' '.join(packages)}")
    if not all(IS_PRESENT[package]() for package in packages):
        with alone():
            ensure(*packages)


if __name__ == "__main__":
    sys.exit(exit_code(lambda: main(sys.argv[1:])))
