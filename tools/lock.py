"""Writes every lock in locks/ anew from its .in file and service/pyproject.toml.

The locks name versions and hashes only, no place to download from. They are for
Python 3.11 on Linux; the hashes cover every file of a version, so that another
processor works too.
"""

import sys
from pathlib import Path

from alone import alone
from command import exit_code
from errors import SetupError
from places import LOCKS, LOGS, REPOSITORY
from progress import run
from uv import UV, ensure_uv, uv_environment

SERVICE = REPOSITORY / "service" / "pyproject.toml"
CURRENT = LOCKS / "constraints" / "nova-2026.2.txt"

# Lock: what it is made from.
SOURCES: dict[str, list[str | Path]] = {
    "tools": [LOCKS / "tools.in"],
    "build": [LOCKS / "build.in"],
    "dev": [LOCKS / "dev.in", SERVICE],
    "nova-2026.2": [LOCKS / "nova-2026.2.in", SERVICE],
    "nova-zed": [LOCKS / "nova-zed.in"],
    # For operators, who install the service in an environment of its own.
    "service": [SERVICE, "--constraints", CURRENT],
}


def write_lock(name: str) -> None:
    """Resolve locks/<name>.txt to the newest versions that its sources allow."""
    run(
        f"locks/{name}.txt",
        [
            UV, "pip", "compile", "--upgrade", "--generate-hashes", "--allow-unsafe",
            "--no-header", "--no-annotate", "--no-emit-index-url",
            "--python-version", "3.11", "--python", sys.executable,
            "--output-file", LOCKS / f"{name}.txt", *SOURCES[name],
        ],
        LOGS / "lock.log",
        uv_environment(),
        advice="Above: two requirements that do not go together, or an index out of reach.",
    )  # fmt: skip


def main(names: list[str]) -> None:
    """Write the named locks, all when none is named."""
    if not SOURCES.keys() >= set(names):
        raise SetupError(f"Known locks: {', '.join(SOURCES)}; got: {' '.join(names)}")
    with alone():
        ensure_uv()
        for name in names or SOURCES:
            write_lock(name)


if __name__ == "__main__":
    sys.exit(exit_code(lambda: main(sys.argv[1:])))
