"""What tests need of Nova's own distributions, below .cache/, by the hashes in locks/nova-*.txt.

The trees are the files that the source patch changes, out of each release's wheel; the samples
are Nova's notification samples, which only its source distribution has.
"""

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from alone import alone
from places import CACHE, LOCKS, LOGS
from progress import run
from releases import NEWEST, RELEASES, Release
from uv_command import PYTHON
from wheelhouse import entries

MADE_FROM = "made-from.txt"
TREES = CACHE / "nova-trees"
PATCHED = ("nova/__init__.py", "nova/compute/manager.py", "nova/rpc.py")


def tree(release: Release) -> Path:
    """The folder that holds the nova/ of this release; fetched when it is not there."""
    options = [
        "--only-binary", ":all:",
        # Not for the Python that runs this: for that release's own.
        "--platform", "any", "--implementation", "py", "--abi", "none",
        "--python-version", release.pythons[0],
    ]  # fmt: skip
    return _ensure(release, TREES / release.name, {name: name for name in PATCHED}, options)


def fetch_trees() -> None:
    """Fetch the trees that are not there."""
    with alone():
        for release in RELEASES:
            tree(release)


def fetch_samples() -> None:
    """Fetch the notification samples of the newest Nova, when they are not there."""
    inside = f"nova-{NEWEST.nova}/doc/notification_samples"
    with alone():
        _ensure(NEWEST, CACHE / "nova-samples", {inside: ""}, ["--no-binary", ":all:"])


def _ensure(release: Release, folder: Path, files: Mapping[str, str], options: list[str]) -> Path:
    """Have in ``folder`` these ``files`` of Nova's archive, by their paths in it, as named."""
    requirement = entries(LOCKS / f"nova-{release.name}.txt")["nova"]
    made_from = folder / MADE_FROM
    if made_from.exists() and made_from.read_text() == requirement:
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        (scratch / "requirement.txt").write_text(requirement)
        run(
            f"Nova {release.nova}",
            [PYTHON, "-m", "pip", "--disable-pip-version-check", "download", "--no-deps",
             "--require-hashes", *options, "--dest", scratch,
             "--requirement", scratch / "requirement.txt"],
            LOGS / "nova-sources.log",
            advice="Is a Python package index reachable? pip's own configuration is used for it.",
        )  # fmt: skip
        (archive,) = scratch.glob("nova-*")
        if archive.suffix == ".whl":
            shutil.unpack_archive(archive, scratch / "unpacked", "zip")
        else:
            shutil.unpack_archive(archive, scratch / "unpacked", filter="data")
        for inside, outside in files.items():
            (folder / outside).parent.mkdir(parents=True, exist_ok=True)
            shutil.move(scratch / "unpacked" / inside, folder / outside)
    made_from.write_text(requirement)
    return folder
