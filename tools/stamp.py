"""Says whether something built is still current: a small JSON file written last.

A build that was interrupted has no stamp, so the next run builds it anew.
"""

import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path

STAMP = "vifcast-stamp.json"


def digest(*files: Path) -> str:
    """SHA-256 over paths and contents of ``files``."""
    sha = hashlib.sha256()
    for file in sorted(files):
        content = file.read_bytes()
        sha.update(f"{file}\0{len(content)}\0".encode())
        sha.update(content)
    return sha.hexdigest()


def read_stamp(folder: Path) -> dict[str, str]:
    """What ``folder`` was built from; {} when it is not there, not finished or not usable."""
    python = folder / "bin" / "python"
    # A link to an interpreter that is gone counts as not there.
    if not python.exists():
        return {}
    try:
        stamp = json.loads((folder / STAMP).read_text())
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def is_stamped(folder: Path, wanted: dict[str, str]) -> bool:
    """Whether ``folder`` was built, to the end, from what is ``wanted`` now."""
    return read_stamp(folder) == wanted


def write_stamp(folder: Path, made_from: dict[str, str]) -> None:
    """Record that ``folder`` is complete."""
    temporary = folder / (STAMP + ".new")
    temporary.write_text(json.dumps(made_from, indent=1) + "\n")
    temporary.replace(folder / STAMP)


def remove_stamp(folder: Path) -> None:
    """Record that ``folder`` is being changed."""
    (folder / STAMP).unlink(missing_ok=True)


def source_files(folder: Path, left_out: Iterable[str]) -> list[Path]:
    """Files under ``folder`` but for caches, build results and the parts named in ``left_out``."""
    skipped = {"__pycache__", "build", "dist", *left_out}
    found = []
    for directory, folders, files in os.walk(folder):
        folders[:] = [
            f for f in folders if f not in skipped and not f.endswith((".egg-info", "_cache"))
        ]
        found += [Path(directory, f) for f in files if not f.endswith(".pyc")]
    return found
