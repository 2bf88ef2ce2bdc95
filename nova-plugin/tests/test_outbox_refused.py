"""What the broker refuses for good does not hold up the rest."""

import logging
import os
import time

import kombu
import pytest
from lab import broker, plain, wire
from vifcast_nova.notify import host_report
from vifcast_nova.outbox import bus as buses
from vifcast_nova.outbox import outage, process, refusals, sender


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(sender, "BACK_OFF_S", (0.01,))


@pytest.fixture
def hasty(monkeypatch):
    """oslo.messaging takes a second for each refusal."""
    monkeypatch.setattr(refusals, "PATIENCE", 2)


@pytest.fixture
def url():
    """A vhost whose notifications.error was declared otherwise: a 406 for each."""
    url = broker.new_vhost()
    with kombu.Connection(url) as connection:
        kombu.Queue("notifications.error", durable=True)(connection.channel()).declare()
    return url


@pytest.fixture
def service(url, directory):
    return plain.Service(url, directory)


@pytest.fixture
def ear(url):
    ear = wire.Wire(url)
    yield ear
    ear.close()


def outbox_of(service):
    return process.of(service.conf, service.transport, os.getpid())


def numbers(ear):
    return [(n["_routing_key"], n["payload"]["number"]) for n in ear.take()]


def aside(directory):
    place = os.path.join(directory, "aside")
    return sorted(os.listdir(place)) if os.path.isdir(place) else []


def info(*numbers):
    return [("notifications.info", number) for number in numbers]


def test_refused_for_good_is_set_aside_and_the_rest_is_sent(service, directory, ear, caplog):
    notifier = service.notifier()
    notifier.error({}, "thing.failed", {"number": 0})
    for number in range(1, 6):
        notifier.info({}, "thing.done", {"number": number})
    assert numbers(ear) == info(1, 2, 3, 4, 5)
    (name,) = aside(directory)
    (record,) = [r for r in caplog.records if "is not sent" in r.getMessage()]
    assert record.levelname == "WARNING"
    for word in (name[-25:], "thing.failed", "notifications.error", "PRECONDITION_FAILED"):
        assert word in record.getMessage()
    assert outbox_of(service).status()["dropped"] == 1
    assert outbox_of(service).status()["bytes"] == 0


def test_several_refused_in_a_row_are_one_warning(service, directory, ear, hasty, caplog):
    notifier = service.notifier()
    for number in range(2):
        notifier.error({}, "thing.failed", {"number": number})
    for number in range(2, 8):
        notifier.info({}, "thing.done", {"number": number})
    assert numbers(ear) == info(*range(2, 8))
    assert len(aside(directory)) == 2
    assert len([r for r in caplog.records if "is not sent" in r.getMessage()]) == 1


def test_bus_is_back_once_what_it_refused_is_set_aside(
    service, directory, ear, hasty, caplog, monkeypatch
):
    monkeypatch.setattr(outage, "LOG_AFTER_S", -1)
    with caplog.at_level(logging.INFO, logger="vifcast_nova"):
        service.notifier().error({}, "thing.failed", {"number": 0})
        for number in range(1, 4):
            service.notifier().info({}, "thing.done", {"number": number})
        assert numbers(ear) == info(1, 2, 3)
        until = time.time() + 5
        while "is back" not in caplog.text and time.time() < until:
            time.sleep(0.05)
    assert len(aside(directory)) == 1
    assert caplog.text.count("takes nothing") == 1
    assert caplog.text.count("is back; 3 notifications") == 1


def test_key_that_is_too_long_is_set_aside(service, directory, ear, hasty):
    # The client's error, not the broker's.
    service.notifier(topics=["n" * 300]).info({}, "thing.done", {"number": 0})
    for number in range(1, 4):
        service.notifier().info({}, "thing.done", {"number": number})
    assert numbers(ear) == info(1, 2, 3)
    assert len(aside(directory)) == 1


def test_refused_on_one_topic_arrives_once_on_the_other(url, directory, ear, hasty):
    service = plain.Service(url, directory)
    with kombu.Connection(url) as connection:
        kombu.Queue("second.info", durable=True)(connection.channel()).declare()
    notifier = service.notifier(topics=["notifications", "second"])
    for number in range(3):
        notifier.info({}, "thing.done", {"number": number})
    notifier = service.notifier()
    for number in range(3, 6):
        notifier.info({}, "thing.done", {"number": number})
    assert sorted(numbers(ear)) == info(*range(6))
    assert len(aside(directory)) == 3


def test_reports_get_past_one_that_is_refused_alone(service, directory, ear, hasty):
    service.notifier().error({}, "thing.failed", {"number": 0})
    reports, outbox = host_report.HostReport(None, None), outbox_of(service)
    count, until = 0, time.time() + 30
    while outbox.depth() and time.time() < until:
        if not reports._has_piled_up(outbox.status(), interval_s=0):
            count += 1
            service.notifier().info({}, "thing.reported", {"number": count})
        time.sleep(0.05)
    assert numbers(ear) == info(*range(1, count + 1))
    assert len(aside(directory)) == 1
    assert count >= 2


def test_outage_sets_nothing_aside(service, directory, ear, monkeypatch):
    tries = refuse(monkeypatch, lambda number: number < 40)
    notify_service(service, range(3))
    assert sorted(numbers(ear)) == info(0, 1, 2)
    assert len(tries) > 40
    assert aside(directory) == []


def test_bus_that_is_back_for_a_moment_sets_nothing_aside(service, directory, ear, monkeypatch):
    # The first is tried five times and once more, then the second: taken.
    refuse(monkeypatch, lambda number: number < 30 and number != 7)
    notify_service(service, range(4))
    heard = numbers(ear)
    assert heard[0] == info(1)[0]
    assert sorted(heard) == info(0, 1, 2, 3)
    assert aside(directory) == []


def notify_service(service, numbers):
    notifier = service.notifier()
    for number in numbers:
        notifier.info({}, "thing.done", {"number": number})


def refuse(monkeypatch, is_refused):
    """The bus is away at each try, counted from 1, of which that is true."""
    tries, send = [], vars(buses.Bus)["send"]

    def send_or_not(own, letter, topic):
        tries.append(topic)
        if is_refused(len(tries)):
            raise EnvironmentError("the bus is away")
        send(own, letter, topic)

    monkeypatch.setattr(buses.Bus, "send", send_or_not)
    return tries

