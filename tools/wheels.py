"""Builds the wheels of our two distributions, offline, with the tools' own setuptools."""

import shutil
from pathlib import Path

from errors import SetupError
from places import CACHE, REPOSITORY
from progress import run
from stamp import digest, source_files
from uv import PYTHON

# The tests are not part of a wheel: editing one must not rebuild it.
NOT_PACKAGED = ("tests",)


def source_digest(distribution: str) -> str:
    """Changes whenever something that goes into the wheel of ``distribution`` does."""
    return digest(*source_files(REPOSITORY / distribution, NOT_PACKAGED))


def ensure_wheel(distribution: str, log: Path) -> Path:
    """Build the wheel of the folder ``distribution`` unless it is there; returns its path."""
    made_from = source_digest(distribution)
    kept = CACHE / "wheels" / distribution
    folder = kept / made_from[:16]
    found = list(folder.glob("*.whl"))
    if found:
        return found[0]
    shutil.rmtree(kept, ignore_errors=True)
    # In a copy, so that no build/ with files since deleted gets into the wheel.
    copy = CACHE / "build" / distribution
    shutil.rmtree(copy, ignore_errors=True)
    source = REPOSITORY / distribution
    for file in source_files(source, NOT_PACKAGED):
        target = copy / file.relative_to(source)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(file, target)
    unfinished = kept / "unfinished"
    run(
        f"wheel of {distribution}/",
        [
            PYTHON,
            "-m",
            "pip",
            "--disable-pip-version-check",
            "wheel",
            "--no-build-isolation",
            "--no-deps",
            "--no-index",
            "--wheel-dir",
            unfinished,
            copy,
        ],
        log,
        advice=f"Something in {distribution}/ cannot be packaged; the log says what.",
    )
    shutil.rmtree(copy)
    unfinished.rename(folder)
    found = list(folder.glob("*.whl"))
    if len(found) != 1:
        raise SetupError(f"{distribution}/ gave {len(found)} wheels in {folder} instead of one")
    return found[0]
