"""Says which files hold what does not belong into the repository.

That is: places to download from (a lock names hashes, the index is the reader's own),
paths of one particular machine, work left for later, and large files.
"""

import re
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
LARGEST_BYTES = 600_000

UNWANTED = {
    "address of a package index": re.compile(r"--(?:extra-)?index-url[ =]\S*//"),
    "path of one machine": re.compile(r"(?<![\w.-])/(?:root|home/\w+)/"),
    "work left for later": re.compile(r"\b(?:TODO|FIXME|XXX)\b"),
}
# What is looked for has to be written somewhere.
KNOWS_THEM = {Path("tools/check_repository.py"), Path("tests/tools/test_check_repository.py")}
# A lock names versions and hashes; where they come from is the machine's business.
LOCK = re.compile(r"^locks/.*\.txt$")
ADDRESS = "://"
# Software of others, as they wrote it.
VENDORED = re.compile(r"/static/(?:vendor/|.*\.min\.)")


def listed_files() -> list[Path]:
    """Every file that is in the repository or would be with ``git add``."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    return [Path(name) for name in sorted(set(listed.stdout.split("\0"))) if name]


def complaints(name: Path, content: bytes) -> list[str]:
    """What is wrong with one file, a line each."""
    found = []
    if len(content) > LARGEST_BYTES:
        found.append(f"{name}: {len(content)} bytes; at most {LARGEST_BYTES} belong here")
    if name in KNOWS_THEM or b"\0" in content or VENDORED.search(f"/{name}"):
        return found
    for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), 1):
        for what, pattern in UNWANTED.items():
            match = pattern.search(line)
            if match:
                found.append(f"{name}:{number}: {what}: {match[0]}")
        if LOCK.search(str(name)) and ADDRESS in line:
            found.append(f"{name}:{number}: an address in a lock: {line.strip()}")
    return found


def main() -> int:
    """Look at every file; returns 1 when something was found."""
    found = []
    for name in listed_files():
        path = REPOSITORY / name
        # Not there: deleted, and the deletion not committed yet.
        if path.is_file():
            found += complaints(name, path.read_bytes())
    if found:
        print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
