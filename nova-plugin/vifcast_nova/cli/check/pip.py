"""How the wheel gets into a Python, as a command to type."""

import os
import sys
import sysconfig

_WHEEL = "vifcast_nova-*.whl"


def install(python, folder=None):
    """The command for the interpreter at the path ``python``.

    Where its pip leaves its packages to apt (PEP 668), pip wants that overruled; the
    plug-in has no dependencies that could get into the way of any.

    :param folder: str, the folder of its standard library where that is known
    """
    words = [python, "-m", "pip", "install", "--no-deps"]
    if folder is not None and os.path.exists(os.path.join(folder, "EXTERNALLY-MANAGED")):
        in_virtual_environment = sys.prefix != getattr(sys, "base_prefix", sys.prefix)
        if not in_virtual_environment:
            words.append("--break-system-packages")
    return " ".join(words + [_WHEEL])


INSTALL = install(sys.executable, sysconfig.get_path("stdlib"))
