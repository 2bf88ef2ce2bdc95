"""A Debian 12 with Debian's Nova in a folder, and commands in it."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

SUITE = "bookworm"
PACKAGES = ("nova-compute", "ca-certificates")
_INSTALLED = "installed-by-make-distribution"


class FailedError(Exception):
    """A command did not do what it should have done."""


class Debian:
    """``folder`` is its root; it is made once, and stays."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def make(self) -> None:
        """Bootstrap it and install Nova, unless it is there already; some minutes."""
        if (self.folder / _INSTALLED).exists():
            return
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        print(f"debootstrap {SUITE}, and nova-compute of Debian: some minutes", flush=True)
        _run(["debootstrap", "--variant=minbase", SUITE, str(self.folder), _mirror()])
        # No package starts a service.
        policy = self.folder / "usr/sbin/policy-rc.d"
        policy.write_text("#!/bin/sh\nexit 101\n")
        policy.chmod(0o755)
        sources = "\n".join(f"deb {line}" for line in _sources())
        (self.folder / "etc/apt/sources.list").write_text(sources + "\n")
        for name in ("resolv.conf", "hosts"):
            shutil.copy2(Path("/etc") / name, self.folder / "etc" / name)
        self.run("apt-get update")
        self.run(f"apt-get install --yes --no-install-recommends {' '.join(PACKAGES)}")
        shutil.copy2(self.folder / "etc/nova/nova.conf", self.folder / "etc/nova/nova.conf.debian")
        (self.folder / _INSTALLED).touch()

    def renew(self) -> None:
        """Take away what an earlier run has installed and written."""
        shutil.rmtree(self.folder / "usr/local", ignore_errors=True)
        shutil.copy2(self.folder / "etc/nova/nova.conf.debian", self.folder / "etc/nova/nova.conf")
        shutil.rmtree(self.folder / "var/lib/nova/vifcast", ignore_errors=True)

    def run(self, line: str, *, fails: bool = False, user: str = "root") -> str:
        """Run a line of shell in it; what it printed. Raises FailedError."""
        return _run(self.command(line, user), fails=fails)

    def command(self, line: str, user: str = "root") -> list[str]:
        """The words that run it, with /proc as in a running system."""
        inside = (
            f'mount -t proc proc "$0/proc" && exec chroot --userspec={user} "$0" /bin/sh -c "$1"'
        )
        line = f"export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 HOME=/root; cd /root; {line}"
        return ["unshare", "--mount", "/bin/sh", "-c", inside, str(self.folder), line]


def _run(command: list[str], *, fails: bool = False) -> str:
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, check=False,
    )  # fmt: skip
    if bool(done.returncode) != fails:
        raise FailedError(f"{command[-1]}: exit code {done.returncode}\n{done.stdout}")
    return done.stdout


def _sources() -> Iterator[str]:
    """``SITE SUITE main`` of the machine's own Debian mirror."""
    format_ = "$(SITE) $(RELEASE) $(COMPONENT)"
    output = _run(["apt-get", "indextargets", "--format", format_, "Created-By: Packages"])
    for line in dict.fromkeys(output.splitlines()):
        _, release, component = line.split()
        if release.startswith(SUITE) and component == "main":
            yield line


def _mirror() -> str:
    return next(line.split()[0] for line in _sources() if line.split()[1] == SUITE)
