"""Builds .venv/<name> from locks/<name>.txt and our own sources, or what has changed in it."""

from pathlib import Path

import debian
import python2
from alone import alone
from environments import Environment
from interpreters import ensure_one_of
from places import ENVIRONMENTS, LOCKS, LOGS, REPOSITORY
from progress import run, say
from stamp import digest, read_stamp, remove_stamp, write_stamp
from uv_command import UV, uv_environment
from wheels import ensure_wheel, source_digest

UNREACHABLE = "Is a Python package index reachable? The same make again goes on from here."


def ensure(environment: Environment) -> None:
    """Bring .venv/<name> up to date; does nothing, fast and without a network, when it is."""
    with alone():
        folder = ENVIRONMENTS / environment.name
        locks = [LOCKS / f"{name}.txt" for name in (environment.lock, environment.build_lock)]
        python = ensure_one_of(environment.pythons)
        wanted = {
            "lock": digest(*locks),
            # One Python has many names: python3, python3.11, that of an active environment.
            "python": str(python.resolve()),
            **{name: source_digest(name) for name in environment.wheels},
            # In place: only what names entry points and dependencies is copied anywhere.
            **{name: digest(REPOSITORY / name / "pyproject.toml") for name in environment.editable},
        }
        stamp = read_stamp(folder)
        if stamp == wanted:
            return
        log = LOGS / f"{environment.name}.log"
        log.unlink(missing_ok=True)
        say(f"Environment {environment.name}: {environment.holds}")
        remove_stamp(folder)
        is_new = any(stamp.get(key) != wanted[key] for key in ("lock", "python"))
        if is_new:
            _install_locked(environment, folder, locks, python, log)
        _install_ours(environment, folder, log)
        if is_new:
            run(
                "imports", [folder / "bin" / "python", "-W", "ignore", "-c", environment.proof], log
            )
        write_stamp(folder, wanted)


def _install_locked(
    environment: Environment, folder: Path, locks: list[Path], python: Path, log: Path
) -> None:
    lock, build_lock = locks
    if environment.compiles:
        debian.ensure("build-essential", "python3-dev")
    if environment.is_python2:
        python2.build(folder, lock, python, log)
        return
    uv = uv_environment()
    run("virtual environment", [UV, "venv", "--clear", "--python", python, folder], log, uv)
    run(
        f"{lock.read_text().count('==')} locked packages",
        [UV, "pip", "sync", "--require-hashes", "--build-constraints", build_lock,
         "--python", folder / "bin" / "python", lock],
        log, uv, advice=UNREACHABLE,
    )  # fmt: skip


def _install_ours(environment: Environment, folder: Path, log: Path) -> None:
    ours: list[str | Path] = [ensure_wheel(name, log) for name in environment.wheels]
    for name in environment.editable:
        ours += ["--editable", REPOSITORY / name]
    if not ours:
        return
    if environment.is_python2:
        python2.install(folder, ours, log, "our own distributions")
        return
    command: list[str | Path] = [UV, "pip", "install", "--python", folder / "bin" / "python"]
    command += ["--offline", "--no-deps", "--no-build-isolation", "--reinstall", *ours]
    run("our own distributions", command, log, uv_environment())
