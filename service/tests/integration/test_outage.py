import threading
import time
import uuid
from contextlib import closing

import pytest

from notifications import body, interface, payload
from publisher import Publisher
from vifcast.store import Location, Store


def nic(number):
    identity = str(uuid.UUID(int=number))
    return body(payload=payload(interface=interface(operation_id=identity, port_id=identity)))


class Stream:
    """Publishes without pause, through every outage; knows what the broker confirmed.

    The exchange is durable, as with ``amqp_durable_queues = true``. Of another one the
    broker forgets the bindings when it restarts, and drops what comes before they are back.
    """

    def __init__(self, url):
        self._url = url
        self._stopping = threading.Event()
        self.confirmed = []
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        number = 0
        while not self._stopping.is_set():
            try:
                with closing(Publisher(self._url, durable=True)) as publisher:
                    while not self._stopping.is_set():
                        publisher(nic(number))
                        self.confirmed.append(str(uuid.UUID(int=number)))
                        number += 1
                        time.sleep(0.002)
            except Exception:  # noqa: BLE001 - whatever an outage raises
                # It may have arrived all the same: never the same number twice.
                number += 1
                time.sleep(0.1)

    def stop(self):
        self._stopping.set()
        self._thread.join(20)
        return set(self.confirmed)


def stored_ports(store):
    ports, position = [], 0
    while events := store.events_after(position, 1000):
        ports += [event.port_id for event in events]
        position = events[-1].id
    return ports


def times_logged(caplog, sentence):
    return sum(sentence in message for message in caplog.messages)


@pytest.mark.parametrize(("how", "kind"), [("restart", "quorum"), ("kill", "classic")])
def test_nothing_is_lost_or_doubled_over_a_broker_that_goes_and_comes_back(
    private_rabbitmq, serve, until, how, kind
):
    Publisher(private_rabbitmq.url("/"), durable=True).close()
    server = serve(private_rabbitmq.transport_url("/"), ingest__queue_type=kind)
    until(server.state.is_healthy)
    stream = Stream(private_rabbitmq.url("/"))
    until(lambda: server.store.last_event_id() > 100)
    if how == "restart":
        private_rabbitmq.restart()
    else:
        private_rabbitmq.kill()
        until(lambda: server.state.problem)
        private_rabbitmq.start()
    until(server.state.is_healthy, 60)
    count = len(stream.confirmed)
    until(lambda: len(stream.confirmed) > count + 100)
    confirmed = stream.stop()
    until(lambda: confirmed <= set(stored_ports(server.store)))
    ports = stored_ports(server.store)
    assert len(ports) == len(set(ports))


def test_frozen_broker_is_noticed_and_taken_up_again(private_rabbitmq, serve, until):
    with closing(Publisher(private_rabbitmq.url("/"))) as publisher:
        server = serve(private_rabbitmq.transport_url("/"), ingest__heartbeat_s=2)
        until(server.state.is_healthy)
        publisher(nic(1))
        until(lambda: server.store.last_event_id() == 1)
        private_rabbitmq.suspend()
        until(lambda: server.state.problem)
        private_rabbitmq.resume()
        until(server.state.is_healthy)
        publisher(nic(2))
        until(lambda: server.store.last_event_id() == 2)


def test_service_killed_in_the_middle_loses_and_doubles_nothing(vifcast, vhost, until, database):
    Publisher(vhost.url, durable=True).close()
    arguments = ("serve", "--listen", "127.0.0.1:0")
    first = vifcast(*arguments, VIFCAST_TRANSPORT_URL=vhost.transport_url)
    until(lambda: "reading vifcast" in first.errors)
    stream = Stream(vhost.url)
    process = first
    for _ in range(3):
        count = len(stream.confirmed)
        until(lambda count=count: len(stream.confirmed) > count + 150)
        process.process.kill()
        process.wait()
        process = vifcast(*arguments, VIFCAST_TRANSPORT_URL=vhost.transport_url)
    confirmed = stream.stop()
    store = Store.open_for_reading(Location.of_file(database))
    until(lambda: confirmed <= set(stored_ports(store)))
    ports = stored_ports(store)
    assert len(ports) == len(set(ports))
    store.close()


def test_store_that_fails_stops_reading_and_loses_nothing(serve, vhost, publish, until, caplog):
    caplog.set_level("INFO", "vifcast")
    server = serve(vhost.transport_url)
    until(server.state.is_healthy)
    with server.store._writer.connect() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER full BEFORE INSERT ON event BEGIN "
            "SELECT RAISE(ABORT, 'database or disk is full'); END"
        )
        connection.commit()
    publish(nic(1))
    until(lambda: server.state.problem and "the disk is full" in server.state.problem)
    until(lambda: vhost.queue_depth("vifcast") == 1)
    failures = server.metrics.store_failures.labels("default")
    until(lambda: failures._value.get() >= 4)
    assert times_logged(caplog, "the disk is full") == 1
    assert times_logged(caplog, "reading vifcast") == 1
    with server.store._writer.connect() as connection:
        connection.exec_driver_sql("DROP TRIGGER full")
        connection.commit()
    until(lambda: server.store.last_event_id() == 1)
    until(server.state.is_healthy)
    until(lambda: times_logged(caplog, "reading vifcast") == 2)
