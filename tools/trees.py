"""Fetches the sources that the source patch is for, out of each release's wheel.

``python3 tools/trees.py`` puts the two files that are patched into
.cache/nova-trees/<release>/nova/, as locks/nova-trees.txt pins them. With ``--lock`` it
writes that lock anew, for the versions in releases.py.
"""

import hashlib
import shutil
import sys
import tempfile
import zipfile
from pathlib import Path

from alone import alone
from command import exit_code
from errors import SetupError
from places import CACHE, LOCKS, LOGS
from progress import run, say
from releases import RELEASES, Release
from uv import PYTHON, ensure_uv

TREES = CACHE / "nova-trees"
LOCK = LOCKS / "nova-trees.txt"
FILES = ("nova/__init__.py", "nova/compute/manager.py", "nova/rpc.py")
LOG = LOGS / "nova-trees.log"
MADE_FROM = "made-from.txt"


def locked(release: Release) -> str:
    """The line of the lock for ``release``; raises SetupError where there is none."""
    for line in LOCK.read_text().splitlines():
        if line.startswith(f"nova=={release.nova} "):
            return line
    raise SetupError(f"{LOCK} does not have nova=={release.nova}: make lock writes it anew")


def ensure_tree(release: Release) -> Path:
    """The folder that holds nova/ of this release; fetched when it is not there."""
    line = locked(release)
    folder = TREES / release.name
    made_from = folder / MADE_FROM
    if made_from.exists() and made_from.read_text() == line:
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    with tempfile.TemporaryDirectory() as scratch:
        wheel = download(release, line, Path(scratch))
        with zipfile.ZipFile(wheel) as packed:
            for name in FILES:
                packed.extract(name, folder)
    made_from.write_text(line)
    return folder


def download(release: Release, requirement: str, folder: Path) -> Path:
    """The wheel of Nova that ``requirement``, a line of a lock, names."""
    wanted = folder / "requirement.txt"
    wanted.write_text(requirement + "\n")
    options = ["--require-hashes"] if "--hash" in requirement else []
    run(
        f"Nova {release.nova}",
        [
            PYTHON, "-m", "pip", "--disable-pip-version-check", "download", "--no-deps", *options,
            # Not for the Python that runs this: for that release's own.
            "--only-binary", ":all:", "--platform", "any", "--implementation", "py",
            "--abi", "none", "--python-version", release.pythons[0],
            "--dest", folder, "--requirement", wanted,
        ],
        LOG,
        advice="Is a Python package index reachable? pip's own configuration is used for it.",
    )  # fmt: skip
    return next(folder.glob("*.whl"))


def write_lock() -> None:
    """Write the lock from what the index has."""
    lines = []
    for release in RELEASES:
        with tempfile.TemporaryDirectory() as scratch:
            wheel = download(release, f"nova=={release.nova}", Path(scratch))
            sha = hashlib.sha256(wheel.read_bytes()).hexdigest()
        lines.append(f"nova=={release.nova} --hash=sha256:{sha}\n")
    LOCK.write_text("".join(lines))


def main(arguments: list[str]) -> None:
    """Fetch, or lock."""
    if arguments not in ([], ["--lock"]):
        raise SetupError(f"python3 tools/trees.py [--lock]; got: {' '.join(arguments)}")
    with alone():
        ensure_uv()
        LOG.unlink(missing_ok=True)
        if arguments:
            write_lock()
            return
        missing = [r for r in RELEASES if not (TREES / r.name / MADE_FROM).exists()]
        if missing:
            say(f"Sources of {len(missing)} releases of Nova")
        for release in RELEASES:
            ensure_tree(release)


if __name__ == "__main__":
    sys.exit(exit_code(lambda: main(sys.argv[1:])))
