"""Has every other service of Nova that reads this nova.conf the driver vifcast_outbox?

oslo.messaging drops a driver that is not installed without an error, and with it all
notifications of that service.
"""

import glob
import os

from vifcast_nova.cli.check import drivers, pip
from vifcast_nova.cli.check.line import warn

NAME = "other services"
# Beside ``bin/python``: of a virtual environment, of Debian, of other distributions.
_PACKAGES = ("lib*/python*/site-packages", "lib/python*/dist-packages", "local/lib/python*/*")


def look(host):
    """A line for each Python of a service on this host that lacks the package."""
    if drivers.OUTBOX not in drivers.listed(host):
        return []
    names = {}
    for process in host.other_services:
        if _reads(process, host.conf) and _lacks_package(process):
            names.setdefault(process.python, set()).add(process.name)
    return [_line(python, sorted(names[python])) for python in sorted(names)]


def _line(python, names):
    return warn(
        NAME,
        "%s of %s may read this nova.conf, and vifcast-nova is not in that Python: "
        "oslo.messaging drops vifcast_outbox there without an error, and its notifications "
        "are not sent." % (" and ".join(names), python),
        "Install the wheel there too (`%s`) and restart it; or give it a nova.conf of its own "
        "with `driver = messagingv2`." % pip.install(python),
    )


def _reads(process, conf):
    if not process.config_files:
        return True  # its default files
    own = {os.path.realpath(path) for path in conf.config_file}
    return bool(own & {os.path.realpath(path) for path in process.config_files})


def _lacks_package(process):
    if process.is_ours or not os.path.isabs(process.python):
        return False  # or not to be found out
    # Not realpath of the interpreter: those of virtual environments are links.
    root = os.path.dirname(os.path.dirname(process.python))
    return not any(
        glob.glob(os.path.join(root, folder, "vifcast_nova", "__init__.py"))
        for folder in _PACKAGES
    )
