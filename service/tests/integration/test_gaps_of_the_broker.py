"""When the service was blind, on a real broker that goes and comes back."""

import threading
from contextlib import closing

import pytest
from nova_bus import bus_channel

from host_reports import report_body, report_payload
from publisher import Publisher
from vifcast import times
from vifcast.errors import StoreError
from vifcast.gap import GapReason
from vifcast.model import Source
from vifcast.store import GapQuery, HostQuery

NOVAS = {Source.NOVA_VERSIONED, Source.NOVA_FAULT, Source.HAND_PATCH, Source.NOVA_INSTANCE}


def gaps(server):
    return server.store.gaps(GapQuery(), now=times.now()).items


def declare(broker, name="nova", *, durable=False):
    with bus_channel(broker.url("/")) as channel:
        channel.exchange_declare(name, "topic", durable=durable, auto_delete=False)


@pytest.fixture
def start(private_rabbitmq, serve, until):
    """A service that has found its queue bound to Nova's exchange."""

    def begin(**options):
        server = serve(private_rabbitmq.transport_url("/"), **options)
        until(server.state.is_healthy)
        until(lambda: "nova" in server.store.bindings_of("vifcast", [])[0])
        return server

    declare(private_rabbitmq)
    return begin


def test_restart_of_the_broker_is_a_gap_until_the_queue_is_bound_again(
    private_rabbitmq, start, until
):
    server = start()
    declare(private_rabbitmq, "neutron")
    private_rabbitmq.stop()
    until(lambda: gaps(server))
    assert {each.to_at for each in gaps(server)} == {None}
    private_rabbitmq.start()
    until(server.state.is_healthy, 60)
    # What no outbox keeps is sent, and goes nowhere, as long as Nova has not made its exchange.
    assert {(each.reason, each.to_at) for each in gaps(server)} == {(GapReason.DISCONNECTED, None)}
    before = times.now()
    declare(private_rabbitmq)
    until(lambda: all(each.to_at for each in gaps(server)))
    found = gaps(server)
    assert {source for each in found for source in each.sources} == NOVAS | {Source.VIFCAST_NOVA}
    assert all(each.hosts is None and each.to_at >= before for each in found)
    server.stop()
    again = start()
    assert gaps(again) == found


def test_hosts_that_use_the_lane_have_no_gap(private_rabbitmq, start, until):
    server = start()
    states = {"compute-1": "used", "compute-2": "absent"}
    with closing(Publisher(private_rabbitmq.url("/"))) as publisher:
        for host, state in states.items():
            lane = {"exchange": "vifcast", "state": state, "reason": None}
            publisher(report_body(report_payload(host=host, version="1.1", lane=lane)))
    until(lambda: len(server.store.hosts(HostQuery(), now=times.now()).items) == 2)
    private_rabbitmq.restart()
    declare(private_rabbitmq)
    until(lambda: [each for each in gaps(server) if each.to_at], 60)
    until(lambda: all(each.to_at or each.id is None for each in gaps(server)))
    found = {each.sources: each.hosts for each in gaps(server) if each.id is not None}
    assert found.pop((Source.VIFCAST_NOVA,)) == ("compute-2",)
    assert [set(sources) for sources in found] == [NOVAS]


def test_queue_that_is_deleted_is_a_gap_of_vifcast_nova_too(private_rabbitmq, start, until):
    server = start()
    with closing(Publisher(private_rabbitmq.url("/"))) as publisher:
        lane = {"exchange": "vifcast", "state": "used", "reason": None}
        publisher(report_body(report_payload(version="1.1", lane=lane)))
    until(lambda: server.store.hosts(HostQuery(), now=times.now()).items)
    server.stop()
    with bus_channel(private_rabbitmq.url("/")) as channel:
        channel.queue_delete("vifcast")
    again = start()
    until(lambda: [each for each in gaps(again) if each.reason is GapReason.QUEUE_LOST])
    (lost,) = [each for each in gaps(again) if each.reason is GapReason.QUEUE_LOST]
    assert Source.VIFCAST_NOVA in lost.sources
    assert lost.to_at is not None


