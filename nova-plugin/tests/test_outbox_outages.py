"""Nova does not notice that the broker is away, and nothing is lost meanwhile."""

import logging
import os
import time

import pytest
from lab import mailbox, plain
from lab.attacher import SERVERS, Attacher
from vifcast_nova.outbox import lane, limits, outage, process, sender

ATTACHES = 100
# Nova alone takes a tenth of it; directly sent, an attach takes 15 s and more.
ATTACH_S = 3
VHOST, USER, PASSWORD = "outages", "nova", "right"


@pytest.fixture(scope="module")
def broker(own_broker):
    own_broker.create_vhost(VHOST)
    return own_broker


@pytest.fixture
def place(broker):
    """``host:port/vhost``, all queues gone, the password right."""
    broker.delete_vhost(VHOST)
    broker.create_vhost(VHOST)
    broker.add_user(USER, PASSWORD, VHOST)
    return "%s/%s" % (broker.url.split("@")[1], VHOST)


@pytest.fixture
def start(tmpdir, place):
    """Starts the Nova."""
    started = []

    def start(driver="vifcast_outbox", notification_format="both"):
        url = "rabbit://%s:%s@%s" % (USER, PASSWORD, place)
        drivers = (driver, "vifcast")
        started.append(Attacher(url, str(tmpdir), drivers, notification_format))
        return started[0]

    yield start
    for nova in started:
        nova.end()


def attach_during(nova):
    """100 attaches, none of which may wait."""
    longest = max(nova.attach(ATTACHES))
    assert longest < ATTACH_S


def check_arrived(place, before=0, notification_format="both"):
    """Start and end of each attach, those of one instance in turn, ours and Nova's own."""
    url = "amqp://%s:%s@%s" % (USER, PASSWORD, place)
    count = 2 * (ATTACHES + before)
    arrived = mailbox.take(url, count)
    sent = [n for n in arrived if "interface" in n["payload"]]
    for start, end in pairs(sent, count, lambda n: n["payload"]["instance_id"]):
        operations = [n["payload"]["interface"]["operation_id"] for n in (start, end)]
        assert operations[0] == operations[1]
    if notification_format != "unversioned":
        arrived = mailbox.take(url, count, "versioned_notifications.info")
        sent = [n for n in arrived if n["event_type"].startswith("instance.interface_attach.")]
        pairs(sent, count, lambda n: n["payload"]["nova_object.data"]["uuid"])


def pairs(sent, count, instance_of):
    """The start and end of each attach; all are there once, in order."""
    assert len({n["message_id"] for n in sent}) == len(sent) == count
    found = []
    instances = {instance_of(n) for n in sent}
    assert len(instances) == SERVERS
    for instance_id in instances:
        own = [n for n in sent if instance_of(n) == instance_id]
        for start, end in zip(own[::2], own[1::2]):
            assert start["event_type"].endswith(".start")
            assert end["event_type"].endswith(".end")
            found.append((start, end))
        times = [n["timestamp"] for n in own]
        assert times == sorted(times)
    return found


@pytest.mark.parametrize(
    ("driver", "notification_format"),
    [
        ("vifcast_outbox", "both"),
        ("vifcast_outbox", "versioned"),
        # The only format in which an attach does not publish through it.
        ("messagingv2", "unversioned"),
    ],
)
def test_broker_stopped(broker, place, start, driver, notification_format):
    nova = start(driver, notification_format)
    nova.attach(SERVERS)
    # Not durable: what oslo.messaging's queue holds goes with the broker.
    url = "amqp://%s:%s@%s" % (USER, PASSWORD, place)
    assert len(mailbox.take(url, 2 * SERVERS)) == 2 * SERVERS
    if notification_format != "unversioned":
        assert len(mailbox.take(url, 2 * SERVERS, "versioned_notifications.info")) == 2 * SERVERS
    broker.stop()
    try:
        attach_during(nova)
    finally:
        broker.start()
    check_arrived(place, notification_format=notification_format)


@pytest.mark.parametrize("notification_format", ["both", "versioned"])
def test_broker_frozen(broker, place, start, notification_format):
    nova = start(notification_format=notification_format)
    nova.attach(SERVERS)
    broker.suspend()
    try:
        attach_during(nova)
    finally:
        broker.resume()
    check_arrived(place, before=SERVERS, notification_format=notification_format)


def test_broker_never_reachable_since_nova_started(broker, place, start):
    broker.stop()
    try:
        attach_during(start())
    finally:
        broker.start()
    check_arrived(place)


def test_broker_refuses_the_password(broker, place, start):
    broker.add_user(USER, "another", VHOST)
    try:
        attach_during(start())
    finally:
        broker.add_user(USER, PASSWORD, VHOST)
    check_arrived(place)


def test_disk_alarm_of_the_broker(broker, place, start):
    nova = start()
    nova.attach(SERVERS)
    broker.raise_disk_alarm()
    try:
        attach_during(nova)
    finally:
        broker.clear_disk_alarm()
    check_arrived(place, before=SERVERS)


def test_outage_since_the_start_is_logged_once_and_so_is_its_end(
    broker, place, tmpdir, caplog, monkeypatch
):
    monkeypatch.setattr(outage, "HANGS_S", 2)
    monkeypatch.setattr(sender, "LOOK_AROUND_S", 0.5)
    broker.stop()
    try:
        url = "amqp://%s:%s@%s" % (USER, PASSWORD, place)
        service = plain.Service(url, str(tmpdir.join("outbox")))
        with caplog.at_level(logging.INFO, logger="vifcast_nova"):
            for number in range(3):
                service.notifier().info({}, "thing.done", {"number": number})
            outbox = process.of(service.conf, service.transport, os.getpid())
            until = time.time() + 30
            while not log_lines(caplog) and time.time() < until:
                time.sleep(0.1)
            time.sleep(2)  # a second one would be here by now
    finally:
        broker.start()
    with caplog.at_level(logging.INFO, logger="vifcast_nova"):
        assert outbox.flush(90)
        time.sleep(0.2)  # the last is logged when it has been sent
    ours = log_lines(caplog)
    assert [r.levelname for r in ours] == ["WARNING", "INFO"]
    assert outbox.backlog.limits.dropped == 0
    assert place in ours[0].getMessage() and PASSWORD + "@" not in ours[0].getMessage()
    assert "3 notifications" in ours[1].getMessage()
    assert outbox.bus.is_there()
    broker.suspend()
    try:
        assert not outbox.bus.is_there()
    finally:
        broker.resume()


def log_lines(caplog):
    """What our own code has logged of the bus.

    Not of losses: other tests' outboxes live on in this process, and log theirs once a
    minute, which may be now. Nor that this broker has no lane.
    """
    ours = [r for r in caplog.records if r.name.startswith("vifcast_nova")]
    return [r for r in ours if r.name not in (limits.__name__, lane.__name__)]
