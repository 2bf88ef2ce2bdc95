"""Running services, and somebody who publishes as Nova does."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from forked_command import CommandServer, ForkedCommand
from kombu.transport import memory
from permissions import BOUND_BY_PERMISSIONS

from authority import Authority
from publisher import Publisher
from vifcast.config import load_settings
from vifcast.serve import Server

# httpx gives up after 5 s, which the first /openapi.json takes on a busy machine.
for _part in ("connect", "read", "write", "pool"):
    setattr(httpx._config.DEFAULT_TIMEOUT_CONFIG, _part, 60.0)


@pytest.fixture(scope="session")
def authority(tmp_path_factory) -> Authority:
    """The authority that signs the certificates of the tests' servers."""
    return Authority(tmp_path_factory.mktemp("authority"), "authority")


@pytest.fixture(scope="session")
def wrong_authority(tmp_path_factory) -> Authority:
    """Somebody else."""
    return Authority(tmp_path_factory.mktemp("authority"), "wrong")


@pytest.fixture
def publish(vhost) -> Iterator[Publisher]:
    publisher = Publisher(vhost.url)
    yield publisher
    publisher.close()


@pytest.fixture
def until() -> Callable[..., None]:
    """Wait until something is so; fail after a while."""

    def wait(is_so: Callable[[], Any], timeout_s: float = 120) -> None:
        deadline = time.monotonic() + timeout_s
        while not is_so():
            assert time.monotonic() < deadline, "it did not come to that in time"
            time.sleep(0.01)

    return wait


def _serving(folder: Path, migrated: Path) -> Iterator[Callable[..., Server]]:
    started: list[Server] = []
    database = folder / "vifcast.sqlite3"

    def start(
        transport_url: str, on_events: Any = None, config_file: Path | None = None, **options: Any
    ) -> Server:
        overrides = {
            "DEFAULT.data_dir": str(folder),
            "ingest.transport_url": transport_url,
            "ingest.retry_max_s": 0.5,
            "api.listen": "127.0.0.1:0",
        } | {name.replace("__", "."): value for name, value in options.items()}
        if not database.exists():
            shutil.copyfile(migrated, database)
        server = Server(load_settings(config_file, overrides), on_events)
        started.append(server)
        server.start()
        return server

    yield start
    for server in started:
        server.stop()


@pytest.fixture(scope="module", autouse=True)
def empty_memory_broker() -> Iterator[None]:
    """What a module leaves on the broker inside this process, the next one must not find."""
    yield
    memory.Transport.global_state.clear()
    memory.Channel.queues.clear()
    memory.Channel.events.clear()


@pytest.fixture
def serve(tmp_path, migrated_file) -> Iterator[Callable[..., Server]]:
    """Start a service inside this process; options by their names, with __ for the dot."""
    yield from _serving(tmp_path, migrated_file)


@pytest.fixture(scope="module")
def module_serve(tmp_path_factory, migrated_file) -> Iterator[Callable[..., Server]]:
    """The same, for all tests of a module."""
    yield from _serving(tmp_path_factory.mktemp("service"), migrated_file)


@pytest.fixture
def serve_brokers(tmp_path) -> Iterator[Callable[..., Server]]:
    """Start a service that reads several brokers: the options of each by its name."""
    started: list[Server] = []

    def start(brokers: dict[str, dict[str, Any]], **options: Any) -> Server:
        overrides = {
            "DEFAULT.data_dir": str(tmp_path),
            "ingest.enabled_brokers": ", ".join(brokers),
            "ingest.retry_max_s": 0.5,
            "api.listen": "127.0.0.1:0",
        } | {name.replace("__", "."): value for name, value in options.items()}
        for name, of_broker in brokers.items():
            overrides |= {f"{name}.{option}": value for option, value in of_broker.items()}
        server = Server(load_settings(overrides=overrides))
        started.append(server)
        server.start()
        return server

    yield start
    for server in started:
        server.stop()


class Process:
    """``vifcast ...`` in a process of its own; what it writes is gathered as it comes."""

    def __init__(self, process: "subprocess.Popen[str] | ForkedCommand") -> None:
        self.process = process
        self.out: list[str] = []
        self.err: list[str] = []
        self._readers = [
            threading.Thread(target=self._gather, args=(stream, into), daemon=True)
            for stream, into in ((process.stdout, self.out), (process.stderr, self.err))
        ]
        for reader in self._readers:
            reader.start()

    @staticmethod
    def _gather(stream: Any, into: list[str]) -> None:
        with stream:
            into.extend(stream)

    @property
    def errors(self) -> str:
        return "".join(self.err)

    def wait(self, timeout_s: float = 120) -> int:
        code = self.process.wait(timeout_s)
        for reader in self._readers:
            reader.join(5)
        return code

    def end(self, how: signal.Signals) -> int:
        self.process.send_signal(how)
        return self.wait()


@pytest.fixture(scope="session")
def commands() -> Iterator[CommandServer]:
    """Starts commands of vifcast, which it has imported."""
    with closing(CommandServer()) as server:
        yield server


def _bound_by_permissions(
    arguments: list[str], environment: dict[str, str]
) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [*BOUND_BY_PERMISSIONS, sys.executable, "-m", "vifcast", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )


@pytest.fixture
def vifcast(tmp_path, commands) -> Iterator[Callable[..., Process]]:
    """Start ``vifcast`` with a data directory of the test's own.

    With ``bound_by_permissions``, what chmod forbids is forbidden to it, also under root.
    """
    started: list[Process] = []

    def start(*arguments: str, bound_by_permissions: bool = False, **environment: str) -> Process:
        begin = _bound_by_permissions if bound_by_permissions else commands.start
        variables = os.environ | {"VIFCAST_DATA_DIR": str(tmp_path)} | environment
        process = Process(begin(list(arguments), variables))
        started.append(process)
        return process

    yield start
    for process in started:
        if process.process.poll() is None:
            process.end(signal.SIGKILL)
