"""Everything in one process: ingest, API and page, each in a thread of its own.

``vifcast serve`` runs this, and another program can: the demo does, with the
broker inside the process. ::

    server = Server(load_settings(overrides={"ingest.transport_url": "memory://"}))
    server.start()
    print(server.url)
    ...
    server.stop()
"""

import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Self

import uvicorn

from vifcast.api.app import create_app
from vifcast.api.listening import listen
from vifcast.bus.configured import ConfiguredBroker, configured_brokers
from vifcast.config import Settings
from vifcast.ingest.garbage_collector import suit_batches
from vifcast.ingest.loop import IngestLoop, OnEvents
from vifcast.ingest.state import IngestState, IngestStates
from vifcast.metrics import Metrics
from vifcast.model import Event
from vifcast.reconcile.after_gap import keep_reconciling
from vifcast.retention import keep_purging
from vifcast.store import Location, Store

if TYPE_CHECKING:
    import socket

_STOP_S = 10.0


class Server:
    """One running service. ``start`` and ``stop`` are called once each, in that order.

    ``on_events`` is called with the new events of each batch, in the order of their
    ids, once they are stored: in the thread of their broker, one at a time. It should be quick.
    """

    def __init__(self, settings: Settings, on_events: OnEvents | None = None) -> None:
        self.settings = settings
        self._brokers = configured_brokers(settings)
        self.states = IngestStates([IngestState() for _ in self._brokers])
        self.metrics = Metrics()
        self._on_events = on_events
        self._reporting = threading.Lock()
        self._stopping = threading.Event()
        self._ended = threading.Event()
        self._failure: BaseException | None = None
        self._threads: list[threading.Thread] = []
        self._store: Store | None = None
        self._http: uvicorn.Server | None = None
        self._socket: socket.socket | None = None

    @property
    def url(self) -> str:
        """Where the page is."""
        host = self.settings.listen_host
        port = self._socket.getsockname()[1] if self._socket else self.settings.listen_port
        return f"http://{f'[{host}]' if ':' in host else host}:{port}/"

    @property
    def state(self) -> IngestState:
        """That of the first broker, which most often is the only one."""
        return self.states.brokers[0]

    @property
    def store(self) -> Store:
        """The open store."""
        if self._store is None:
            raise RuntimeError("start() comes first")
        return self._store

    def start(self) -> None:
        """Open the store, listen, and start to read each bus; returns once HTTP answers.

        The brokers need not be there yet. Raises VifcastError where the store or
        the address cannot be used; ``stop`` is called after that, too.
        """
        suit_batches()
        listening = listen(self.settings.listen_host, self.settings.listen_port)
        self._socket = listening
        store = self._store = Store.open_for_writing(
            Location.from_settings(self.settings), self.settings.overdue_after_s
        )
        loops = [
            self._loop(each, state, store)
            for each, state in zip(self._brokers, self.states.brokers, strict=True)
        ]
        app = create_app(store, self.states, self.metrics)
        http = uvicorn.Server(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                lifespan="off",
                server_header=False,
                timeout_graceful_shutdown=2,
            )
        )
        self._http = http
        for each, loop in zip(self._brokers, loops, strict=True):
            name = each.settings.name
            self._run("vifcast-ingest" if name is None else f"vifcast-ingest-{name}", loop.run)
        self._run(
            "vifcast-retention",
            lambda: keep_purging(store, self.settings.retention, self._stopping),
        )
        reconcile = self.settings.reconcile
        # A thread each: one cloud that does not answer keeps the others from nothing.
        for region in reconcile.clouds if reconcile.after_gap else ():
            self._run(
                "vifcast-reconcile" if region is None else f"vifcast-reconcile-{region}",
                partial(keep_reconciling, store, reconcile, region, self._stopping),
            )
        self._run("vifcast-http", lambda: http.run(sockets=[listening]))
        while not http.started and not self._ended.is_set():
            time.sleep(0.01)

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until a part has failed; True, or its error raised, if one has."""
        ended = self._ended.wait(timeout_s)
        if self._failure is not None:
            raise self._failure
        return ended

    def stop(self) -> None:
        """Finish the batch under way, acknowledge it, and end every thread."""
        self._stopping.set()
        if self._http is not None:
            self._http.should_exit = True
        # All together: they stop at once, however many they are.
        until = time.monotonic() + _STOP_S
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        if self._store is not None:
            self._store.close()
        if self._socket is not None:
            self._socket.close()

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _loop(self, each: ConfiguredBroker, state: IngestState, store: Store) -> IngestLoop:
        return IngestLoop(
            each.broker,
            each.settings,
            store,
            metrics=self.metrics,
            state=state,
            stopping=self._stopping,
            on_events=None if self._on_events is None else self._report,
            is_alone=len(self._brokers) == 1,
        )

    def _report(self, events: Sequence[Event]) -> None:
        if self._on_events is not None:
            with self._reporting:
                self._on_events(events)

    def _run(self, name: str, work: Callable[[], None]) -> None:
        def guarded() -> None:
            try:
                work()
            except BaseException as error:  # noqa: BLE001 - raised by wait()
                self._failure = error
            finally:
                self._ended.set()

        thread = threading.Thread(target=guarded, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()
