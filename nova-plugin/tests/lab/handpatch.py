"""A Nova as operators patch it by hand: a copy of the installed one, changed.

Four calls in ``nova/compute/manager.py``, four entries in ``nova/rpc.py``: what
``vifcast-nova patch`` makes is the same.
"""

import os
import shutil
import sys

from vifcast_nova.cli.patch import commands


def make(directory):
    """Copy Nova into ``directory`` and patch it; put that first on PYTHONPATH."""
    copy_nova(directory)
    assert commands.apply_patch(directory, sys.stderr) == 0
    return directory


def copy_nova(directory):
    """Copy the installed Nova into ``directory``, without its tests.

    With its compiled files: they fit the copies, which are as old as the originals.
    """
    import nova

    shutil.copytree(
        os.path.dirname(nova.__file__),
        os.path.join(directory, "nova"),
        ignore=shutil.ignore_patterns("tests", "locale"),
    )
