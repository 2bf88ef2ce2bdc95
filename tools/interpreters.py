"""Finds a Python of a given version on this machine, or has Debian's packages give one.

In this order: the Python that runs this; pyenv's; what PATH holds; and for the versions
that Debian 12 lacks, Debian 11's packages, unpacked below .cache/ (bullseye.py). With
``VIFCAST_PYTHONS=debian`` in the environment pyenv and PATH are passed over.

uv and nox would do for Python 3, but stop at pyenv's shims, do not look for the headers
and know no Python 2.7.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
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


def find(version: str) -> Path | None:
    """The Python of ``version`` ("3.9") that is here already; installs nothing."""
    if version == f"{sys.version_info[0]}.{sys.version_info[1]}":
        return Path(sys.executable)
    found = (proven(candidate, version) for candidate in _candidates(version))
    return next((python for python in found if python), None)


def ensure_one_of(versions: Sequence[str]) -> Path:
    """A Python of the first of ``versions`` that is here, else of the first that can be had."""
    for version in versions:
        if found := find(version):
            return found
    for version in versions:
        if version in bullseye.PACKAGES:
            candidate = bullseye.unpack(version)
            if python := proven(candidate, version):
                return python
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
            capture_output=True, text=True, timeout=PROOF_TIMEOUT_S, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return None
    its_version, _, path = answer.stdout.strip().partition(" ")
    return Path(path) if answer.returncode == 0 and its_version == version else None


def _candidates(version: str) -> Iterator[Path]:
    name = f"python{version}"
    if os.environ.get("VIFCAST_PYTHONS") != "debian":
        root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
        # A final release by its number, so that 3.9.18 comes before 3.9.2; no 3.13.0rc1, no 3.13t.
        final = re.compile(re.escape(version) + r"\.(\d+)")
        names = (final.fullmatch(path.name) for path in root.glob(f"versions/{version}.*"))
        for number in sorted((int(match[1]) for match in names if match), reverse=True):
            yield root / "versions" / f"{version}.{number}" / "bin" / name
        for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
            yield Path(folder, name)
    yield bullseye.python(version)
