"""What a MariaDB and a PostgreSQL of the tests' own have in common.

Each is a process from Debian's package, on a free loopback port, with its data in a
temporary folder. The machine's own, if there is one, is neither used nor disturbed. A guard
process removes server and folder even when the process that started them is killed.

Neither runs as root: where the tests do, these run as ``nobody``.
"""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, Self

from node_files import free_port

PASSWORD = "test-password"
START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 30

# Is told the server's process as often as it starts or has ended. Once whoever tells it is
# gone, for whatever reason, it ends that process with its children (PostgreSQL has one for
# each connection) and removes the folder.
GUARD = """
while read -r line; do pid=$line; done
[ -z "$pid" ] || kill -KILL "$pid" $(cat "/proc/$pid/task/$pid/children")
sleep 0.2
rm -rf "$1"
"""


def tls_files(folder: Path) -> tuple[Path, Path]:
    """Certificate and key of a server that speaks TLS."""
    return folder / "cert.pem", folder / "key.pem"


class ServerError(Exception):
    """The server could not be run: why, and what to do."""


class ServerProcess(ABC):
    """One server: start, stop, kill, freeze; port and data stay from start to start.

    ``certificate``: its file and that of its key; with it, the server takes nothing but TLS.
    """

    title: str
    package: str
    program: Path
    # How it is told to end its clients' connections and stop.
    stop_signal = signal.SIGTERM

    def __init__(self, certificate: tuple[Path, Path] | None = None) -> None:
        self.port = free_port()
        self._certificate = certificate
        self.folder: Path | None = None
        self._guard: subprocess.Popen[str] | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def speaks_tls(self) -> bool:
        """Whether it takes TLS, and nothing else."""
        return self._certificate is not None

    @abstractmethod
    def initialise(self, folder: Path) -> None:
        """Make the server's first files in ``folder``, which is empty."""

    @abstractmethod
    def command(self, folder: Path) -> list[str]:
        """What starts the server, in the foreground."""

    @abstractmethod
    def is_ready(self) -> bool:
        """Whether it takes connections."""

    @abstractmethod
    def create(self, database: str) -> None:
        """Make an empty database."""

    @abstractmethod
    def drop(self, database: str) -> None:
        """Remove a database."""

    @abstractmethod
    def url(self, database: str) -> str:
        """For ``[database] connection``."""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Start it and wait until it takes connections. Raises ServerError."""
        if not self.program.exists():
            raise ServerError(
                f"{self.program} is missing. As root: python3 tools/debian.py {self.package}"
            )
        started_at = time.monotonic()
        try:
            folder = self.folder or self._prepare()
            with (folder / "log").open("ab") as log:
                self._process = self._popen(self.command(folder), stdout=log, stderr=log)
            self._tell_guard(str(self._process.pid))
            self._wait_until_ready(folder, started_at)
        except BaseException:
            self.close()
            raise

    def stop(self) -> None:
        """Shut it down in good order."""
        self._end(self.stop_signal)

    def kill(self) -> None:
        """End it at once, as a crash or the kernel would."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Stop and start it again, on the same port with the same data."""
        self.stop()
        self.start()

    def suspend(self) -> None:
        """Freeze it: connections stay open and nothing is answered."""
        self._signal_all(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on after ``suspend``."""
        self._signal_all(signal.SIGCONT)

    def close(self) -> None:
        """Remove all traces of it. Does nothing the second time."""
        guard, self._guard, self.folder = self._guard, None, None
        if guard is not None and guard.stdin is not None:
            guard.stdin.close()
            guard.wait()
        if self._process is not None:
            self._process.wait()
            self._process = None

    def run_once(self, command: list[str], **options: Any) -> None:
        """Run a program of the package, as the server's user. Raises ServerError."""
        process = self._popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options
        )
        told, _ = process.communicate()
        if process.returncode:
            raise ServerError(f"{command[0]} failed:\n{told}")

    def _popen(self, command: list[str], **options: Any) -> "subprocess.Popen[Any]":
        if os.geteuid() == 0:
            account = pwd.getpwnam("nobody")
            options |= {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        options = {"stdin": subprocess.DEVNULL} | options
        environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"}
        # Ctrl-C is for whoever started the tests; a session of its own does not hear it.
        return subprocess.Popen(
            command, cwd=self.folder, env=environment, start_new_session=True, **options
        )

    def _prepare(self) -> Path:
        folder = self.folder = Path(tempfile.mkdtemp(prefix=f"vifcast-{self.title.lower()}-"))
        if os.geteuid() == 0:
            shutil.chown(folder, "nobody")
        self._guard = subprocess.Popen(
            ["/bin/sh", "-c", GUARD, "guard", str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            text=True,
        )
        for source, copy in zip(self._certificate or (), tls_files(folder), strict=False):
            # A key that others can read is refused.
            copy.touch(mode=0o600)
            copy.write_bytes(source.read_bytes())
            if os.geteuid() == 0:
                shutil.chown(copy, "nobody")
        self.initialise(folder)
        return folder

    def _tell_guard(self, pid: str) -> None:
        if self._guard is not None and self._guard.stdin is not None:
            self._guard.stdin.write(f"{pid}\n")
            self._guard.stdin.flush()

    def _end(self, how: signal.Signals) -> None:
        process = self._running()
        self._signal_all(signal.SIGCONT)
        process.send_signal(how)
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            raise ServerError(f"{self.title} did not stop in {STOP_TIMEOUT_S} s.") from None
        self._tell_guard("")
        self._process = None

    def _signal_all(self, number: signal.Signals) -> None:
        parent = self._running().pid
        # The parent first: it starts no more of them then.
        os.kill(parent, number)
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        for child in children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(child), number)

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._process is None:
            raise ServerError(f"This {self.title} does not run; start() it first.")
        return self._process

    def _wait_until_ready(self, folder: Path, started_at: float) -> None:
        process = self._running()
        while not self.is_ready():
            log = (folder / "log").read_text(errors="replace")[-3000:]
            if process.poll() is not None:
                raise ServerError(f"{self.title} ended (exit code {process.returncode}).\n{log}")
            if time.monotonic() - started_at > START_TIMEOUT_S:
                raise ServerError(f"{self.title} not ready in {START_TIMEOUT_S} s.\n{log}")
            time.sleep(0.05)
        took_s = time.monotonic() - started_at
        print(f"  {self.title} on port {self.port}: ready in {took_s:.1f} s", file=sys.stderr)
