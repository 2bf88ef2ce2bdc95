"""Removes what the other set-up scripts and the tools have made; sources are not touched."""

import shutil

from places import CACHE, ENVIRONMENTS, REPOSITORY
from progress import say

MADE_BY_TOOLS = (
    ".pytest_cache",
    ".mypy_cache",
    ".ruff_cache",
    ".hypothesis",
    "__pycache__",
    "*.egg-info",
)


def main() -> None:
    """Remove it and say what was there."""
    made = [ENVIRONMENTS, CACHE, REPOSITORY / "dist"]
    for folder in made:
        if folder.exists():
            say(f"  removing {folder.relative_to(REPOSITORY)}")
            shutil.rmtree(folder)
    for pattern in MADE_BY_TOOLS:
        for folder in REPOSITORY.rglob(pattern):
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
