"""Puts the wheels of our two distributions into dist/, to be installed elsewhere."""

import shutil
import sys

from alone import alone
from command import exit_code
from places import LOGS, REPOSITORY
from uv import ensure_uv
from wheels import ensure_wheel

DISTRIBUTIONS = ("nova-plugin", "service")


def main() -> None:
    """Build what is not built yet; print the path of each wheel."""
    folder = REPOSITORY / "dist"
    with alone():
        ensure_uv()
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for distribution in DISTRIBUTIONS:
            wheel = ensure_wheel(distribution, LOGS / "dist.log")
            shutil.copy2(wheel, folder)
            print(f"dist/{wheel.name}")


if __name__ == "__main__":
    sys.exit(exit_code(main))
