"""The locks hold what they are made for, and nothing that only one machine can use."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from places import LOCKS, REPOSITORY
from releases import RELEASES, Release

ALL = sorted(LOCKS.glob("*.txt"))
IN_FILES = sorted(LOCKS.glob("*.in"))


def versions(file: Path) -> set[tuple[str, str, str]]:
    """Canonical package name, version and marker of every line ``name==version`` in ``file``."""
    lines = re.findall(r"^[\w.-]+==[^\\\n]+", file.read_text(), re.MULTILINE)
    return {
        (
            canonicalize_name(requirement.name),
            str(requirement.specifier).removeprefix("=="),
            str(requirement.marker or ""),
        )
        for requirement in map(Requirement, lines)
    }


def locked_versions(name: str) -> dict[str, str]:
    """Version by canonical package name of locks/<name>.txt."""
    return {package: version for package, version, _ in versions(LOCKS / f"{name}.txt")}


@pytest.mark.parametrize("name", ["service", "dev", "nova-2026.2"])
def test_lock_satisfies_what_the_service_declares(name: str) -> None:
    project = tomllib.loads((REPOSITORY / "service" / "pyproject.toml").read_text())["project"]
    locked = locked_versions(name)
    for requirement in map(Requirement, project["dependencies"]):
        version = locked.get(canonicalize_name(requirement.name), "nothing")
        assert requirement.specifier.contains(version), f"{requirement}: locked is {version}"


@pytest.mark.parametrize("file", IN_FILES, ids=lambda path: path.name)
def test_what_an_in_file_asks_for_is_locked(file: Path) -> None:
    locked = locked_versions(file.stem)
    for line in file.read_text().splitlines():
        if line and not line.startswith(("#", "-")):
            requirement = Requirement(line)
            version = locked.get(canonicalize_name(requirement.name), "nothing")
            assert requirement.specifier.contains(version), f"{line}: locked is {version}"


@pytest.mark.parametrize("lock", ALL, ids=lambda path: path.name)
def test_every_locked_version_has_hashes_and_no_address(lock: Path) -> None:
    text = lock.read_text()
    entries = re.split(r"^(?=[\w.-]+==)", text, flags=re.MULTILINE)[1:]
    assert entries
    assert all("--hash=sha256:" in entry for entry in entries)
    assert "://" not in text


@pytest.mark.parametrize("release", RELEASES, ids=lambda release: release.name)
def test_lock_of_a_release_is_of_its_nova_and_its_constraints(release: Release) -> None:
    assert locked_versions(f"nova-{release.name}")["nova"] == release.nova
    constraints = versions(LOCKS / "constraints" / f"nova-{release.name}.txt")
    assert constraints
    allowed = {(package, version) for package, version, _ in constraints}
    constrained = {package for package, _ in allowed}
    locked = versions(LOCKS / f"nova-{release.name}.txt")
    assert {(p, version) for p, version, _ in locked if p in constrained} <= allowed
