"""Environments of Python 2.7, which uv does not know: made by the last virtualenv that does."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import debian
import wheelhouse
from places import CACHE, LOCKS
from progress import run
from stamp import digest
from uv_command import TOOLS

BUILD_LOCK = LOCKS / "build-python2.txt"
BUILDER = CACHE / "build" / "python2.7"


def build(folder: Path, lock: Path, python: Path, log: Path) -> None:
    """Make ``folder`` anew, an environment of ``python`` with what ``lock`` names, no more.

    Raises SetupError as ``run`` does.
    """
    debian.ensure("netbase")
    # A wheel fits the Python that compiled it: the machine's own may differ from Debian's.
    made_with = hashlib.sha256(f"{digest(BUILD_LOCK)} {python}".encode()).hexdigest()[:16]
    house = CACHE / "wheelhouse" / f"python2.7-{made_with}"
    wanted = wheelhouse.entries(lock)
    if wheelhouse.kept(house, wanted).keys() != wanted.keys():
        make_builder(python, log)
        wheelhouse.fill(house, wanted, BUILDER, log)
    wheels = list(wheelhouse.kept(house, wanted).values())
    _make_environment(folder, python, log)
    install(folder, wheels, log, f"{len(wheels)} locked packages")


def install(folder: Path, wheels: Sequence[str | Path], log: Path, title: str) -> None:
    """Install ``wheels`` into the environment ``folder``, whatever they say that they need."""
    command = [*_pip_install(folder), "--no-index", "--no-deps", "--no-compile"]
    run(title, [*command, "--force-reinstall", *wheels], log)


def make_builder(python: Path, log: Path) -> None:
    """Make BUILDER, the environment that builds wheels."""
    debian.ensure("build-essential")
    _make_environment(BUILDER, python, log)
    run(
        "what wheels are built with",
        [*_pip_install(BUILDER), "--no-deps", "--requirement", BUILD_LOCK],
        log,
        {**wheelhouse.pip_environment(), **wheelhouse.HASHES_ONLY},
        advice="Is a Python package index reachable? pip's own configuration is used for it.",
    )


def _make_environment(folder: Path, python: Path, log: Path) -> None:
    run(
        "virtual environment of Python 2.7",
        [
            TOOLS / "bin" / "virtualenv", "--clear", "--no-download", "--no-periodic-update",
            # The user's own may hold other versions of pip.
            "--app-data", CACHE / "virtualenv", "--python", python, folder,
        ],
        log,
    )  # fmt: skip


def _pip_install(folder: Path) -> list[str | Path]:
    return [folder / "bin" / "python", "-W", "ignore", "-m", "pip", "install"]
