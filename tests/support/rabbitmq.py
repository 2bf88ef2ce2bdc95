"""A RabbitMQ of the tests' own, from Debian's package, on free loopback ports.

Node name, data, log, configuration, Erlang cookie and port mapper (epmd) are its own
too and live in a temporary folder: the machine's RabbitMQ, if there is one, is neither
used nor disturbed. A guard process removes broker and folder even when the process
that started them is killed.

``python3 tests/support/rabbitmq.py run -- COMMAND`` runs COMMAND with one, which it finds
in VIFCAST_TEST_RABBITMQ_URL and VIFCAST_TEST_RABBITMQ_API; exits as COMMAND does.

That the scripts in /usr/lib/rabbitmq/bin run under any user was read from them (3.10.8);
the wrapper in /usr/sbin does not.
"""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Self

from broker_api import API_VARIABLE, PASSWORD, URL_VARIABLE, USER, BrokerAPI
from node_files import Ports, server_environment, write_configuration

SERVER = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
CONTROL = SERVER.with_name("rabbitmqctl")
START_TIMEOUT_S = 120
STOP_TIMEOUT_S = 30

# Reads until whoever holds the other end is gone, for whatever reason, then
# removes the process group and the folder.
GUARD = 'read -r _; kill -KILL "-$1"; sleep 0.2; rm -rf "$2"'


class RabbitMQError(Exception):
    """The broker could not be run: why, and what to do."""


