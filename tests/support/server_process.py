"""What the servers of the tests' own have in common.

Each is a process, from Debian's package or an environment of ours, on free loopback ports, with
its files in a temporary folder. The machine's own, if there is one, is neither used nor disturbed.
A guard process removes server and folder even when the process that started them is killed.
Stdlib only.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import IO, Any, Self

START_TIMEOUT_S = 120
STOP_TIMEOUT_S = 30

# Reads whom to end: a process, as often as it starts or has ended, or a group (-1234). Once the
# writer is gone, for whatever reason, it ends that with its children (PostgreSQL has
# one for each connection) and removes the folder.
GUARD = """
while read -r line; do id=$line; done
[ -z "$id" ] || kill -KILL "$id" $(cat "/proc/$id/task/$id/children")
sleep 0.2
rm -rf "$1"
"""


class ServerError(Exception):
    """The server could not be run: why, and what to do."""


class ServerProcess(ABC):
    """One server: start, stop, kill, freeze; ports and data stay from start to start.

    Use it as a context manager, or call ``close`` when done.
    """

    title: str
    package: str
    program: Path
    # Who runs it under root; None is root.
    account: str | None = None
    # The signal to end its clients' connections and stop.
    stop_signal = signal.SIGTERM
    # What it writes to, in its folder.
    logs: tuple[str, ...] = ("log",)
    port: int

    def __init__(self) -> None:
        self.folder: Path | None = None
        self._guard: subprocess.Popen[str] | None = None
        self._process: subprocess.Popen[Any] | None = None

    @property
    def installed_by(self) -> str:
        """How to get the program, for a person."""
        return f"As root: python3 tools/debian.py {self.package}"

    @abstractmethod
    def initialise(self, folder: Path) -> None:
        """Make the server's first files in ``folder``, which is empty."""

    @abstractmethod
    def launch(self, folder: Path, log: IO[bytes]) -> "subprocess.Popen[Any]":
        """Start the server, in the foreground; what it prints goes to ``log``."""

    @abstractmethod
    def is_ready(self) -> bool:
        """Whether it takes connections."""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Start it and wait until it takes connections. Raises ServerError."""
        if self._process is not None:
            raise ServerError(f"This {self.title} runs already; stop() or kill() it first.")
        if not self.program.exists():
            raise ServerError(f"{self.program} is missing. {self.installed_by}")
        started_at = time.monotonic()
        try:
            folder = self.folder or self._prepare()
            with (folder / "log").open("ab") as log:
                self._process = self.launch(folder, log)
            self.inform_guard()
            self._wait_until_ready(folder, started_at)
        except BaseException:
            self.close()
            raise

    @property
    def is_started(self) -> bool:
        """Whether it was started, and neither stopped nor killed since."""
        return self._process is not None

    def stop(self) -> None:
        """Shut it down in good order; what is stored stays."""
        self._end(self.stop_signal)

    def kill(self) -> None:
        """End it at once, as a crash or the kernel would."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Stop and start it again, on the same ports with the same data."""
        self.stop()
        self.start()

    def suspend(self) -> None:
        """Freeze it: connections stay open and nothing is answered."""
        stopped = self._signal_all(signal.SIGSTOP)
        # The last thread to stop may still answer somebody.
        while not all(map(_is_stopped, stopped)):
            time.sleep(0.005)

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

    def inform_guard(self) -> None:
        """Say whom to end, see GUARD."""
        if self._guard is not None and self._guard.stdin is not None:
            self._guard.stdin.write(f"{self.guarded}\n")
            self._guard.stdin.flush()

    @property
    def guarded(self) -> str:
        """Whom the guard is to end."""
        return "" if self._process is None else str(self._process.pid)

    def _prepare(self) -> Path:
        folder = self.folder = Path(tempfile.mkdtemp(prefix=f"vifcast-{self.title.lower()}-"))
        if self.account is not None and os.geteuid() == 0:
            shutil.chown(folder, self.account)
        self._guard = subprocess.Popen(
            ["/bin/sh", "-c", GUARD, "guard", str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            text=True,
        )
        self.initialise(folder)
        return folder

    def _end(self, how: signal.Signals) -> None:
        process = self._running()
        # A frozen process takes no other signal than this one and SIGKILL.
        _, *children = self._signal_all(signal.SIGCONT)
        process.send_signal(how)
        try:
            process.wait(STOP_TIMEOUT_S)
            # PostgreSQL's end a little later, and until then keep a new one from the old's memory.
            give_up_at = time.monotonic() + STOP_TIMEOUT_S
            while not all(map(_has_ended, children)) and time.monotonic() < give_up_at:
                time.sleep(0.01)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise ServerError(
                f"{self.title} on port {self.port} did not stop in {STOP_TIMEOUT_S} s and was "
                "killed."
            ) from None
        finally:
            self._process = None
            self.inform_guard()

    def _signal_all(self, number: signal.Signals) -> list[int]:
        parent = self._running()
        # The parent first: it starts no more of them then.
        parent.send_signal(number)
        signalled = [parent.pid]
        with contextlib.suppress(FileNotFoundError):
            listed = Path(f"/proc/{parent.pid}/task/{parent.pid}/children").read_text()
            signalled += map(int, listed.split())
        for child in signalled[1:]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, number)
        return signalled

    def _running(self) -> "subprocess.Popen[Any]":
        if self._process is None:
            raise ServerError(f"This {self.title} does not run; start() it first.")
        return self._process

    def _wait_until_ready(self, folder: Path, started_at: float) -> None:
        process = self._running()
        said_at = started_at
        while not self.is_ready():
            now = time.monotonic()
            if process.poll() is not None:
                self._process = None
                ended = f"{self.title} ended while starting (exit code {process.returncode})."
                raise ServerError(f"{ended}\n{self._log(folder)}")
            if now - started_at > START_TIMEOUT_S:
                raise ServerError(
                    f"{self.title} not ready in {START_TIMEOUT_S} s.\n{self._log(folder)}"
                )
            if now - said_at >= 3:
                said_at = now
                say(f"  {self.title} is starting ... {now - started_at:.0f} s")
            time.sleep(0.05)
        say(f"  {self.title} on port {self.port}: ready in {time.monotonic() - started_at:.1f} s")

    def _log(self, folder: Path) -> str:
        lines: list[str] = []
        for name in self.logs:
            with contextlib.suppress(FileNotFoundError):
                lines += (folder / name).read_text(errors="replace").splitlines()[-15:]
        return "\n".join("    " + line for line in lines)


def say(text: str) -> None:
    """Print it for the person who waits."""
    print(text, file=sys.stderr, flush=True)


def _has_ended(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True
    return stat.rpartition(")")[2].split()[0] in {"Z", "X"}


def _is_stopped(pid: int) -> bool:
    """Whether every thread is stopped or has ended (proc(5), /proc/pid/stat)."""
    try:
        states = [
            stat.read_text().rpartition(")")[2].split()[0]
            for stat in Path(f"/proc/{pid}/task").glob("*/stat")
        ]
    except (FileNotFoundError, ProcessLookupError):
        return False  # a thread ended meanwhile
    return set(states) <= {"T", "Z", "X"}
