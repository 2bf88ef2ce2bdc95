"""Builds the wheels of our two distributions with uv, offline, with the tools' own setuptools."""

import shutil
from pathlib import Path

from places import CACHE, REPOSITORY
from progress import run
from stamp import digest
from uv_command import PYTHON, UV, uv_environment

DISTRIBUTIONS = ("nova-plugin", "service")
# The tests are not part of a wheel: editing one must not rebuild it.
LEFT_OUT = {"tests", "build", "dist", "__pycache__"}


def source_files(folder: Path) -> list[Path]:
    """Files under ``folder`` that a wheel may be made of: no tests, caches or build results."""
    return [
        path
        for path in sorted(folder.rglob("*"))
        if LEFT_OUT.isdisjoint(parts := path.relative_to(folder).parts)
        and not any(part.endswith((".egg-info", "_cache", ".pyc")) for part in parts)
        and path.is_file()
    ]


def source_digest(distribution: str) -> str:
    """Changes whenever something that goes into the wheel of ``distribution`` does."""
    return digest(*source_files(REPOSITORY / distribution))


def ensure_wheel(distribution: str, log: Path) -> Path:
    """Build the wheel of the folder ``distribution`` unless it is there; returns its path."""
    kept = CACHE / "wheels" / distribution
    folder = kept / source_digest(distribution)[:16]
    if not folder.exists():
        shutil.rmtree(kept, ignore_errors=True)
        # In a copy: setuptools leaves build/ and an .egg-info, whose old files would get into
        # the next wheel, and whose entry points into a Python with the sources in its path.
        copy = CACHE / "build" / distribution
        shutil.rmtree(copy, ignore_errors=True)
        for file in source_files(REPOSITORY / distribution):
            target = copy / file.relative_to(REPOSITORY / distribution)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, target)
        unfinished = kept / "unfinished"
        run(
            f"wheel of {distribution}/",
            [UV, "build", "--wheel", "--offline", "--no-build-isolation", "--python", PYTHON,
             "--out-dir", unfinished, copy],
            log,
            uv_environment(),
            advice=f"Something in {distribution}/ cannot be packaged; the log says what.",
        )  # fmt: skip
        shutil.rmtree(copy)
        unfinished.rename(folder)
    (wheel,) = folder.glob("*.whl")
    return wheel


def put_into_dist() -> None:
    """Put both wheels into dist/, to be installed elsewhere; print their paths."""
    folder = REPOSITORY / "dist"
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.whl"):
        old.unlink()
    for distribution in DISTRIBUTIONS:
        wheel = ensure_wheel(distribution, CACHE / "log" / "wheels.log")
        shutil.copy2(wheel, folder)
        print(f"dist/{wheel.name}")
