"""Files for the letters to come are there before they are needed; nothing depends on them."""

import os
import shutil
import time

import pytest
from vifcast_nova.outbox import files, process


@pytest.fixture
def rested(service, monkeypatch):
    """The outbox once its sender had nothing to send, and has made all files.

    No other test waits for it to be empty: some close it with a letter left.
    """
    monkeypatch.setattr(process, "_outboxes", {})
    outbox = process.of(service.conf, service.transport, os.getpid())
    outbox.start()
    until_s = time.time() + 60
    while outbox.backlog.make_spare() or len(spares(outbox)) < files.SPARES:
        assert time.time() < until_s, "the sender has made no files"
    yield outbox
    outbox.close(1)


def spares(outbox):
    path = outbox.backlog.own.spool.path
    return [name for name in os.listdir(path) if name.startswith("spare-")]


def inodes(outbox, end):
    path = outbox.backlog.own.spool.path
    return {os.stat(os.path.join(path, n)).st_ino for n in os.listdir(path) if n.endswith(end)}


def test_a_letter_goes_into_a_file_that_was_made_before(service, rested, gate):
    made_before = inodes(rested, files.PART)
    service.notifier().info({}, "thing.done", {"number": 1})
    assert len(inodes(rested, ".json")) == 1
    assert inodes(rested, ".json") < made_before


def test_letters_without_such_files_are_kept_and_sent_as_well(service, rested, bus):
    for name in spares(rested):
        os.unlink(os.path.join(rested.backlog.own.spool.path, name))
    for number in range(3):
        service.notifier().info({}, "thing.done", {"number": number})
    assert [n["payload"]["number"] for n in bus.take()] == [0, 1, 2]
    assert rested.status()["trouble"] is None


def test_a_process_that_ends_leaves_none_behind(rested, directory):
    rested.close(1)
    assert os.listdir(directory) == []


def test_what_a_killed_process_leaves_of_them_is_removed(service, rested, directory):
    own = rested.backlog.own.spool.path
    gone = os.path.join(directory, os.path.basename(own)[:-8] + "00000000")
    shutil.copytree(own, gone)
    rested.adoption.look_around()
    assert not os.path.exists(gone)


def test_a_process_that_ends_with_letters_left_leaves_no_spares(service, rested, gate):
    service.notifier().info({}, "thing.done", {"number": 1})
    rested.close(0)
    left = os.listdir(rested.backlog.own.spool.path)
    assert [name for name in left if name.endswith(files.PART)] == []
    assert len([name for name in left if name.endswith(".json")]) == 1


def test_files_are_made_only_while_nothing_waits(service, rested, monkeypatch):
    made = []

    def make():
        made.append(1)
        rested.backlog.wake.set()
        return len(made) < 1000

    monkeypatch.setattr(rested.backlog, "make_spare", make)
    rested.sender._rest()
    assert len(made) < 10  # its own thread makes some, too


def test_a_sender_that_has_ended_keeps_nobody_waiting(service, rested, gate):
    service.notifier().info({}, "thing.done", {"number": 1})
    until_s = time.time() + 60
    while rested.backlog._entries.in_hand is None:
        assert time.time() < until_s, "the sender does not take it"
        time.sleep(0.01)
    rested.close(0)
    gate.open()
    assert rested.backlog.idle.wait(60)
    assert rested.flush(60)
