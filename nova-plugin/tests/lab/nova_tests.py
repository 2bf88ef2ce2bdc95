"""Starts tests that need Nova's own test base, each lot in a process of its own.

``nova.tests`` (it is in Nova's wheel) decides on eventlet and sets up globals as
it is imported, so it cannot share a process with the lab's ComputeManager.
"""

import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))


class Run(object):
    """One pytest process, working in the background.

    :param arguments: list of str, pytest's
    :param threads: ``native`` or ``eventlet``
    :param environment: dict of str, added to this process's environment
    """

    def __init__(self, arguments, threads, **environment):
        self._output = tempfile.TemporaryFile()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"] + arguments,
            env=dict(os.environ, **_nova_settings(threads), **environment),
            stdout=self._output,
            stderr=subprocess.STDOUT,
        )

    def wait(self, timeout_s=600):
        """Its exit code and everything it wrote."""
        try:
            exit_code = self._process.wait(timeout_s)
        finally:
            self.stop()
        self._output.seek(0)
        return exit_code, self._output.read().decode("utf-8", "replace")

    def stop(self):
        """End it, if it still runs."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()


def source_tree(directory):
    """Make ``directory`` look like what nova.tests takes Nova's folder to be.

    It looks for ``etc/nova`` under ``state_path``, by default beside the package
    as in Nova's source; a wheel puts it under the environment's prefix.
    """
    os.symlink(os.path.join(sys.prefix, "etc"), os.path.join(directory, "etc"))
    return directory


def _nova_settings(threads):
    return {
        "OS_NOVA_DISABLE_EVENTLET_PATCHING": "1" if threads == "native" else "0",
    }
