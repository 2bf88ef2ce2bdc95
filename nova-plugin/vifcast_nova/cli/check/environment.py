"""Is this the Python that runs nova-compute, and can it load us?"""

import os
import sys

from vifcast_nova import __version__, versions
from vifcast_nova.cli.check import pip
from vifcast_nova.cli.check.line import fail, ok

NAME = "python"
_FIND = (
    "Run the check with the Python that runs nova-compute: PYTHON -m vifcast_nova check. "
    "%s If that Python prints `No module named vifcast_nova`, install vifcast-nova there."
)


def look(host):
    """Import Nova and our own modules."""
    try:
        import nova
    except ImportError:
        return [
            fail(
                NAME,
                "%s has no Nova, so the vifcast-nova %s in it cannot work."
                % (sys.executable, __version__),
                _FIND % _where(host),
            )
        ]
    try:
        from vifcast_nova.hooks import install  # noqa: F401
        from vifcast_nova.outbox import driver  # noqa: F401
    except Exception as exc:
        return [
            fail(
                NAME,
                "vifcast-nova %s cannot be loaded by %s: %s: %s"
                % (__version__, sys.executable, type(exc).__name__, exc),
                "Reinstall vifcast-nova: `%s`." % pip.INSTALL,
            )
        ]
    return [
        ok(
            NAME,
            "vifcast-nova %s in %s (Python %s), with Nova %s of %s and oslo.messaging %s."
            % (
                __version__,
                sys.executable,
                versions.of_python(),
                versions.of_nova(),
                os.path.dirname(nova.__file__),
                versions.of_distribution("oslo.messaging"),
            ),
        )
    ]


def _where(host):
    others = sorted({process.python for process in host.processes})
    if others:
        return "Here nova-compute is run by %s." % " and ".join(others)
    return "The first line of the file nova-compute names it."
