"""Writes the lock of a Nova that needs Python 2.7, which uv does not resolve for.

The pip of that Python finds out which versions go together, by making a wheel of each
(an old sdist shows what it needs only when its setup.py is run); uv, asked about these
versions alone, knows the hashes of all their files.
"""

import shutil
from pathlib import Path

from interpreters import ensure_one_of
from places import CACHE, LOCKS
from progress import run
from python2 import BUILDER, make_builder
from uv_command import UV, uv_environment
from wheelhouse import pip_environment

ADVICE = "Above: two requirements that do not go together, or an index out of reach."


def write_lock(name: str, log: Path) -> None:
    """Resolve locks/<name>.in to the newest versions that it allows into locks/<name>.txt."""
    make_builder(ensure_one_of(["2.7"]), log)
    wheels = CACHE / "build" / name
    shutil.rmtree(wheels, ignore_errors=True)
    run(
        f"versions for {name}",
        [
            # pip 20's new resolver tries version after version of what is not constrained.
            BUILDER / "bin" / "python", "-m", "pip", "wheel",
            "--use-deprecated=legacy-resolver",
            "--wheel-dir", wheels, "--requirement", LOCKS / f"{name}.in",
        ],
        log,
        pip_environment(),
        advice=ADVICE,
    )  # fmt: skip
    versions = wheels / "versions.in"
    # PEP 427: name-version-…; a version has no dash in it.
    named = sorted(wheel.name.split("-")[:2] for wheel in wheels.glob("*.whl"))
    versions.write_text("".join(f"{name}=={version}\n" for name, version in named))
    run(
        f"locks/{name}.txt",
        [
            UV, "pip", "compile", "--upgrade", "--generate-hashes", "--allow-unsafe",
            "--no-header", "--no-annotate", "--no-emit-index-url", "--no-deps",
            "--python-version", "3.11", "--output-file", LOCKS / f"{name}.txt", versions,
        ],
        log,
        uv_environment(),
        advice=ADVICE,
    )  # fmt: skip
    shutil.rmtree(wheels)
