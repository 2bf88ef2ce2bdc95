"""The processes: ingesters and deliverers on one database, and receivers."""

import contextlib
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

from msgspec.structs import replace
from subscribed import make_subscription

from mariadb import MariaDB
from node_files import free_port
from postgresql import PostgreSQL
from vifcast.store import Location, Store, Subscribing
from vifcast.subscription.subscription import Ordering, Subscription

STARTS_WITHIN_S = 120.0
# A receiver that was frozen must not be given up.
TIMEOUT_S = 2.0
_CONFIGURATION = """
[database]
connection = {database}
[ingest]
transport_url = {transport_url}
retry_max_s = 0.5
batch_size = 50
prefetch = 200
[health]
listen = 127.0.0.1:0
[api]
listen = 127.0.0.1:0
[delivery]
timeout_s = {timeout_s}
schedule_s = 0{again}
allowed_networks = 127.0.0.0/8
# An open circuit would only make it all quieter.
circuit_failures = 1000
"""


class Part:
    """One process that is killed, frozen and started again; it prints into ``<name>.log``."""

    def __init__(self, name: str, folder: Path, command: list[str]) -> None:
        self.name = name
        self.log = folder / f"{name}.log"
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None
        self._guard = threading.Lock()

    def start(self) -> None:
        """Start it; it may take its time."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log)

    def kill(self, away_s: float = 0) -> bool:
        """SIGKILL, whatever it is doing, and start it anew; False where it had just ended."""
        with self._guard:
            killed = self._signal(signal.SIGKILL)
            if self._process is not None:
                self._process.wait()
            time.sleep(away_s)
            self.start()
        return killed

    def revive(self) -> None:
        """Start it where it has ended, as systemd does: it ends where the database is away."""
        with self._guard:
            if self._process is not None and self._process.poll() is not None:
                self.start()

    def freeze(self, for_s: float) -> None:
        """SIGSTOP, and after a while SIGCONT."""
        if self._signal(signal.SIGSTOP):
            time.sleep(for_s)
            self._signal(signal.SIGCONT)

    def close(self) -> None:
        """End it if it runs."""
        self._signal(signal.SIGKILL)
        if self._process is not None:
            self._process.wait()

    def _signal(self, number: signal.Signals) -> bool:
        process = self._process
        if process is None or process.poll() is not None:
            return False
        process.send_signal(number)
        return True


class Parts:
    """All of them on a database of that kind; a context manager."""

    def __init__(self, folder: Path, kind: str, transport_url: str) -> None:
        folder.mkdir(parents=True)
        self.folder = folder
        self.database = {"postgresql": PostgreSQL, "mariadb": MariaDB, "sqlite": None}[kind]
        self._transport_url = transport_url
        self._left = contextlib.ExitStack()

    def __enter__(self) -> Self:
        try:
            self._enter()
        except BaseException:
            self._left.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._left.close()

    def _enter(self) -> None:
        if self.database is None:
            self.server = None
            location = Location.of_file(self.folder / "vifcast.sqlite3")
        else:
            self.server = self._left.enter_context(self.database())
            self.server.create("chaos")
            location = Location.from_url(self.server.url("chaos"))
        self.store = self._left.enter_context(contextlib.closing(Store.open_for_writing(location)))
        configuration = self.folder / "vifcast.conf"
        configuration.write_text(
            _CONFIGURATION.format(
                database=location.url.render_as_string(hide_password=False),
                transport_url=self._transport_url,
                timeout_s=TIMEOUT_S,
                again=", 1" * 500,
            )
        )
        roles = ("serve",) if self.server is None else ("ingest", "ingest", "deliver", "deliver")
        vifcast = [sys.executable, "-m", "vifcast"]
        data = ["--config-file", str(configuration), "--data-dir", str(self.folder)]
        self.vifcasts = [
            self._part(f"{role}-{number}", [*vifcast, role, *data])
            for number, role in enumerate(roles)
        ]
        self.ports = [free_port(), free_port()]
        self.receivers = [
            self._part(
                f"receiver-{number}",
                [
                    sys.executable, "-m", "tests.chaos.receiver", str(port),
                    str(self.folder / f"journal-{number}"),
                ],
            )
            for number, port in enumerate(self.ports)
        ]  # fmt: skip
        self.subscriptions = [self._subscribe(*each) for each in _WANTED]
        for part in (*self.receivers, *self.vifcasts):
            part.start()
        ending = threading.Event()
        reviving = threading.Thread(target=self._keep_reviving, args=(ending,))
        reviving.start()
        self._left.callback(reviving.join)
        self._left.callback(ending.set)

    @property
    def journals(self) -> list[Path]:
        """What the receivers noted."""
        return sorted(self.folder.glob("journal-*"))

    def _keep_reviving(self, ending: threading.Event) -> None:
        while not ending.wait(0.5):
            for part in self.vifcasts:
                part.revive()

    def _part(self, name: str, command: list[str]) -> Part:
        part = Part(name, self.folder, command)
        self._left.callback(part.close)
        return part

    def _subscribe(self, receiver: int, wanted: str, ordering: Ordering) -> Subscription:
        new = make_subscription(filter=wanted, ordering=ordering)
        url = f"http://127.0.0.1:{self.ports[receiver]}/{new.id}"
        added = Subscribing(self.store).add(replace(new, url=url))
        if added is None:
            raise RuntimeError("a subscription was refused")
        return added


# To which receiver, which messages, in which order.
_WANTED = (
    (0, "", Ordering.INSTANCE),
    (1, "", Ordering.INSTANCE),
    (1, "action=attach", Ordering.INSTANCE),
    (0, "", Ordering.NONE),
)


def wait_until(is_so: Callable[[], bool], problem: str, within_s: float = STARTS_WITHIN_S) -> None:
    """Wait for a state. Raises RuntimeError with ``problem`` where it does not come about."""
    deadline = time.monotonic() + within_s
    while not is_so():
        if time.monotonic() > deadline:
            raise RuntimeError(f"within {within_s:.0f} s: {problem}")
        time.sleep(0.1)
