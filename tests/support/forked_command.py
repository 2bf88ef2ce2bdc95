"""``vifcast …`` in a process of its own, without the two seconds of its imports.

``CommandServer`` is for a test. Its server, this file as a script, imports all of vifcast once and
forks for each command. It reads on the socket whose number is its argument: a JSON object with
``arguments``, ``environment`` and ``folder``, beside the descriptors that become the command's
stdout and stderr, and the pipe on which a second fork, the command's parent, writes the command's
process id and, once it has ended, its exit code.
"""

import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, TextIO

REQUEST_BYTES = 1 << 20
# Commands import some of it only once they need it.
IMPORTED = ("vifcast.cli", "vifcast.serve", "vifcast.store.migrations.run", "psycopg", "pymysql")


class ForkedCommand:
    """A running command, with what a test uses of subprocess.Popen."""

    def __init__(self, stdout: TextIO, stderr: TextIO, status: TextIO) -> None:
        self.stdout, self.stderr, self._status = stdout, stderr, status
        self.pid = int(status.readline())
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Its exit code; minus the signal, if one ended it; None while it runs."""
        if self.returncode is None and select.select([self._status], [], [], 0)[0]:
            with self._status:
                self.returncode = int(self._status.readline())
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """The same, once it has ended. Raises subprocess.TimeoutExpired."""
        if self.returncode is None:
            select.select([self._status], [], [], timeout)
        code = self.poll()
        if code is None:
            raise subprocess.TimeoutExpired("vifcast", timeout or 0)
        return code

    def send_signal(self, number: signal.Signals) -> None:
        """Does nothing to one that has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)


class CommandServer:
    """Starts commands, for a test."""

    def __init__(self) -> None:
        self._requests, served = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with served:
            number = served.fileno()
            self._process = subprocess.Popen(
                [sys.executable, __file__, str(number)],
                pass_fds=[number],
                stdin=subprocess.DEVNULL,
                # No terminal, as a command's pipe is none.
                stdout=subprocess.DEVNULL,
            )

    def start(self, arguments: list[str], environment: dict[str, str]) -> ForkedCommand:
        """Run ``vifcast`` with these arguments, and these variables only."""
        request = {"arguments": arguments, "environment": environment, "folder": str(Path.cwd())}
        readers, writers = zip(*(os.pipe() for _ in range(3)), strict=True)
        socket.send_fds(self._requests, [json.dumps(request).encode()], writers)
        for each in writers:
            os.close(each)
        return ForkedCommand(*(os.fdopen(each) for each in readers))

    def close(self) -> None:
        """Start no more; those that run go on."""
        self._requests.close()
        self._process.wait()


def serve(requests: socket.socket) -> None:
    """Until nobody can ask any more; returns in a command's process, too, ready to run it."""
    while True:
        request, descriptors, _, _ = socket.recv_fds(requests, REQUEST_BYTES, 3)
        if not request:
            sys.exit()
        if os.fork() == 0:
            stdout, stderr, status = descriptors
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            if (pid := os.fork()) == 0:
                requests.close()
                become(json.loads(request), stdout, stderr)
                os.close(status)
                return
            # Whoever reads them is to see their end with the command's.
            os.close(stdout)
            os.close(stderr)
            os.write(status, f"{pid}\n".encode())
            code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            os.write(status, f"{code}\n".encode())
            os._exit(0)
        for each in descriptors:
            os.close(each)


def become(request: dict[str, Any], stdout: int, stderr: int) -> None:
    """Have the arguments, variables, folder and output of the command."""
    for source, number in ((stdout, 1), (stderr, 2)):
        os.dup2(source, number)
        os.close(source)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    sys.argv = ["vifcast", *request["arguments"]]


def import_all() -> None:
    """What any command imports, now or once it needs it."""
    for name in IMPORTED:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()  # a collection in a fork would copy the pages of all that is here
    if threading.active_count() > 1:
        raise RuntimeError(f"threads do not survive a fork: {threading.enumerate()}")


def main() -> None:
    """See the module's docstring."""
    with socket.socket(fileno=int(sys.argv[1])) as requests:
        import_all()
        # Nobody waits for the commands' parents.
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        serve(requests)
    runpy.run_module("vifcast", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