class RabbitMQ(BrokerAPI):
    """One broker process: start, stop, kill, freeze; ports and data stay from start to start.

    Use it as a context manager, or call ``close`` when done. ``configuration`` is added to
    rabbitmq.conf; ``{tls}`` in it becomes ``tls_port``.
    """

    def __init__(self, certificates: Path | None = None, configuration: str = "") -> None:
        """``certificates``: a folder with cert.pem and key.pem, to speak TLS with, too."""
        self._ports = Ports.free()
        self._certificates = certificates
        self._configuration = configuration.format(tls=self._ports.amqps)
        super().__init__(
            f"amqp://{USER}:{PASSWORD}@127.0.0.1:{self._ports.amqp}",
            f"http://127.0.0.1:{self._ports.api}",
        )
        self._folder: Path | None = None
        self._epmd: subprocess.Popen[bytes] | None = None
        self._guard: subprocess.Popen[bytes] | None = None
        self._broker: subprocess.Popen[bytes] | None = None

    @property
    def tls_port(self) -> int:
        """Where it speaks TLS, given certificates."""
        return self._ports.amqps

    @staticmethod
    def from_environment() -> BrokerAPI | None:
        """The broker that is running already for a whole test run; None when there is none."""
        url, api = os.environ.get(URL_VARIABLE), os.environ.get(API_VARIABLE)
        return BrokerAPI(url, api) if url and api else None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Start the broker and wait until it takes connections. Raises RabbitMQError."""
        if self._broker is not None:
            raise RabbitMQError("This RabbitMQ runs already; stop() or kill() it first.")
        if not SERVER.exists():
            raise RabbitMQError(
                f"{SERVER} is missing. As root: python3 tools/debian.py rabbitmq-server"
            )
        try:
            folder = self._folder or self._prepare()
            with (folder / "console.log").open("ab") as console:
                self._broker = subprocess.Popen(
                    [SERVER],
                    env=server_environment(folder, self._ports),
                    cwd=folder,
                    stdin=subprocess.DEVNULL,
                    stdout=console,
                    stderr=console,
                    process_group=self._group,
                )
            self._wait_until_ready(folder)
        except BaseException:
            self.close()
            raise

    def stop(self) -> None:
        """Shut the broker down in good order; durable queues and what is in them stay."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End the broker at once, as a crash or the kernel would."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Stop and start it again, on the same ports with the same data."""
        self.stop()
        self.start()

    def suspend(self) -> None:
        """Freeze the broker: connections stay open and nothing is answered."""
        broker = self._running()
        broker.send_signal(signal.SIGSTOP)
        # The last thread to stop may still answer somebody.
        while not _is_stopped(broker.pid):
            time.sleep(0.005)

    def resume(self) -> None:
        """Let it go on after ``suspend``."""
        self._running().send_signal(signal.SIGCONT)

    def raise_disk_alarm(self) -> None:
        """Have it take nothing from publishers, as when its disk is full."""
        self._control("set_disk_free_limit", "1000000GB")

    def clear_disk_alarm(self) -> None:
        """Let it take what publishers send again."""
        self._control("set_disk_free_limit", "1MB")

    def close(self) -> None:
        """Stop the broker and remove all traces of it. Does nothing the second time."""
        with contextlib.ExitStack() as steps:
            if self._guard is not None:
                steps.callback(self._dismiss_guard)
            if self._broker is not None:
                # Nothing is kept: no reason to wait for good order.
                self.kill()

    def _dismiss_guard(self) -> None:
        guard, epmd = self._guard, self._epmd
        self._guard = self._epmd = self._folder = None
        if guard is not None and guard.stdin is not None:
            guard.stdin.close()
            guard.wait()
        if epmd is not None:
            epmd.wait()

    def _end(self, how: signal.Signals) -> None:
        broker = self._running()
        # A frozen process takes no other signal than this one and SIGKILL.
        broker.send_signal(signal.SIGCONT)
        broker.send_signal(how)
        try:
            broker.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            broker.kill()
            broker.wait()
            raise RabbitMQError(
                f"RabbitMQ on port {self.port} did not stop in {STOP_TIMEOUT_S} s and was killed."
            ) from None
        finally:
            self._broker = None

    def _control(self, *command: str) -> None:
        if self._folder is None:
            raise RabbitMQError("This RabbitMQ does not run; start() it first.")
        environment = server_environment(self._folder, self._ports)
        done = subprocess.run(
            [CONTROL, *command],
            env=environment,
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RabbitMQError(f"rabbitmqctl {' '.join(command)}: {done.stdout}{done.stderr}")

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._broker is None:
            raise RabbitMQError("This RabbitMQ does not run; start() it first.")
        return self._broker

    @property
    def _group(self) -> int:
        if self._epmd is None:
            raise RabbitMQError("This RabbitMQ has no epmd; it was closed.")
        return self._epmd.pid

    def _prepare(self) -> Path:
        folder = Path(tempfile.mkdtemp(prefix="vifcast-rabbitmq-"))
        write_configuration(folder, self._ports, self._certificates, self._configuration)
        # Started here, in the foreground: Erlang would leave a daemon behind.
        self._epmd = subprocess.Popen(
            ["epmd", "-port", str(self._ports.epmd), "-address", "127.0.0.1"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            process_group=0,
        )
        self._guard = subprocess.Popen(
            ["/bin/sh", "-c", GUARD, "guard", str(self._group), str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._folder = folder
        return folder

    def _wait_until_ready(self, folder: Path) -> None:
        broker = self._running()
        started_at = said_at = time.monotonic()
        while not self.is_ready():
            now = time.monotonic()
            if broker.poll() is not None:
                self._broker = None
                ended = f"RabbitMQ ended while starting (exit code {broker.returncode})."
                raise RabbitMQError(f"{ended}\n{_log(folder)}")
            if now - started_at > START_TIMEOUT_S:
                raise RabbitMQError(
                    f"RabbitMQ was not ready after {START_TIMEOUT_S} s.\n{_log(folder)}"
                )
            if now - said_at >= 3:
                said_at = now
                _say(f"  RabbitMQ is starting ... {now - started_at:.0f} s")
            time.sleep(0.1)
        _say(f"  RabbitMQ on port {self.port}: ready in {time.monotonic() - started_at:.1f} s")


def _log(folder: Path) -> str:
    lines: list[str] = []
    for name in ("console.log", "rabbitmq.log"):
        with contextlib.suppress(FileNotFoundError):
            lines += (folder / name).read_text(errors="replace").splitlines()[-15:]
    return "\n".join("    " + line for line in lines)


def _is_stopped(pid: int) -> bool:
    """Whether every thread is in state T, stopped (proc(5), /proc/pid/stat)."""
    threads = Path(f"/proc/{pid}/task").glob("*/stat")
    return all(stat.read_text().rpartition(")")[2].split()[0] == "T" for stat in threads)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _run_with_broker(command: list[str]) -> int:
    """Run ``command`` beside a broker; returns its exit code, 128 + n when signal n ended it."""
    # Told to end, end as after Ctrl-C: with everything stopped. SIGINT too, which a
    # shell has its background commands ignore.
    _on_signals(signal.default_int_handler)
    with RabbitMQ() as broker:
        # From here on a signal is noted, not raised: raised within Popen, it would leave
        # a process behind that nobody knows of.
        told: list[int] = []
        _on_signals(lambda number, _frame: told.append(number))
        variables = {URL_VARIABLE: broker.base_url, API_VARIABLE: broker.api_url}
        process = subprocess.Popen(command, env={**os.environ, **variables})
        while not told:
            with contextlib.suppress(subprocess.TimeoutExpired):
                code = process.wait(0.2)
                return code if code >= 0 else 128 - code
        # A terminal tells the command too, whoever sends SIGTERM does not. Then it has
        # some time to clean up while the broker is still there.
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOP_TIMEOUT_S)
        process.kill()
        process.wait()
        raise KeyboardInterrupt


def _on_signals(handler: Callable[[int, FrameType | None], object]) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, handler)


def main(arguments: list[str]) -> int:
    """The command line; see the module's docstring."""
    if arguments[:2] != ["run", "--"] or not arguments[2:]:
        _say("Usage: rabbitmq.py run -- COMMAND [ARGUMENT ...]")
        return 2
    try:
        return _run_with_broker(arguments[2:])
    except (RabbitMQError, OSError) as error:
        _say(str(error))
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
