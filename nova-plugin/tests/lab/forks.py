"""Processes of the lab that have Nova imported from their first moment: lab/fork_server.py.

An import of Nova takes more than all that most of them do.
"""

import atexit
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_servers = {}  # by what comes first on PYTHONPATH


def start(module, *arguments, **more):
    """Run ``module`` with these arguments, str, as ``python -m`` does; returns a Fork.

    :param first_on_path: str, a folder that goes before all on PYTHONPATH
    """
    first_on_path = more.pop("first_on_path", None)
    if first_on_path not in _servers:
        _servers[first_on_path] = _Server(first_on_path)
    return Fork(_servers[first_on_path], module, arguments, **more)


def run(module, *arguments, **more):
    """The same to its end; returns what it printed, a str."""
    fork = start(module, *arguments, **more)
    output = fork.stdout.read().decode("utf-8")
    code = fork.end()
    assert code == 0, "%s ended with exit code %d; its error is above" % (module, code)
    return output


@atexit.register
def close():
    """End all of them."""
    while _servers:
        _servers.popitem()[1].close()


class Fork(object):
    """One such process; ``stdin`` and ``stdout`` are its pipes."""

    def __init__(self, server, module, arguments):
        self._server = server
        self._code = None
        folder = tempfile.mkdtemp(prefix="vifcast-fork-")
        try:
            paths = [os.path.join(folder, name) for name in ("in", "out")]
            for path in paths:
                os.mkfifo(path)
            self._pid = server.ask(module=module, arguments=arguments, folder=folder)
            # Each is opened once it has opened it on its side.
            self.stdin = open(paths[0], "wb", 0)
            self.stdout = open(paths[1], "rb")
        finally:
            shutil.rmtree(folder)

    def kill(self):
        """SIGKILL; ``end`` is still to be called."""
        if self._code is None:
            os.kill(self._pid, signal.SIGKILL)

    def end(self):
        """Wait for its end; returns its exit code, minus the signal where one has ended it."""
        if self._code is None:
            self._code = self._server.ask(wait=self._pid)
            self.stdin.close()
            self.stdout.close()
        return self._code


class _Server(object):
    def __init__(self, first_on_path):
        path = [first_on_path, TESTS, os.environ.get("PYTHONPATH")]
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "lab.fork_server"],
            cwd=TESTS,
            env=dict(os.environ, PYTHONPATH=os.pathsep.join(p for p in path if p)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            # On Python 2.7 under eventlet it would keep the pipes of the others open.
            close_fds=True,
        )

    def ask(self, **words):
        self._process.stdin.write(json.dumps(words).encode("utf-8") + b"\n")
        answer = self._process.stdout.readline()
        assert answer, "lab.fork_server has ended; its error is above"
        return int(answer)

    def close(self):
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()
