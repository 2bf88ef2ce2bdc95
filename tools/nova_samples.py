"""Fetches Nova's own notification samples, which only its source distribution has.

``python3 tools/nova_samples.py`` puts doc/notification_samples of the newest release into
.cache/nova-samples/, as locks/nova-samples.txt pins it. With ``--lock`` it writes that lock
anew.
"""

import hashlib
import shutil
import sys
import tarfile
import tempfile
from pathlib import Path

from alone import alone
from command import exit_code
from errors import SetupError
from places import CACHE, LOCKS, LOGS
from progress import run, say
from releases import NEWEST
from uv import PYTHON, ensure_uv

SAMPLES = CACHE / "nova-samples"
LOCK = LOCKS / "nova-samples.txt"
INSIDE = "doc/notification_samples/"
LOG = LOGS / "nova-samples.log"
MADE_FROM = "made-from.txt"


def ensure_samples() -> Path:
    """The folder that holds the samples; fetched when they are not there."""
    line = LOCK.read_text()
    made_from = SAMPLES / MADE_FROM
    if made_from.exists() and made_from.read_text() == line:
        return SAMPLES
    say(f"Notification samples of Nova {NEWEST.nova}")
    shutil.rmtree(SAMPLES, ignore_errors=True)
    with tempfile.TemporaryDirectory() as scratch:
        with tarfile.open(download(line, Path(scratch))) as packed:
            for member in packed:
                _, _, name = member.name.partition("/")
                if member.isfile() and name.startswith(INSIDE):
                    member.name = name.removeprefix(INSIDE)
                    packed.extract(member, SAMPLES, filter="data")
        made_from.write_text(line)
    return SAMPLES


def download(requirement: str, folder: Path) -> Path:
    """The source distribution that ``requirement``, the line of the lock, names."""
    wanted = folder / "requirement.txt"
    wanted.write_text(requirement)
    options = ["--require-hashes"] if "--hash" in requirement else []
    run(
        f"Nova {NEWEST.nova}",
        [
            PYTHON, "-m", "pip", "--disable-pip-version-check", "download", "--no-deps", *options,
            "--no-binary", ":all:", "--dest", folder, "--requirement", wanted,
        ],
        LOG,
        advice="Is a Python package index reachable? pip's own configuration is used for it.",
    )  # fmt: skip
    return next(folder.glob("*.tar.gz"))


def write_lock() -> None:
    """Write the lock from what the index has."""
    with tempfile.TemporaryDirectory() as scratch:
        sdist = download(f"nova=={NEWEST.nova}\n", Path(scratch))
        sha = hashlib.sha256(sdist.read_bytes()).hexdigest()
    LOCK.write_text(f"nova=={NEWEST.nova} --hash=sha256:{sha}\n")


def main(arguments: list[str]) -> None:
    """Fetch, or lock."""
    if arguments not in ([], ["--lock"]):
        raise SetupError(f"python3 tools/nova_samples.py [--lock]; got: {' '.join(arguments)}")
    with alone():
        ensure_uv()
        LOG.unlink(missing_ok=True)
        if arguments:
            write_lock()
        else:
            ensure_samples()


if __name__ == "__main__":
    sys.exit(exit_code(lambda: main(sys.argv[1:])))
