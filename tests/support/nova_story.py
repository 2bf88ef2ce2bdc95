"""The plug-in lab's fixed story (``lab.child``) on a Nova in a process of its own."""

import subprocess
import sys
from pathlib import Path

from broker_fixtures import Vhost


def run_novas_story(vhost: Vhost, directory: Path) -> None:
    """lab.child: attach and detach, a refused attach, a port that Neutron deletes."""
    directory.mkdir()
    subprocess.run(
        [
            sys.executable, "-W", "ignore", "-m", "lab.child",
            vhost.url, str(directory), "vifcast_outbox", "vifcast",
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )  # fmt: skip
