"""Wheels for Python 2.7, each built once by the pip of that Python and kept by its lock entry.

Four releases of Nova share many packages; a build that is interrupted goes on from what
it had finished.
"""

import hashlib
import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from errors import SetupError
from progress import environment, run
from uv_command import SYSTEM_CERTIFICATES

# The index answers slowly and one package at a time: more at once than there are cores.
BUILDS_AT_ONCE = 4
PACKAGES_PER_BUILD = 8
SETTINGS = {
    # Nothing here has to be fast, and a C compiler takes most of its time to make it so.
    "CFLAGS": "-O0",
    "PYTHONWARNINGS": "ignore",
    "PIP_NO_PYTHON_VERSION_WARNING": "1",
}
# For this pip and for the pip that an old setup.py starts: what that one fetches has no
# hash, so it fails; such a package belongs into locks/build-python2.in.
HASHES_ONLY = {"PIP_REQUIRE_HASHES": "1"}


def pip_environment() -> dict[str, str]:
    """The environment to run the pip of Python 2.7 in."""
    settings = dict(SETTINGS)
    given = {"REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"} & os.environ.keys()
    if SYSTEM_CERTIFICATES.exists() and not given:
        # pip of 2020 brings the certificates of 2020; pip's own setting "cert" still wins.
        settings["REQUESTS_CA_BUNDLE"] = str(SYSTEM_CERTIFICATES)
    return environment(**settings)


def entries(lock: Path) -> dict[str, str]:
    """What ``lock`` says of each package, by its canonical name: version and hashes."""
    texts = re.split(r"^(?=[\w.-]+==)", lock.read_text(), flags=re.MULTILINE)[1:]
    return {canonical(text.partition("==")[0]): text for text in texts}


def canonical(name: str) -> str:
    """The one spelling of a package's name (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def kept(house: Path, wanted: Mapping[str, str]) -> dict[str, Path]:
    """Those wheels of the entries ``wanted`` that ``house`` has, by canonical name."""
    found = {name: list(place(house, entry).glob("*.whl")) for name, entry in wanted.items()}
    return {name: wheels[0] for name, wheels in found.items() if wheels}


def fill(house: Path, wanted: Mapping[str, str], builder: Path, log: Path) -> None:
    """Build what ``house`` lacks of ``wanted`` in the environment ``builder``.

    Raises SetupError when a package cannot be fetched or built, or is not what the lock
    says; the wheels that could be made are kept.
    """
    missing = sorted(wanted.keys() - kept(house, wanted).keys())
    unfinished = house / "unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    batches = []
    for first in range(0, len(missing), PACKAGES_PER_BUILD):
        batch = unfinished / f"{first}.txt"
        batch.write_text("".join(wanted[n] for n in missing[first : first + PACKAGES_PER_BUILD]))
        batches.append(str(batch))
    listed = unfinished / "batches"
    listed.write_text("\0".join(batches))
    try:
        run(
            f"wheels of {len(missing)} packages",
            [
                "xargs", "--null", "--arg-file", listed,
                "--max-procs", str(BUILDS_AT_ONCE), "--max-args", "1",
                builder / "bin" / "python", "-m", "pip", "--quiet", "wheel",
                "--no-deps", "--no-build-isolation", "--wheel-dir", unfinished, "--requirement",
            ],
            log,
            {**pip_environment(), **HASHES_ONLY},
            advice="Is a Python package index reachable? The same make again goes on from here.",
        )  # fmt: skip
    except SetupError:
        # Not when interrupted: a pip may be at its last wheel still.
        _keep(unfinished, house, wanted)
        raise
    _keep(unfinished, house, wanted)
    absent = wanted.keys() - kept(house, wanted).keys()
    if absent:
        raise SetupError(f"pip made no wheel of {', '.join(sorted(absent))}; its log: {log}")


def _keep(unfinished: Path, house: Path, wanted: Mapping[str, str]) -> None:
    for wheel in unfinished.glob("*.whl"):
        folder = place(house, wanted[canonical(wheel.name.partition("-")[0])])
        folder.mkdir(exist_ok=True)
        wheel.rename(folder / wheel.name)
    shutil.rmtree(unfinished)


def place(house: Path, entry: str) -> Path:
    """The folder in ``house`` for the wheel of one lock ``entry``."""
    return house / hashlib.sha256(entry.encode()).hexdigest()[:16]
