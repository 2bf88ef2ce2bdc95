"""A broker, a Nova that never rests, and ``vifcast serve``, each to be ended and started."""

import itertools
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

from rabbitmq import RabbitMQ

DRIVERS = ("vifcast_outbox", "vifcast")
# Imports of Nova on a busy machine.
STARTS_WITHIN_S = 120.0
STOPS_WITHIN_S = 30.0


class Part:
    """One process; what it prints is in ``<name>.log`` of the folder."""

    def __init__(self, name: str, folder: Path, command: Callable[[], list[str]]) -> None:
        self.name = name
        self.log = folder / f"{name}.log"
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, **variables: str) -> None:
        """Start it; it may take its time."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command(), stdout=log, stderr=log, env={**os.environ, **variables}
            )

    def kill(self) -> None:
        """SIGKILL, whatever it is doing."""
        process = self._running()
        process.kill()
        process.wait()
        self._process = None

    def stop(self) -> None:
        """Have it end in good order."""
        process = self._running()
        process.terminate()
        process.wait(STOPS_WITHIN_S)
        self._process = None

    def close(self) -> None:
        """End it if it runs."""
        if self._process is not None:
            self.kill()

    def _running(self) -> "subprocess.Popen[bytes]":
        process = self._process
        if process is None or process.poll() is not None:
            raise RuntimeError(f"{self.name} does not run; see {self.log}")
        return process


class Cloud:
    """The three parts; a context manager."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data_dir = folder / "data"
        self.returned = folder / "returned"
        self.outbox = folder / "nova" / "vifcast" / "outbox"
        self.broker = RabbitMQ()
        self.nova = Part("nova-compute", folder, self._nova_command)
        self.service = Part("vifcast", folder, self._service_command)
        # Both ways in which a nova-compute of this release runs its threads.
        self._threads = itertools.cycle(("native", "eventlet"))

    def __enter__(self) -> Self:
        (self.folder / "nova").mkdir(parents=True)
        self.returned.touch()
        self.broker.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.nova.close()
        self.service.close()
        self.broker.close()

    def start_nova(self) -> None:
        """A new nova-compute; returns once it moves NICs."""
        before = self.moves()
        self.nova.start(VIFCAST_TEST_THREADS=next(self._threads))
        wait_until(lambda: self.moves() > before, f"no NIC is moved; see {self.nova.log}")

    def rest(self) -> None:
        """A new nova-compute that moves no NIC; it sends what the ones before have left."""
        (self.folder / "nova" / "rest").touch()
        self.nova.start()
        wait_until(lambda: not self.left_behind(), f"something is left in {self.outbox}")

    def start_service(self) -> None:
        """The service; whether the broker is there or not."""
        self.service.start()

    def moves(self) -> int:
        """How many attaches and detaches have returned."""
        return self.returned.read_bytes().count(b"\n")

    def left_behind(self) -> list[Path]:
        """Files of the outbox that are there still: notifications, and calls that are open."""
        return [*self.outbox.rglob("*.json"), *self.outbox.rglob("*.open")]

    def wait_until_sent(self) -> None:
        """Until all is sent that Nova has put into its outbox before now."""
        now_ns = time.time_ns()
        wait_until(
            lambda: all(int(each.stem) > now_ns for each in self.outbox.rglob("*.json")),
            f"the outbox is not sent; see {self.nova.log}",
        )

    def _nova_command(self) -> list[str]:
        words = ["-W", "ignore", "-m", "lab.restless", self._transport_url()]
        return [
            sys.executable, *words, str(self.folder / "nova"), str(self.returned), *DRIVERS,
        ]  # fmt: skip

    def _service_command(self) -> list[str]:
        return [
            sys.executable, "-m", "vifcast", "serve", "--transport-url", self._transport_url(),
            "--data-dir", str(self.data_dir), "--listen", "127.0.0.1:0",
        ]  # fmt: skip

    def _transport_url(self) -> str:
        return self.broker.base_url.replace("amqp://", "rabbit://", 1) + "/"


def wait_until(is_so: Callable[[], bool], problem: str, within_s: float = STARTS_WITHIN_S) -> None:
    """Wait for a state. Raises RuntimeError with ``problem`` where it does not come about."""
    deadline = time.monotonic() + within_s
    while not is_so():
        if time.monotonic() > deadline:
            raise RuntimeError(f"within {within_s:.0f} s: {problem}")
        time.sleep(0.05)
