"""Writes every lock in locks/ anew from its .in file and service/pyproject.toml.

The locks name versions and hashes only, no place to download from. They are for
Linux; the hashes cover every file of a version, so that another processor works too.
A release of Nova has one lock for all of its Pythons.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import python2_lock
from alone import alone
from errors import SetupError
from places import LOCKS, LOGS, REPOSITORY
from progress import run
from releases import RELEASES, Release, version_key
from uv_command import UV, uv_environment

SERVICE = REPOSITORY / "service" / "pyproject.toml"
CURRENT = LOCKS / "constraints" / "nova-2026.2.txt"


@dataclass(frozen=True)
class Lock:
    """What locks/<name>.txt is resolved from, and the oldest Python that it is for."""

    sources: tuple[str | Path, ...]
    python: str = "3.11"
    # With markers for what newer Pythons need; uv has no option for where newer ends.
    for_newer_too: bool = False


def _lock_of(release: Release) -> Lock:
    sources: list[str | Path] = [LOCKS / f"nova-{release.name}.in"]
    if release.name == "2026.2":
        # The demo and the cross tests have Nova and the service in one environment.
        sources.append(SERVICE)
    oldest = min(release.pythons, key=version_key)
    return Lock(tuple(sources), oldest, for_newer_too=len(release.pythons) > 1)


SOURCES = {
    "tools": Lock((LOCKS / "tools.in",)),
    "build": Lock((LOCKS / "build.in",)),
    # Versions that are named one by one; which Python they are resolved on is no matter.
    "build-python2": Lock((LOCKS / "build-python2.in",)),
    "build-python3.8": Lock((LOCKS / "build-python3.8.in",), python="3.8"),
    "pip-9": Lock((LOCKS / "pip-9.in",)),
    "ceilometer": Lock((LOCKS / "ceilometer.in",)),
    "keystone": Lock((LOCKS / "keystone.in",)),
    "dev": Lock((LOCKS / "dev.in", SERVICE)),
    "docs": Lock((LOCKS / "docs.in",)),
    # For operators, who install the service in an environment of its own.
    "service": Lock((SERVICE, "--constraints", CURRENT)),
    **{f"nova-{release.name}": _lock_of(release) for release in RELEASES},
}


def _write(name: str) -> None:
    """Resolve locks/<name>.txt to the newest versions that its sources allow."""
    lock = SOURCES[name]
    log = LOGS / "lock.log"
    if lock.python == "2.7":
        python2_lock.write_lock(name, log)
        return
    # One version for all Pythons where there is one, rather than the newest for each.
    markers = ["--universal", "--fork-strategy", "fewest"] if lock.for_newer_too else []
    run(
        f"locks/{name}.txt",
        [
            UV, "pip", "compile", "--upgrade", "--generate-hashes",
            "--no-header", "--no-annotate", "--no-emit-index-url",
            "--python-version", lock.python, "--python", sys.executable, *markers,
            "--output-file", LOCKS / f"{name}.txt", *lock.sources,
        ],
        log,
        uv_environment(),
        advice="Above: two requirements that do not go together, or an index out of reach.",
    )  # fmt: skip


def write_locks(names: Sequence[str]) -> None:
    """Write the named locks, all when none is named."""
    if not SOURCES.keys() >= set(names):
        raise SetupError(f"Known locks: {', '.join(SOURCES)}; got: {' '.join(names)}")
    with alone():
        for name in names or SOURCES:
            _write(name)
