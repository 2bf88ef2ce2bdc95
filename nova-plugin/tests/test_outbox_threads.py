"""The outbox keeps its two threads running; a put that gets none is sent with the next."""

import os
import threading

from vifcast_nova.outbox import outbox as module
from vifcast_nova.outbox import process


def refusing(count):
    """A Thread of which the first ``count`` cannot be started."""
    left = [count]

    class Refusing(threading.Thread):
        def start(self):
            if left[0]:
                left[0] -= 1
                raise RuntimeError("can't start new thread")
            super(Refusing, self).start()

    return Refusing


def put(service, number):
    service.notifier().info({}, "thing.done", {"number": number})


def numbers(bus):
    return [notification["payload"]["number"] for notification in bus.take()]


def threads_of(outbox):
    return outbox._sending, outbox._watching


def test_letter_for_which_no_thread_was_to_be_had_is_sent_with_the_next(service, bus, monkeypatch):
    monkeypatch.setattr(module.threading, "Thread", refusing(2))
    outbox = process.of(service.conf, service.transport, os.getpid())
    put(service, 1)
    assert not any(thread.is_alive() for thread in threads_of(outbox))
    assert outbox.depth() == 1
    put(service, 2)
    assert all(thread.is_alive() for thread in threads_of(outbox))
    assert numbers(bus) == [1, 2]


def test_thread_that_watches_is_started_later_where_the_sender_took_the_last(
    service, bus, monkeypatch
):
    outbox = process.of(service.conf, service.transport, os.getpid())
    thread = refusing(1)
    started = []

    def second_is_refused(*args, **kwargs):
        started.append(kwargs["target"])
        return (thread if len(started) == 2 else threading.Thread)(*args, **kwargs)

    monkeypatch.setattr(module, "threading", _Threading(second_is_refused))
    put(service, 1)
    assert [thread.is_alive() for thread in threads_of(outbox)] == [True, False]
    put(service, 2)
    assert all(thread.is_alive() for thread in threads_of(outbox))
    put(service, 3)
    assert started == [outbox.sender.run, outbox.sender.watch, outbox.sender.watch]
    assert numbers(bus) == [1, 2, 3]


class _Threading(object):
    def __init__(self, make):
        self.Thread = make


def test_sender_that_has_died_is_replaced_at_the_next_put(service, bus, monkeypatch):
    outbox = process.of(service.conf, service.transport, os.getpid())
    run, was_broken = outbox.sender.run, []

    def run_once_broken():
        if was_broken:
            run()
        was_broken.append(True)

    monkeypatch.setattr(outbox.sender, "run", run_once_broken)
    put(service, 1)
    outbox._sending.join()
    assert outbox.depth() == 1
    put(service, 2)
    assert numbers(bus) == [1, 2]
