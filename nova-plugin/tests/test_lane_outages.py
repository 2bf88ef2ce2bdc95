"""A broker's restart loses nothing of what is in the lane; Nova's exchange is not durable."""

import os
import time

import pytest
from amqp.exceptions import AMQPError
from kombu.exceptions import OperationalError
from lab import durable, plain
from lab.attacher import SERVERS, Attacher
from lab.broker import transport_url
from vifcast_nova.outbox import bus as buses
from vifcast_nova.outbox import lane, letter, publisher

ATTACHES = 20
# amqp's own before kombu 5, and what the deadline of a green thread raises
AWAY = (EnvironmentError, OperationalError, AMQPError, publisher.NoAnswer)
VHOST, USER, PASSWORD = "lane", "nova", "right"


@pytest.fixture(scope="module")
def broker(own_broker):
    own_broker.create_vhost(VHOST)
    return own_broker


@pytest.fixture
def url(broker):
    """With the exchange and its queue, empty."""
    broker.delete_vhost(VHOST)
    broker.create_vhost(VHOST)
    broker.add_user(USER, PASSWORD, VHOST)
    url = "amqp://%s:%s@%s/%s" % (USER, PASSWORD, broker.url.split("@")[1], VHOST)
    durable.declare(url)
    return url


@pytest.fixture
def nova(url, tmpdir):
    nova = Attacher(transport_url(url), str(tmpdir))
    yield nova
    nova.end()


def check_all_are_in_the_lane(url, attaches):
    heard = durable.take(url, 2 * attaches, timeout_s=120)
    by_operation = {}
    for notification in {n["message_id"]: n for n in heard}.values():
        if "interface" in notification["payload"]:
            operation_id = notification["payload"]["interface"]["operation_id"]
            phase = notification["event_type"].rsplit(".", 1)[1]
            by_operation.setdefault(operation_id, []).append(phase)
    assert len(by_operation) == attaches
    assert all(sorted(phases) == ["end", "start"] for phases in by_operation.values())


def test_what_waited_while_the_broker_was_stopped_is_in_the_lane(broker, url, nova):
    nova.attach(SERVERS)
    check_all_are_in_the_lane(url, SERVERS)
    broker.stop()
    try:
        nova.attach(ATTACHES)
    finally:
        broker.start()
    # Nobody binds anything: Nova's side is the first, and the only one, to come back.
    check_all_are_in_the_lane(url, ATTACHES)


def test_what_is_sent_while_the_broker_is_killed_is_in_the_lane(broker, url, nova):
    nova.attach(SERVERS)
    for _ in range(2):
        nova.begin(ATTACHES)
        time.sleep(0.5)
        broker.kill()
        nova.wait()
        broker.start()
    check_all_are_in_the_lane(url, SERVERS + 2 * ATTACHES)


def a_letter():
    data = letter.to_bytes(["notifications"], "INFO", {}, {"event_type": "thing.done"})
    return letter.from_bytes(data)


def over_tls(broker, certificates):
    place = "%s:%s@127.0.0.1:%d/%s" % (USER, PASSWORD, broker.tls_port, VHOST)
    return "amqp://%s?ssl=1&ssl_ca_file=%s/cert.pem" % (place, certificates)


def test_lane_speaks_tls_where_nova_does(broker, url, certificates, tmpdir):
    service = plain.Service(over_tls(broker, certificates), str(tmpdir.join("outbox")))
    bus, own = buses.Bus(service.transport, os.getpid()), lane.Lane(durable.EXCHANGE)
    bus.send(a_letter(), "notifications")
    own.send(bus, a_letter(), "notifications")
    own.close()
    assert own.state == "used"
    assert len(durable.take(url, 1)) == 1


@pytest.mark.parametrize("is_tls", [False, True])
@pytest.mark.parametrize("is_open", [True, False])
def test_frozen_broker_is_an_error_in_time(
    broker, url, certificates, tmpdir, monkeypatch, is_tls, is_open
):
    monkeypatch.setattr(publisher, "ANSWER_S", 2)
    monkeypatch.setattr(buses, "ANSWER_S", 2)
    service = plain.Service(
        over_tls(broker, certificates) if is_tls else url, str(tmpdir.join("outbox"))
    )
    bus, own = buses.Bus(service.transport, os.getpid()), lane.Lane(durable.EXCHANGE)
    bus.send(a_letter(), "notifications")  # oslo.messaging has a connection now
    if is_open:
        own.send(bus, a_letter(), "notifications")
    broker.suspend()
    try:
        began_at = time.time()
        with pytest.raises(AWAY):
            own.send(bus, a_letter(), "notifications")
        assert time.time() - began_at < 20
    finally:
        broker.resume()
    own.send(bus, a_letter(), "notifications")
    own.close()
    assert own.state == "used"
