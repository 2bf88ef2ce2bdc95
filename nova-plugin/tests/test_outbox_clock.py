"""A clock that is set, however far, loses nothing that waits."""

import os
import time

import pytest
from lab.gate import Gate
from lab.leftover import Leftover
from vifcast_nova.outbox import process

FAR_S = 10 * 24 * 3600  # beyond outbox_max_age_s


@pytest.fixture
def set_clock(monkeypatch):
    """``set_clock(by)``: seconds, from what it really is."""
    clock = time.time
    return lambda by: monkeypatch.setattr(time, "time", lambda: clock() + by)


@pytest.mark.parametrize("by", [FAR_S, -FAR_S])
def test_set_while_something_waits(service, bus, set_clock, by):
    gate = Gate()
    send(service, range(3))
    set_clock(by)
    outbox_of(service).adoption.look_around()
    send(service, range(3, 6))
    assert outbox_of(service).status()["oldest_age_s"] < 60
    gate.open()
    assert numbers(bus) == [0, 1, 2, 3, 4, 5]
    assert outbox_of(service).status()["dropped"] == 0


@pytest.mark.parametrize("by", [FAR_S, -FAR_S])
def test_set_between_a_process_and_the_next(bus_url, directory, service, bus, set_clock, by):
    left = Leftover(bus_url, directory, 3)
    left.kill()
    set_clock(by)
    send(service, range(1))
    assert numbers(bus) == [0, 1, 2, 0]
    assert outbox_of(service).status()["dropped"] == 0


def test_set_forward_keeps_what_was_set_aside(service, directory, bus, set_clock):
    aside = os.path.join(directory, "aside")
    os.makedirs(aside)
    with open(os.path.join(aside, "some.json"), "w"):
        pass
    set_clock(FAR_S)
    send(service, range(1))
    assert numbers(bus) == [0]
    assert os.listdir(aside) == ["some.json"]


def send(service, numbers):
    for number in numbers:
        service.notifier().info({}, "thing.done", {"number": number})


def numbers(bus):
    return [n["payload"]["number"] for n in bus.take()]


def outbox_of(service):
    return process.of(service.conf, service.transport, os.getpid())
