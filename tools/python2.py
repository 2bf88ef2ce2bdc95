"""Environments of Python 2.7, which uv does not know: made by the last virtualenv that does.

Each package of a lock becomes a wheel once, by the pip of that Python, checked against
the lock's hashes, and is kept in .cache/wheelhouse by its lock entry: a package that four
releases share is built once. What is installed are those wheels and nothing else.
"""

import hashlib
import re
import shutil
from pathlib import Path

import debian
from errors import SetupError
from places import CACHE, LOCKS
from progress import environment, run
from stamp import digest
from uv import TOOLS, ensure_uv

BUILD_LOCK = LOCKS / "build-python2.txt"
# The index answers slowly and one package at a time: more at once than there are cores.
BUILDS_AT_ONCE = 4
PACKAGES_PER_BUILD = 8
# Nothing here has to be fast, and a C compiler takes most of its time to make it so.
BUILD_SETTINGS = {"CFLAGS": "-O0", "PYTHONWARNINGS": "ignore", "PIP_NO_PYTHON_VERSION_WARNING": "1"}
INDEX_ADVICE = "Is a Python package index reachable? The same make again goes on from here."


def build(folder: Path, lock: Path, python: Path, log: Path) -> None:
    """Make ``folder`` anew, an environment of ``python`` with what ``lock`` names, no more."""
    wheels = ensure_wheels(lock, python, log)
    make_environment(folder, python, log)
    install(folder, wheels, log, f"{len(wheels)} locked packages")


def install(folder: Path, wheels: list[Path], log: Path, title: str) -> None:
    """Install ``wheels`` into the environment ``folder``, whatever they say that they need."""
    command = [*_pip(folder), "install", "--no-index", "--no-deps", "--no-compile"]
    run(title, [*command, "--force-reinstall", *wheels], log, environment(**BUILD_SETTINGS))


def make_environment(folder: Path, python: Path, log: Path) -> None:
    """Make ``folder`` an environment of ``python`` that holds pip, setuptools and wheel."""
    ensure_uv()
    run(
        "virtual environment of Python 2.7",
        [
            TOOLS / "bin" / "virtualenv", "--clear", "--no-download", "--no-periodic-update",
            # The user's own may hold other versions of pip.
            "--app-data", CACHE / "virtualenv", "--python", python, folder,
        ],
        log,
    )  # fmt: skip


def ensure_wheels(lock: Path, python: Path, log: Path) -> list[Path]:
    """A wheel for each entry of ``lock``; those not in the wheelhouse yet are built."""
    house = CACHE / "wheelhouse" / f"python2.7-{_short(digest(BUILD_LOCK) + str(python))}"
    places = {name: house / _short(entry) for name, entry in entries(lock).items()}
    missing = [name for name, place in places.items() if not list(place.glob("*.whl"))]
    if missing:
        _build_wheels(missing, entries(lock), places, house, python, log)
    return [next(place.glob("*.whl")) for place in places.values()]


def entries(lock: Path) -> dict[str, str]:
    """What ``lock`` says of each package, by its canonical name: version and hashes."""
    texts = re.split(r"^(?=[\w.-]+==)", lock.read_text(), flags=re.MULTILINE)[1:]
    return {canonical(text.partition("==")[0]): text for text in texts}


def canonical(name: str) -> str:
    """The one spelling of a package's name (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def make_builder(python: Path, log: Path) -> Path:
    """An environment that holds what building needs; returns its folder."""
    debian.ensure("build-essential")
    builder = CACHE / "build" / "python2.7"
    make_environment(builder, python, log)
    command = [*_pip(builder), "install", "--no-deps", "--require-hashes", "-r", BUILD_LOCK]
    run("what wheels are built with", command, log, builder_settings(), advice=INDEX_ADVICE)
    return builder


def builder_settings() -> dict[str, str]:
    """The environment to run pip in when it builds."""
    return environment(**BUILD_SETTINGS)


def _build_wheels(
    names: list[str],
    texts: dict[str, str],
    places: dict[str, Path],
    house: Path,
    python: Path,
    log: Path,
) -> None:
    builder = make_builder(python, log)
    unfinished = house / "unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    batches = []
    for first in range(0, len(names), PACKAGES_PER_BUILD):
        batch = unfinished / f"{first}.txt"
        batch.write_text("".join(texts[name] for name in names[first : first + PACKAGES_PER_BUILD]))
        batches.append(str(batch))
    every = unfinished / "batches"
    every.write_text("\0".join(batches))
    run(
        f"wheels of {len(names)} packages",
        [
            "xargs", "--null", "--arg-file", every, "--max-procs", str(BUILDS_AT_ONCE),
            "--max-args", "1",
            *_pip(builder), "--quiet", "wheel", "--no-deps", "--no-build-isolation",
            "--wheel-dir", unfinished, "--requirement",
        ],
        log,
        # Set for pip and for the pip that an old setup.py starts: what that one fetches has
        # no hash, so it fails; it belongs into BUILD_LOCK.
        {**builder_settings(), "PIP_REQUIRE_HASHES": "1"},
        advice=INDEX_ADVICE,
    )  # fmt: skip
    for wheel in unfinished.glob("*.whl"):
        place = places[canonical(wheel.name.partition("-")[0])]
        place.mkdir(exist_ok=True)
        wheel.rename(place / wheel.name)
    shutil.rmtree(unfinished)
    absent = [name for name in names if not list(places[name].glob("*.whl"))]
    if absent:
        raise SetupError(f"pip made no wheel of {', '.join(absent)}; its log: {log}")


def _pip(folder: Path) -> list[str | Path]:
    return [folder / "bin" / "python", "-m", "pip", "--disable-pip-version-check"]


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
