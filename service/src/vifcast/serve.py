"""One process of vifcast, each part of it in a thread of its own.

``vifcast serve`` runs all of it in one, ``vifcast ingest`` and ``vifcast api`` a half each. Another
program can, too: the demo does, with the broker inside the process. ::

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
from typing import Self

from fastapi import FastAPI

from vifcast.api.app import create_app
from vifcast.api.health import create_health_app
from vifcast.api.stream.limits import Limits
from vifcast.api.stream.permit import Permits
from vifcast.api.stream.streams import Streams
from vifcast.api_settings import ApiSettings, Auth
from vifcast.bus.configured import ConfiguredBroker, configured_brokers
from vifcast.config import Settings
from vifcast.delivery.deliverer import Deliverer
from vifcast.delivery.replayer import keep_replaying
from vifcast.delivery.upkeep import keep_up
from vifcast.health import Health
from vifcast.heartbeat import Heartbeat
from vifcast.http_server import HttpServer
from vifcast.identity.configured import authenticator_of
from vifcast.identity.policy import Policy
from vifcast.ingest.garbage_collector import suit_batches
from vifcast.ingest.loop import IngestLoop, OnEvents
from vifcast.ingest.state import IngestState, IngestStates
from vifcast.malformed_requests import MalformedRequests
from vifcast.metrics import Metrics
from vifcast.model import Event
from vifcast.process import Role
from vifcast.reconcile.after_gap import keep_reconciling
from vifcast.reconcile.on_request import ReconcileOnRequest
from vifcast.retention import keep_purging
from vifcast.store import Location, Store
from vifcast.subscribing.of_settings import subscriptions_of
from vifcast.subscribing.secret_boxes import secret_box_of
from vifcast.web.configured import web_of

# A process that is asked to stop has ended by then, whatever its threads wait for.
_STOP_S = 9.0


def _stream_limits(api: ApiSettings) -> Limits:
    # Without authentication all are one caller.
    of_caller = 0 if api.auth is Auth.NONE else api.stream_readers_per_caller
    return Limits(readers=api.stream_readers, readers_per_caller=of_caller)


class Server:
    """One running process. ``start`` and ``stop`` are called once each, in that order.

    ``on_events`` is called with the new events of each batch, in the order of their
    ids, once they are stored: in the thread of their broker, one at a time. It should be quick.
    """

    def __init__(
        self, settings: Settings, on_events: OnEvents | None = None, role: Role = Role.SERVE
    ) -> None:
        self.settings = settings
        self.role = role
        self._brokers = configured_brokers(settings) if role.ingests else []
        self.states = IngestStates([IngestState() for _ in self._brokers])
        self.metrics = Metrics()
        self._on_events = on_events
        self._reporting = threading.Lock()
        self._stopping = threading.Event()
        self._ended = threading.Event()
        self._failure: BaseException | None = None
        self._threads: list[threading.Thread] = []
        self._store: Store | None = None
        self._http: HttpServer | None = None
        self._streams: Streams | None = None
        self._deliverer: Deliverer | None = None

    @property
    def url(self) -> str:
        """Where HTTP is answered, as far as this process does; else empty."""
        return "" if self._http is None else self._http.url

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
        policy = Policy(self.settings.config_file)
        http = self._http = self._listening()
        store = self._store = Store.open_for_writing(
            Location.from_settings(self.settings), self.settings.overdue_after_s
        )
        states = self.states if self.role.ingests else None
        app = self._app(store, states, policy)
        if self.role.ingests:
            self._start_ingest(store)
        if self.role.delivers:
            self._start_deliveries(store, policy)
        if http is not None:
            http.serve(app, MalformedRequests(self.metrics))
            self._run("vifcast-http", http.run)
        url = self.url if self.role.answers else None
        heartbeat = Heartbeat(store, self.role, url, self.states.read_brokers)
        self._run("vifcast-heartbeat", partial(heartbeat.keep_reporting, self._stopping))
        while http is not None and not http.started and not self._ended.is_set():
            time.sleep(0.01)

    def is_alive(self) -> bool:
        """Whether every thread runs, and whoever asks over HTTP is answered."""
        threads = all(each.is_alive() for each in self._threads)
        return threads and (self._http is None or self._http.is_alive())

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until a part has failed; True, or its error raised, if one has."""
        ended = self._ended.wait(timeout_s)
        if self._failure is not None:
            raise self._failure
        return ended

    def stop(self) -> None:
        """Finish the batch under way, acknowledge it, and end every thread."""
        self._stopping.set()
        if self._streams is not None:
            self._streams.close()
        if self._http is not None:
            self._http.stop()
        deadline = time.monotonic() + _STOP_S
        for thread in self._threads:
            thread.join(max(0.1, deadline - time.monotonic()))
        if self._store is not None:
            self._store.close()
        if self._http is not None:
            self._http.close()

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _listening(self) -> HttpServer | None:
        if self.role.answers:
            return HttpServer.of_api(self.settings.api)
        return HttpServer.of_health(self.settings.health) if self.settings.health else None

    def _app(self, store: Store, states: IngestStates | None, policy: Policy) -> FastAPI:
        if not self.role.answers:
            return create_health_app(Health(store, states, self.metrics))
        settings = self.settings
        authenticator = authenticator_of(settings, store)
        self._streams = Streams(
            store,
            self.metrics,
            Permits(authenticator, policy),
            _stream_limits(settings.api),
        )
        subscriptions = subscriptions_of(settings, store, policy)
        web = web_of(settings, store, states, policy, self._streams, authenticator, subscriptions)
        app = create_app(
            store,
            states,
            self.metrics,
            settings.api,
            authenticator,
            policy,
            self._streams,
            max_body_bytes=settings.ingest.max_body_bytes,
            reconcile=ReconcileOnRequest(store, settings.reconcile, self._stopping.wait),
            subscriptions=subscriptions,
            wall=web.wall,
        )
        app.mount("/ui", web.application)
        return app

    def _start_ingest(self, store: Store) -> None:
        suit_batches()
        for each, state in zip(self._brokers, self.states.brokers, strict=True):
            name = each.settings.name
            loop = self._loop(each, state, store)
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

    def _start_deliveries(self, store: Store, policy: Policy) -> None:
        deliverer = self._deliverer = Deliverer(
            store,
            self.settings.delivery,
            policy,
            secret_box_of(self.settings),
            self._stopping,
            self.metrics,
        )
        self._run("vifcast-deliver", deliverer.run)
        days = self.settings.retention.undelivered_days
        self._run(
            "vifcast-deliver-upkeep",
            partial(keep_up, store, days, self.metrics, deliverer.wake, self._stopping),
        )
        self._run("vifcast-replay", partial(keep_replaying, store, deliverer.wake, self._stopping))

    def _loop(self, each: ConfiguredBroker, state: IngestState, store: Store) -> IngestLoop:
        return IngestLoop(
            each.broker,
            each.settings,
            store,
            metrics=self.metrics,
            state=state,
            stopping=self._stopping,
            on_events=self._stored,
            is_alone=len(self._brokers) == 1,
        )

    def _stored(self, events: Sequence[Event]) -> None:
        if self._streams is not None:
            self._streams.wake()
        if self._deliverer is not None:
            self._deliverer.wake()
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
