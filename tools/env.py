"""Builds the environments named on the command line, or finds that nothing is to be done.

``python3 tools/env.py dev nova-2026.2`` makes .venv/dev and .venv/nova-2026.2 equal to
locks/dev.txt and locks/nova-2026.2.txt, with our own distributions from the sources as
they are. Needs nothing but Python 3.11 and, for what is missing, root or sudo.
"""

import sys
from pathlib import Path

import debian
import python2
from alone import alone
from command import exit_code
from environments import ENVIRONMENTS, Environment
from errors import SetupError
from interpreters import ensure_one_of
from places import ENVIRONMENTS as FOLDER
from places import LOCKS, LOGS, REPOSITORY
from progress import run, say
from stamp import digest, read_stamp, remove_stamp, write_stamp
from uv import UV, ensure_uv, uv_environment
from wheels import ensure_wheel, source_digest

LOCKED_FOR = (3, 11)


def ensure_environment(environment: Environment) -> None:
    """Build .venv/<name>, or what has changed in it."""
    folder = FOLDER / environment.name
    lock = LOCKS / f"{environment.lock}.txt"
    build_lock = LOCKS / f"{environment.build_lock}.txt"
    python = ensure_one_of(environment.pythons).python
    wanted = {
        "lock": digest(lock, build_lock),
        # One Python has many names: python3, python3.11, that of an active environment.
        "python": str(python.resolve()),
        **_sources(environment),
    }
    stamp = read_stamp(folder)
    if stamp == wanted:
        return
    log = LOGS / f"{environment.name}.log"
    log.unlink(missing_ok=True)
    say(f"Environment {environment.name}: {environment.holds}")
    ensure_uv()
    settings = uv_environment()
    remove_stamp(folder)
    is_new = any(stamp.get(key) != wanted[key] for key in ("lock", "python"))
    if is_new:
        if environment.compiles:
            debian.ensure("build-essential", "python3-dev")
        if environment.is_python2:
            python2.build(folder, lock, python, log)
        else:
            _install_locked(folder, lock, build_lock, python, log, settings)
    if environment.wheels or environment.editable:
        _install_ours(environment, folder, log, settings)
    if is_new:
        run("imports", [folder / "bin" / "python", "-W", "ignore", "-c", environment.proof], log)
    write_stamp(folder, wanted)


def _install_locked(
    folder: Path,
    lock: Path,
    build_lock: Path,
    python: Path,
    log: Path,
    settings: dict[str, str],
) -> None:
    packages = sum(1 for line in lock.open() if "==" in line)
    run(
        "virtual environment",
        [UV, "venv", "--clear", "--python", python, folder],
        log,
        settings,
    )
    run(
        f"{packages} locked packages",
        [
            UV, "pip", "sync", "--require-hashes", "--build-constraints", build_lock,
            "--python", folder / "bin" / "python", lock,
        ],
        log,
        settings,
        advice="Is a Python package index reachable? The same make again goes on from here.",
    )  # fmt: skip


def _sources(environment: Environment) -> dict[str, str]:
    sources = {name: source_digest(name) for name in environment.wheels}
    for name in environment.editable:
        # In place: only what names entry points and dependencies is copied anywhere.
        sources[name] = digest(REPOSITORY / name / "pyproject.toml")
    return sources


def _install_ours(
    environment: Environment, folder: Path, log: Path, settings: dict[str, str]
) -> None:
    title = "our own distributions"
    wheels = [ensure_wheel(name, log) for name in environment.wheels]
    if environment.is_python2:
        python2.install(folder, wheels, log, title)
        return
    command: list[str | Path] = [UV, "pip", "install", "--python", folder / "bin" / "python"]
    command += ["--offline", "--no-deps", "--no-build-isolation", "--reinstall", *wheels]
    for name in environment.editable:
        command += ["--editable", REPOSITORY / name]
    run(title, command, log, settings)


def _check(names: list[str]) -> None:
    if not names or not ENVIRONMENTS.keys() >= set(names):
        raise SetupError(f"Known environments: {', '.join(ENVIRONMENTS)}; got: {' '.join(names)}")
    if sys.version_info[:2] != LOCKED_FOR:
        raise SetupError(
            f"python3 is {sys.version.split()[0]}, but everything here is locked for Python 3.11"
            " (Debian 12's). Say where it is: make PYTHON=python3.11"
        )


def main(names: list[str]) -> None:
    """Build what is named."""
    _check(names)
    with alone():
        for name in names:
            ensure_environment(ENVIRONMENTS[name])


if __name__ == "__main__":
    sys.exit(exit_code(lambda: main(sys.argv[1:])))
