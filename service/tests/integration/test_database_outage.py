"""A server that goes away while the service runs: it stops, says so, and goes on."""

import logging
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import httpx
import pytest
from event_stream import EventStream

from database_fixtures import SERVERS
from mariadb import MariaDB
from notifications import body
from postgresql import PostgreSQL
from vifcast.errors import StoreError
from vifcast.store import Location, Store

KINDS = {"mariadb": MariaDB, "postgresql": PostgreSQL}


@pytest.fixture(scope="module", params=SERVERS)
def private_server(request):
    """One that these tests alone stop, kill and freeze."""
    with KINDS[request.param]() as server:
        yield server


@pytest.fixture
def service(private_server, vhost, publish, serve, until, request):
    """A service on a database of its own that has stored one notification."""
    name = f"outage_{request.node.name.partition('[')[0]}"
    private_server.create(name)
    server = serve(
        vhost.transport_url,
        database__connection=private_server.url(name),
        database__timeout_s=1.0,
    )
    until(server.state.is_healthy)
    yield server
    server.stop()


def ready(service):
    """Status of /readyz, and what it says is wrong with ingest and store."""
    found = httpx.get(f"{service.url}readyz", timeout=30)
    return found.status_code, found.json()["ingest"]["problem"], found.json()["store"]["problem"]


def test_stopped_killed_frozen_nothing_is_lost(private_server, service, publish, until):
    def stored():
        return {event.message_id for event in service.store.events_after(0, 1000)}

    publish(body(message_id="before"))
    until(lambda: "before" in stored())
    outages = [
        (private_server.stop, private_server.start),
        (private_server.kill, private_server.start),
        (private_server.suspend, private_server.resume),
    ]
    for number, (go, come_back) in enumerate(outages):
        go()
        publish(body(message_id=f"away-{number}"))
        until(lambda: service.state.problem)
        status, ingest_problem, store_problem = ready(service)
        assert status == 503
        for problem in (ingest_problem, store_problem):
            assert "check that it runs" in problem
            assert "test-password" not in problem
        come_back()
        until(service.state.is_healthy)
        until(lambda number=number: f"away-{number}" in stored())
        assert ready(service) == (200, None, None)
    assert service.store.last_event_id() >= 4
    assert len(service.store.events_after(0, 1000)) == 4


def test_ready_again_where_another_stored_it(private_server, service, publish, until):
    private_server.stop()
    publish(body(message_id="taken by another"))
    until(lambda: service.state.problem)
    # Which has acknowledged it, too.
    until(lambda: publish.channel.queue_purge("vifcast") == 1)
    private_server.start()
    until(service.state.is_healthy)
    assert ready(service) == (200, None, None)


def test_outage_is_logged_once_by_each_part(private_server, service, until, monkeypatch, caplog):
    failures = []
    read = service.store.feed_page

    def counted(*args, **given):
        try:
            return read(*args, **given)
        except StoreError:
            failures.append(1)
            raise

    monkeypatch.setattr(service.store, "feed_page", counted)
    with EventStream(service.url):
        # It has read what there was, and waits for more with all others.
        until(service._streams._feed.readers)
        private_server.stop()
        for _ in range(3):
            assert httpx.get(f"{service.url}v1/events", timeout=30).status_code == 503
        until(lambda: len(failures) > 4)
        private_server.start()
        until(service.state.is_healthy)
    logged = [each.getMessage() for each in caplog.records if each.levelno >= logging.WARNING]
    assert [each for each in logged if each.startswith("the stream waits for the database")]
    assert len(set(logged)) == len(logged), logged


def test_frozen_in_the_middle_of_a_transaction_is_given_up(private_server, service):
    location = Location.from_url(private_server.url("other"), timeout_s=1.0)
    private_server.create("other")
    with closing(type(service.store).open_for_writing(location)) as store:
        prepared = store.prepare([], [])
        private_server.suspend()
        try:
            with pytest.raises(Exception, match="check that it runs"):
                store.check()
        finally:
            private_server.resume()
        prepared.commit()
        store.check()


def test_a_question_finds_the_server_that_was_restarted(private_server):
    private_server.create("asked")
    with closing(Store.open_for_writing(Location.from_url(private_server.url("asked")))) as store:
        for go in (private_server.stop, private_server.kill):
            # As many connections as are kept; each of them dies.
            with ThreadPoolExecutor(4) as threads:
                assert [*threads.map(store.newest_events, range(1, 21))] == [[]] * 20
            go()
            private_server.start()
            assert store.newest_events(1) == []
        private_server.stop()
        with pytest.raises(StoreError, match="check that it runs"):
            store.newest_events(1)
        private_server.start()
        assert store.newest_events(1) == []
