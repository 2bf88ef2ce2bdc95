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
from collections.abc import Callable
from typing import TYPE_CHECKING, Self

import uvicorn

from vifcast.api.app import create_app
from vifcast.api.listening import listen
from vifcast.bus.transport_url import parse_transport_url
from vifcast.config import Settings
from vifcast.errors import ConfigError
from vifcast.identity.configured import authenticator_of
from vifcast.identity.policy import Policy
from vifcast.ingest.garbage_collector import suit_batches
from vifcast.ingest.loop import IngestLoop, OnEvents
from vifcast.ingest.state import IngestState
from vifcast.metrics import Metrics
from vifcast.reconcile.after_gap import keep_reconciling
from vifcast.reconcile.on_request import ReconcileOnRequest
from vifcast.retention import keep_purging
from vifcast.store import Location, Store

if TYPE_CHECKING:
    import socket

_STOP_S = 10.0


class Server:
    """One running service. ``start`` and ``stop`` are called once each, in that order.

    ``on_events`` is called in the ingest thread with the new events of each
    batch, in the order of their ids, once they are stored. It should be quick.
    """

    def __init__(self, settings: Settings, on_events: OnEvents | None = None) -> None:
        if not settings.ingest.transport_url:
            raise ConfigError(
                "no broker is named; give --transport-url, VIFCAST_TRANSPORT_URL or "
                "[ingest] transport_url, the same as transport_url in nova.conf"
            )
        self.settings = settings
        self.state = IngestState()
        self.metrics = Metrics()
        self._broker = parse_transport_url(settings.ingest.transport_url)
        self._on_events = on_events
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
        api = self.settings.api
        return api.url_at(self._socket.getsockname()[1]) if self._socket else api.url

    @property
    def store(self) -> Store:
        """The open store."""
        if self._store is None:
            raise RuntimeError("start() comes first")
        return self._store

    def start(self) -> None:
        """Open the store, listen, and start to read the bus; returns once HTTP answers.

        The broker need not be there yet. Raises VifcastError where the store or
        the address cannot be used; ``stop`` is called after that, too.
        """
        suit_batches()
        api = self.settings.api
        tls = api.tls()
        policy = Policy(self.settings.config_file)
        listening = listen(api.host, api.port)
        self._socket = listening
        store = self._store = Store.open_for_writing(
            Location.from_settings(self.settings), self.settings.overdue_after_s
        )
        loop = IngestLoop(
            self._broker,
            self.settings.ingest,
            store,
            metrics=self.metrics,
            state=self.state,
            stopping=self._stopping,
            on_events=self._on_events,
        )
        authenticator = authenticator_of(self.settings, store)
        app = create_app(
            store,
            self.state,
            self.metrics,
            api,
            authenticator,
            policy,
            max_body_bytes=self.settings.ingest.max_body_bytes,
            reconcile=ReconcileOnRequest(store, self.settings.reconcile, self._stopping.wait),
        )
        http = uvicorn.Server(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                lifespan="off",
                server_header=False,
                timeout_graceful_shutdown=2,
                proxy_headers=bool(api.trusted_proxies),
                forwarded_allow_ips=list(api.trusted_proxies),
                ssl_context_factory=(lambda *_: tls) if tls else None,
            )
        )
        self._http = http
        self._run("vifcast-ingest", loop.run)
        self._run(
            "vifcast-retention",
            lambda: keep_purging(store, self.settings.retention, self._stopping),
        )
        if self.settings.reconcile.after_gap:
            self._run(
                "vifcast-reconcile",
                lambda: keep_reconciling(store, self.settings.reconcile, self._stopping),
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
        for thread in self._threads:
            thread.join(_STOP_S)
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