def test_connection_that_breaks_alone_leaves_no_gap(private_rabbitmq, start, until):
    server = start()
    connects = server.metrics.broker_connects.labels("default")
    seen = connects._value.get()
    until(lambda: private_rabbitmq.close_connections("/"))
    until(lambda: connects._value.get() > seen)
    until(lambda: server.state.is_healthy() and not gaps(server))


def test_service_that_was_away_while_the_broker_restarted_has_a_gap_since_it_last_looked(
    private_rabbitmq, start, until
):
    server = start()
    server.stop()
    again = start()
    assert gaps(again) == []
    proven = again.store.bindings_of("vifcast", [])[0]["nova"]
    again.stop()
    private_rabbitmq.restart()
    declare(private_rabbitmq)
    last = start()
    until(lambda: gaps(last) and all(each.to_at for each in gaps(last)))
    assert {each.reason for each in gaps(last)} == {GapReason.NOT_RUNNING}
    assert all(each.from_at >= proven for each in gaps(last))


def test_exchange_that_is_deleted_is_a_gap(private_rabbitmq, start, until):
    server = start()
    with bus_channel(private_rabbitmq.url("/")) as channel:
        channel.exchange_delete("nova")
    until(lambda: gaps(server))
    assert {(each.reason, each.to_at) for each in gaps(server)} == {(GapReason.UNBOUND, None)}
    declare(private_rabbitmq)
    until(lambda: all(each.to_at for each in gaps(server)))


def test_durable_exchange_is_no_gap_of_vifcast_nova(private_rabbitmq, serve, until):
    declare(private_rabbitmq, durable=True)
    server = serve(private_rabbitmq.transport_url("/"))
    until(lambda: "nova" in server.store.bindings_of("vifcast", [])[0])
    private_rabbitmq.restart()
    until(lambda: gaps(server) and all(each.to_at for each in gaps(server)), 60)
    (gap,) = gaps(server)
    assert set(gap.sources) == NOVAS


def test_two_services_on_one_queue_make_one_gap(private_rabbitmq, start, until):
    servers = [start(), start()]
    private_rabbitmq.restart()
    declare(private_rabbitmq)
    until(lambda: all(server.state.is_healthy() for server in servers), 60)
    until(lambda: gaps(servers[0]) and all(each.to_at for each in gaps(servers[0])))
    found = gaps(servers[0])
    assert len({each.sources for each in found}) == len(found)


@pytest.fixture
def away(monkeypatch):
    """Have a server's store refuse what is noted of gaps, until the flag is cleared."""
    flag = threading.Event()

    def set_away(server):
        keep = server.store.keep_gaps

        def keep_or_fail(*about):
            if flag.is_set():
                raise StoreError("the database is away")
            keep(*about)

        monkeypatch.setattr(server.store, "keep_gaps", keep_or_fail)
        flag.set()
        return flag

    return set_away


def test_gap_outlives_a_database_that_is_away_meanwhile(private_rabbitmq, start, until, away):
    server = start()
    flag = away(server)
    private_rabbitmq.restart()
    declare(private_rabbitmq)
    until(lambda: server.state.problem == "the database is away", 60)
    assert gaps(server) == []
    flag.clear()
    until(lambda: gaps(server) and all(each.to_at for each in gaps(server)))
    until(server.state.is_healthy)


def test_gap_that_could_not_be_kept_is_found_by_the_next_process(
    private_rabbitmq, start, until, away
):
    server = start()
    proven = server.store.bindings_of("vifcast", [])[0]["nova"]
    away(server)
    private_rabbitmq.restart()
    declare(private_rabbitmq)
    until(lambda: server.state.problem == "the database is away", 60)
    server.stop()
    again = start()
    until(lambda: gaps(again) and all(each.to_at for each in gaps(again)))
    assert {each.reason for each in gaps(again)} == {GapReason.NOT_RUNNING}
    assert all(each.from_at >= proven for each in gaps(again))
