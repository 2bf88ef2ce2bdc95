"""What tests need of Nova's own distributions, below .cache/, by the hashes in locks/.

The trees are the files that the source patch changes, out of each release's wheel; the samples
are Nova's notification samples, which only its source distribution has.
"""

import hashlib
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from alone import alone
from errors import SetupError
from places import CACHE, LOCKS, LOGS
from progress import run
from releases import NEWEST, RELEASES, Release
from uv_command import PYTHON

LOG = LOGS / "nova-sources.log"
MADE_FROM = "made-from.txt"


@dataclass(frozen=True)
class Sources:
    """Files of one release: where each is in its archive, and where below ``folder`` it goes."""

    release: Release
    folder: Path
    files: dict[str, str]
    lock: Path
    # How pip chooses the archive: not for the Python that runs this.
    options: tuple[str, ...]

    def locked(self) -> str:
        """The line of the lock; raises SetupError where there is none."""
        for line in self.lock.read_text().splitlines():
            if line.startswith(f"nova=={self.release.nova} "):
                return line
        raise SetupError(
            f"{self.lock} does not have nova=={self.release.nova}: make lock writes it anew"
        )

    def ensure(self) -> Path:
        """The folder; fetched when it is not there."""
        line = self.locked()
        made_from = self.folder / MADE_FROM
        if made_from.exists() and made_from.read_text().rstrip() == line:
            return self.folder
        shutil.rmtree(self.folder, ignore_errors=True)
        with tempfile.TemporaryDirectory() as scratch:
            archive, unpacked = self._download(line, Path(scratch)), Path(scratch, "unpacked")
            if archive.suffix == ".whl":
                shutil.unpack_archive(archive, unpacked, "zip")
            else:
                shutil.unpack_archive(archive, unpacked, filter="data")
            for inside, name in self.files.items():
                (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.move(unpacked / inside, self.folder / name)
        made_from.write_text(line)
        return self.folder

    def newly_locked(self) -> str:
        """The line of the lock for what the index has now."""
        with tempfile.TemporaryDirectory() as scratch:
            archive = self._download(f"nova=={self.release.nova}", Path(scratch))
            sha = hashlib.sha256(archive.read_bytes()).hexdigest()
        return f"nova=={self.release.nova} --hash=sha256:{sha}\n"

    def _download(self, requirement: str, folder: Path) -> Path:
        wanted = folder / "requirement.txt"
        wanted.write_text(requirement + "\n")
        hashes = ["--require-hashes"] if "--hash" in requirement else []
        run(
            f"Nova {self.release.nova}",
            [PYTHON, "-m", "pip", "--disable-pip-version-check", "download", "--no-deps", *hashes,
             *self.options, "--dest", folder, "--requirement", wanted],
            LOG,
            advice="Is a Python package index reachable? pip's own configuration is used for it.",
        )  # fmt: skip
        (archive,) = folder.glob("nova-*")
        return archive


def tree(release: Release) -> Sources:
    """The files that the source patch changes."""
    files = ("nova/__init__.py", "nova/compute/manager.py", "nova/rpc.py")
    options = (
        "--only-binary", ":all:", "--platform", "any", "--implementation", "py", "--abi", "none",
        "--python-version", release.pythons[0],
    )  # fmt: skip
    folder = CACHE / "nova-trees" / release.name
    lock = LOCKS / "nova-trees.txt"
    return Sources(release, folder, {name: name for name in files}, lock, options)


TREES = [tree(release) for release in RELEASES]
SAMPLES = Sources(
    NEWEST,
    CACHE / "nova-samples",
    {f"nova-{NEWEST.nova}/doc/notification_samples": ""},
    LOCKS / "nova-samples.txt",
    ("--no-binary", ":all:"),
)


def ensure(sources: Sequence[Sources]) -> None:
    """Fetch those that are not there."""
    with alone():
        for each in sources:
            each.ensure()


def write_lock(sources: Sequence[Sources]) -> None:
    """Write the lock of ``sources``, which share one, from what the index has."""
    sources[0].lock.write_text("".join([each.newly_locked() for each in sources]))
