"""Finds a Python of a given version on this machine, or has Debian's packages give one.

In this order: the Python that runs this; pyenv's; what PATH holds; and for the versions
that Debian 12 lacks, Debian 11's packages, unpacked below .cache/ (bullseye.py). With
``VIFCAST_PYTHONS=debian`` in the environment pyenv and PATH are passed over.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import bullseye
from errors import SetupError

# Run by what was found, 2.7 or 3: a pyenv shim may answer with an error, a Python may have
# been compiled without a library, or come without the headers that compiling needs.
PROOF = """
import os, sys, sysconfig
import bz2, ctypes, sqlite3, ssl, zlib
headers = os.path.join(sysconfig.get_config_var("INCLUDEPY"), "Python.h")
assert os.path.exists(headers), "no " + headers
print("%d.%d %s" % (sys.version_info[0], sys.version_info[1], sys.executable))
"""
PROOF_TIMEOUT_S = 60


@dataclass(frozen=True)
class Interpreter:
    """A Python that works, and which it is ("3.9")."""

    version: str
    python: Path


def find(version: str) -> Interpreter | None:
    """The Python of ``version`` ("3.9") that is here already; installs nothing."""
    if version == f"{sys.version_info[0]}.{sys.version_info[1]}":
        return Interpreter(version, Path(sys.executable))
    for candidate in _candidates(version):
        python = proven(candidate, version)
        if python:
            return Interpreter(version, python)
    return None


def ensure(version: str) -> Interpreter:
    """``find``, or Debian 11's; raises SetupError when there is no way to have one."""
    return ensure_one_of([version])


def ensure_one_of(versions: Sequence[str]) -> Interpreter:
    """A Python of the first of ``versions`` that is here, else of the first that can be had."""
    for version in versions:
        found = find(version)
        if found:
            return found
    for version in versions:
        if version in bullseye.PACKAGES:
            candidate = bullseye.unpack(version)
            python = proven(candidate, version)
            if python:
                return Interpreter(version, python)
            raise SetupError(
                f"{candidate}, unpacked from Debian 11's packages, does not work here; this says"
                f" why: {candidate} -c '{PROOF.strip()}'"
            )
    raise SetupError(
        f"There is no Python {' or '.join(versions)} here, and Debian 11 and 12 have none to"
        f" offer. With pyenv: pyenv install {versions[0]}; or put one, with its headers, into PATH"
        f" as python{versions[0]}."
    )


def proven(python: Path, version: str) -> Path | None:
    """The program behind ``python``, if it runs, is of ``version`` and has what we need."""
    try:
        answer = subprocess.run(
            [python, "-c", PROOF],
            capture_output=True,
            text=True,
            timeout=PROOF_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    told, _, path = answer.stdout.strip().partition(" ")
    return Path(path) if answer.returncode == 0 and told == version else None


def _candidates(version: str) -> Iterator[Path]:
    if os.environ.get("VIFCAST_PYTHONS") != "debian":
        yield from _of_pyenv(version)
        for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
            python = Path(folder, f"python{version}")
            if python.exists():
                yield python
    unpacked = bullseye.python(version)
    if unpacked.exists():
        yield unpacked


def _of_pyenv(version: str) -> list[Path]:
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    # A final release by its number, so that 3.9.18 comes before 3.9.2; no 3.13.0rc1, no 3.13t.
    final = re.compile(re.escape(version) + r"\.(\d+)")
    found = [
        (int(match[1]), folder)
        for folder in root.glob(f"versions/{version}.*")
        if (match := final.fullmatch(folder.name))
    ]
    return [folder / "bin" / f"python{version}" for _, folder in sorted(found, reverse=True)]
