"""Does a nova-compute run here that has us in it?"""

import os
import time

import vifcast_nova
from vifcast_nova.cli.check.host import user_name
from vifcast_nova.cli.check.line import ok, warn

NAME = "nova-compute"


def look(host):
    """Compare what runs with what is installed. Never a failure: it may be elsewhere."""
    own = host.own_processes
    if own:
        return [_running(host, process) for process in own]
    if host.processes:
        return [
            warn(
                NAME,
                "runs here, but not with this Python: %s."
                % ", ".join(sorted({process.python for process in host.processes})),
                "To check that one, run PYTHON -m vifcast_nova check with "
                "that Python.",
            )
        ]
    return [
        warn(
            NAME,
            "does not run here, or is not visible.",
            "If it should run, start it. In a container, run the check inside.",
        )
    ]


def _running(host, process):
    text = "pid %d, user %s, since %s" % (
        process.pid,
        user_name(process.uid),
        time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(process.started_at)),
    )
    newer = _changed_after(host, process)
    if newer:
        return warn(
            NAME,
            "%s; changed after that: %s." % (text, ", ".join(newer)),
            "Restart nova-compute.",
        )
    return ok(NAME, text + ".")


def _changed_after(host, process):
    # A second: that is how exactly the kernel says when it booted.
    then = process.started_at + 1
    found = [path for path in host.conf.config_file if os.stat(path).st_mtime > then]
    # When it was put there; pip and uv do not agree on what st_mtime of it is.
    if os.stat(vifcast_nova.__file__).st_ctime > then:
        found.append("vifcast-nova itself")
    return found
