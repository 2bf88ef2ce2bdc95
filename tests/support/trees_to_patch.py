"""Copies of real Nova trees to patch, and the two ways to run ``vifcast-nova patch``."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from nova_sources import tree
from places import REPOSITORY
from releases import Release

# Root reads and writes whatever the permissions of a file say, unless it gives that up.
BOUND_BY_PERMISSIONS = ("setpriv", "--bounding-set=-dac_override,-dac_read_search,-fowner")


@dataclass(frozen=True)
class Nova:
    """A copy of one release's tree, in the folder that holds ``nova/``."""

    folder: Path
    release: Release

    @property
    def manager(self) -> Path:
        return self.folder / "nova/compute/manager.py"

    @property
    def rpc(self) -> Path:
        return self.folder / "nova/rpc.py"

    def files(self) -> dict[str, bytes]:
        """Everything below the folder, by its path."""
        return {
            str(path.relative_to(self.folder)): path.read_bytes()
            for path in self.folder.rglob("*")
            if path.is_file()
        }

    def copy(self, name: str) -> "Nova":
        """Another one, as this one is now."""
        folder = self.folder.with_name(name)
        shutil.copytree(self.folder, folder, symlinks=True)
        return Nova(folder, self.release)

    def change(self, path: Path, old: bytes, new: bytes) -> None:
        """Replace the one ``old`` in a file."""
        content = path.read_bytes()
        assert content.count(old) == 1, f"{old!r} is {content.count(old)} times in {path}"
        path.write_bytes(content.replace(old, new))


@dataclass(frozen=True)
class Said:
    """What ``vifcast-nova patch`` answered."""

    code: int
    out: bytes
    err: str


def copy_of(release: Release, tmp_path: Path) -> Nova:
    folder = tmp_path / "tree"
    shutil.copytree(tree(release) / "nova", folder / "nova")
    return Nova(folder, release)


# The action and the tree.
Patch = Callable[[str, Nova], Said]
# The action, and the command's arguments; ``python``: a Path.
PatchProcess = Callable[..., Said]


def run_bound(action: str, *arguments: str, python: Path = Path(sys.executable)) -> Said:
    """Run the command in a process of its own, bound by what chmod forbids also as root."""
    prefix = BOUND_BY_PERMISSIONS if os.geteuid() == 0 else ()
    done = subprocess.run(
        [*prefix, str(python), "-m", "vifcast_nova", "patch", action, *arguments],
        cwd="/",
        env=os.environ | {"PYTHONPATH": str(REPOSITORY / "nova-plugin")},
        capture_output=True,
        check=False,
    )
    return Said(done.returncode, done.stdout, done.stderr.decode())
