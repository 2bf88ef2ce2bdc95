"""The sender leaves Nova's threads alone while they attach and detach; not for ever."""

import os
import time

import pytest
from lab import plain
from vifcast_nova.outbox import bus, process, quiet, will

EVENT = "compute.instance.interface_attach.%s"


class Sending(object):
    """An outbox, and how many operations were under way at each sending."""

    def __init__(self, url, directory, monkeypatch):
        service = plain.Service(url, directory)
        self._notifier = service.notifier()
        self.outbox = process.of(service.conf, service.transport, os.getpid())
        self.under_way = []
        send = vars(bus.Bus)["send"]

        def noting(own, letter, topic):
            self.under_way.append(len(self.outbox.backlog.operations))
            send(own, letter, topic)

        monkeypatch.setattr(bus.Bus, "send", noting)

    def notify(self, operation_id, phase):
        with will.About(operation_id):
            self._notifier.info({}, EVENT % phase, {"instance_id": "i"})


@pytest.fixture
def sending(bus_url, tmpdir, monkeypatch):
    return Sending(bus_url, str(tmpdir.join("outbox")), monkeypatch)


def wait_for(is_so):
    until_s = time.time() + 60
    while not is_so():
        assert time.time() < until_s, "it did not come about"
        time.sleep(0.01)


def test_a_start_waits_for_the_end_of_its_operation(sending, monkeypatch):
    monkeypatch.setattr(quiet, "HOLD_S", 600)
    sending.notify("op-1", "start")
    sending.notify("op-2", "start")
    sending.notify("op-0", "end")  # no start wakes the sender, an end does
    wait_for(lambda: sending.outbox.backlog._entries.in_hand is not None)
    sending.notify("op-1", "end")
    sending.notify("op-2", "end")
    wait_for(lambda: not sending.outbox.depth())
    assert sending.under_way == [0, 0, 0, 0, 0]


def test_a_start_does_not_wait_for_an_operation_that_lasts(sending, monkeypatch):
    monkeypatch.setattr(quiet, "HOLD_S", 0.01)
    sending.notify("op-1", "start")
    wait_for(lambda: not sending.outbox.depth())
    assert sending.under_way == [1]
    sending.notify("op-1", "end")
    wait_for(lambda: not sending.outbox.depth())


def test_a_start_alone_is_sent_though_it_wakes_nobody(sending):
    sending.notify("op-1", "end")
    wait_for(lambda: not sending.outbox.depth())
    sending.notify("op-2", "start")
    assert not sending.outbox.backlog.wake.is_set()
    wait_for(lambda: sending.under_way == [0, 1])
    sending.notify("op-2", "end")
    wait_for(lambda: not sending.outbox.depth())


def test_a_start_does_not_wait_where_somebody_waits_for_it(sending, monkeypatch):
    monkeypatch.setattr(quiet, "HOLD_S", 600)
    sending.notify("op-1", "start")
    assert sending.outbox.flush(60)
    assert sending.under_way == [1]
    sending.notify("op-1", "end")
    wait_for(lambda: not sending.outbox.depth())


def test_who_waits_until_all_is_sent_waits_for_what_is_put_in_meanwhile(sending):
    class Idle(type(sending.outbox.backlog.idle)):
        """The sender has just become idle, and another notification comes at once."""

        seen = 0

        def wait(self, timeout=None):
            was_idle = super(Idle, self).wait(timeout)
            self.seen += 1
            if self.seen == 1:
                sending.notify("op-2", "start")
            return was_idle

    sending.outbox.backlog.idle = Idle()
    sending.notify("op-1", "start")
    assert sending.outbox.flush(60)
    assert sending.outbox.backlog.idle.seen == 2
    assert len(sending.under_way) == 2
