"""The locks hold what they are made for, and nothing that only one machine can use."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from places import LOCKS, REPOSITORY

ALL = sorted(LOCKS.glob("*.txt"))


def locked_versions(name: str) -> dict[str, str]:
    """Version by canonical package name of locks/<name>.txt."""
    found = re.findall(r"^([\w.-]+)==(\S+)", (LOCKS / f"{name}.txt").read_text(), re.MULTILINE)
    return {canonicalize_name(package): version for package, version in found}


@pytest.mark.parametrize("name", ["service", "dev", "nova-2026.2"])
def test_lock_satisfies_what_the_service_declares(name: str) -> None:
    project = tomllib.loads((REPOSITORY / "service" / "pyproject.toml").read_text())["project"]
    locked = locked_versions(name)
    for requirement in map(Requirement, project["dependencies"]):
        version = locked.get(canonicalize_name(requirement.name), "nothing")
        assert requirement.specifier.contains(version), f"{requirement}: locked is {version}"


@pytest.mark.parametrize("name", ["nova-2026.2", "nova-zed", "dev"])
def test_what_an_in_file_asks_for_is_locked(name: str) -> None:
    locked = locked_versions(name)
    for line in (LOCKS / f"{name}.in").read_text().splitlines():
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
