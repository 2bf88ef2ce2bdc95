"""Says whether an environment is still current: a small JSON file, written last.

A build that was interrupted has no stamp, so the next run builds it anew.
"""

import hashlib
import json
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
    # A link to an interpreter that is gone counts as not there.
    if not (folder / "bin" / "python").exists():
        return {}
    try:
        stamp = json.loads((folder / STAMP).read_text())
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def write_stamp(folder: Path, made_from: dict[str, str]) -> None:
    """Record that ``folder`` is complete."""
    temporary = folder / (STAMP + ".new")
    temporary.write_text(json.dumps(made_from, indent=1) + "\n")
    temporary.replace(folder / STAMP)


def remove_stamp(folder: Path) -> None:
    """Record that ``folder`` is being changed."""
    (folder / STAMP).unlink(missing_ok=True)
