"""Readers of the stream while services are restarted and others write: no gap and no repeat."""

import itertools
import os
import signal
import socket
import threading
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager

import httpx
import pytest
import sqlalchemy as sa
from event_stream import EventStream

from database_fixtures import EVERY_DATABASE
from ledger_events import attach_or_detach
from notifications import body, interface, payload
from vifcast import serve as serving
from vifcast.api.stream.limits import Limits
from vifcast.store import Store


def url_of(location):
    return location.url.render_as_string(hide_password=False)


def ids_of(store):
    ids, after = [], 0
    while page := store.feed_page(after, limit=500).entries:
        ids += [entry.id for entry in page]
        after = ids[-1]
    return ids


class Follower:
    """Connects again and again, as EventSource does; what all its connections received."""

    def __init__(self, url: str, last_id: str | None = None) -> None:
        self._url = url
        self.last_id = last_id
        self.event_ids: list[int] = []
        self.connections = 0
        self._closing = threading.Event()
        self._stream: EventStream | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._closing.set()
        if self._stream is not None:
            self._stream.close()
        self._thread.join(30)

    def received(self) -> list[int]:
        stream = self._stream
        return self.event_ids + (stream.event_ids if stream is not None else [])

    def _run(self) -> None:
        while not self._closing.is_set():
            stream = self._stream = EventStream(self._url, last_id=self.last_id)
            stream.ended.wait()
            self.connections += stream.status == httpx.codes.OK
            self.last_id = stream.last_id
            self._stream = None
            self.event_ids += stream.event_ids
            self._closing.wait(0.05)


@contextmanager
def writing(store: Store) -> Iterator[None]:
    """Somebody who stores operations meanwhile, a start and an end at a time."""
    done = threading.Event()

    def write() -> None:
        for number in itertools.count():
            if done.is_set():
                return
            store.write(attach_or_detach(number), [])
            done.wait(0.005)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


@EVERY_DATABASE
def test_restarts_of_the_service_lose_and_repeat_nothing(serve, store, until):
    options = {
        "database__connection": url_of(store.location),
        "api__listen": f"127.0.0.1:{free_port()}",
    }
    server = serve("memory://", **options)
    with ExitStack() as steps:
        followers = [Follower(server.url, last_id="0") for _ in range(3)]
        for follower in followers:
            steps.enter_context(closing(follower))
        with writing(store):
            for _ in range(4):
                # Each of them: one that had not connected yet would miss this server.
                for follower in followers:
                    seen = len(follower.received())
                    until(lambda: len(follower.received()) > seen + 20, 120)  # noqa: B023
                server.stop()
                server = serve("memory://", **options)
        stored = ids_of(store)
        for follower in followers:
            until(lambda: follower.received()[-1:] == stored[-1:], 120)  # noqa: B023
            assert follower.received() == stored
            assert follower.connections >= 4


def test_kills_of_the_service_lose_and_repeat_nothing(vifcast, store, vhost, until):
    port = free_port()
    options = ("serve", "--listen", f"127.0.0.1:{port}", "--data-dir", store.location.path.parent)
    environment = {"VIFCAST_TRANSPORT_URL": vhost.transport_url}
    with closing(Follower(f"http://127.0.0.1:{port}/", last_id="0")) as follower, writing(store):
        for _ in range(3):
            process = vifcast(*map(str, options), **environment)
            seen = len(follower.received())
            until(lambda: len(follower.received()) > seen + 20, 120)  # noqa: B023
            process.end(signal.SIGKILL)
        vifcast(*map(str, options), **environment)
        seen = len(follower.received())
        until(lambda: len(follower.received()) > seen + 20, 120)
        received = follower.received()
        assert received == ids_of(store)[: len(received)]


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@EVERY_DATABASE
def test_several_processes_send_what_another_one_ingests(
    serve, store, vhost, publish, forked, until
):
    # First the exchange, then the queue that is bound to it.
    publish(body("compute.instance.update"))
    assert forked.wait(forked.start("declare", store.location, vhost.transport_url)) == 0
    connection = url_of(store.location)
    servers = [serve("memory://", database__connection=connection) for _ in range(2)]
    with ExitStack() as steps:
        streams = [steps.enter_context(EventStream(server.url)) for server in servers * 2]
        pids = [forked.start("ingest", store.location, vhost.transport_url) for _ in range(2)]
        for number in range(200):
            publish(
                body(
                    payload=payload(interface=interface(operation_id=str(uuid.UUID(int=number)))),
                    message_id=f"message-{number}",
                )
            )
        until(lambda: len(ids_of(store)) == 200, 120)
        stored = ids_of(store)
        for stream in streams:
            until(lambda: len(stream.event_ids) >= 200, 60)  # noqa: B023
            assert stream.event_ids == stored
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
            forked.wait(pid)


@EVERY_DATABASE
def test_an_id_is_never_stored_before_one_that_was_read(store):
    """The second writer waits for the first to commit, so ids become visible in their order."""
    with closing(Store(store.location)) as second:
        prepared = store.prepare(attach_or_detach(1), [])
        stored = []
        thread = threading.Thread(
            target=lambda: stored.extend(second.write(attach_or_detach(2), []))
        )
        thread.start()
        thread.join(1)
        assert (stored, store.feed_page(0, limit=10).entries) == ([], [])
        first = [each.id for each in prepared.commit()]
        thread.join(60)
        assert first < [each.id for each in stored]
        assert ids_of(store) == first + [each.id for each in stored]


@pytest.mark.parametrize("location", ["postgresql"], indirect=True)
def test_postgresql_notifies_of_what_another_process_stored(serve, store, until, monkeypatch):
    # While it listens, it does not look by itself.
    monkeypatch.setattr(serving, "Limits", lambda **given: Limits(**given, poll_listening_s=1000.0))
    server = serve("memory://", database__connection=url_of(store.location))
    with EventStream(server.url) as stream:
        until(lambda: server._streams._feed.is_listening)
        for number in range(5):
            ids = [each.id for each in store.write(attach_or_detach(number), [])]
            until(lambda: stream.event_ids[-1:] == ids[-1:])  # noqa: B023


@pytest.mark.parametrize("new_location", ["postgresql"], indirect=True)
def test_without_postgresqls_notifications_the_stream_looks_itself(serve, new_location, until):
    with closing(Store.open_for_writing(new_location)) as store:
        server = serve("memory://", database__connection=url_of(new_location))
        with EventStream(server.url) as stream:
            feed = server._streams._feed
            until(lambda: feed.is_listening)
            end_listeners(store)
            until(lambda: not feed.is_listening)
            ids = [each.id for each in store.write(attach_or_detach(1), [])]
            until(lambda: stream.event_ids == ids)
            until(lambda: feed.is_listening)


def end_listeners(store):
    with store.writing() as connection:
        connection.execute(
            sa.text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND query IN "
                "('LISTEN vifcast_event', 'SELECT 1')"
            )
        )
