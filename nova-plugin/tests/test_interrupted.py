"""Every start is closed, exactly once, whenever its process is killed."""

import json
import os
import random
import shutil
import subprocess
import sys
import time

import pytest
from lab import broker, contract, mailbox, plain
from lab.attacher import Attacher
from lab.interrupted import Interrupted
from lab.removal import remove
from vifcast_nova.cli import outbox_contents
from vifcast_nova.outbox import other_spools, own_spool, process, spool, will
from vifcast_nova.outbox.bus import fingerprint

HERE = os.path.dirname(os.path.abspath(__file__))
MANY = 60  # more calls than are made
LIVES = 4


def outbox_of(service):
    return process.of(service.conf, service.transport, os.getpid())


@pytest.fixture(scope="module")
def lab(bus_url):
    interrupted = Interrupted(bus_url)
    yield interrupted
    interrupted.end()


def phases(notifications):
    """Of the operation."""
    names = [n["event_type"].split(".")[1] for n in notifications]
    return [name for name in names if name != "done"]


def heard_after_adoption(service, bus, timeout_s=30):
    """What is sent of what others have left; it takes a while, or one that cannot be."""
    outbox = outbox_of(service)
    outbox.start()
    outbox.adoption.look_around()  # its thread may be doing the same
    until = time.time() + timeout_s
    while left_by_others(outbox) and time.time() < until:
        time.sleep(0.01)
    return bus.take()


def left_by_others(outbox):
    names = os.listdir(outbox.backlog.own.directory)
    return [
        name
        for name in names
        if other_spools.DIRECTORY.match(name)
        and name != os.path.basename(outbox.backlog.own.spool.path)
    ]


def files(directory, end):
    return [
        os.path.join(folder, name)
        for folder, _, names in os.walk(directory)
        for name in names
        if name.endswith(end)
    ]


def send(service, event_type, operation_id="an operation"):
    with will.About(operation_id):
        service.notifier().info({}, event_type, {"a": 1})


def test_killed_before_any_call_every_start_has_one_end_or_error(
    lab, directory, service, bus
):
    outcomes, call, is_done = [], 0, False
    while not is_done:
        call += 1
        is_done = lab.operate(directory, call)
        heard = heard_after_adoption(service, bus)
        assert len({n["message_id"] for n in heard}) == len(heard)
        outcome = phases(heard)
        assert outcome in ([], ["start", "error"], ["start", "end"]), call
        if outcome not in outcomes:
            outcomes.append(outcome)
    assert outcomes == [[], ["start", "error"], ["start", "end"]]
    assert call < MANY
    assert not files(directory, ".json") and not files(directory, ".open")


def leave(lab, directory, is_begun):
    """Kill it when it has just made the will; ``is_begun``: and handed in the start."""
    for call in range(1, MANY):
        remove(directory)
        lab.operate(directory, call)
        if files(directory, ".open") and not (is_begun and files(directory, ".json.part")):
            return
    raise AssertionError("there was no such moment")


def test_next_process_killed_before_any_call_changes_nothing(
    lab, tmpdir, service, directory, bus
):
    kept = str(tmpdir.join("kept"))
    leave(lab, kept, is_begun=False)
    assert files(kept, ".json.part")
    begun = str(tmpdir.join("begun"))
    leave(lab, begun, is_begun=True)
    for left, expected in ((kept, []), (begun, ["start", "error"])):
        is_done, call = False, 0
        while not is_done:
            call += 1
            remove(directory)
            shutil.copytree(left, directory)
            is_done = lab.adopt(directory, call)
            assert phases(heard_after_adoption(service, bus)) == expected
        assert call < MANY


def test_error_says_what_became_of_it_and_keeps_its_message_id(
    lab, tmpdir, service, directory, bus
):
    kept = str(tmpdir.join("kept"))
    leave(lab, kept, is_begun=True)
    heard = []
    for _ in range(2):
        remove(directory)
        shutil.copytree(kept, directory)
        heard.append(heard_after_adoption(service, bus)[-2:])
    (start, error), (_, again) = heard
    assert error["message_id"] == again["message_id"] != start["message_id"]
    assert start["timestamp"] < error["timestamp"] < again["timestamp"]
    assert error["event_type"] == "thing.error"
    assert error["priority"] == "ERROR"
    assert error["_routing_key"] == "notifications.error"
    assert error["publisher_id"] == start["publisher_id"]
    contexts = [
        {k: v for k, v in n.items() if k.startswith("_context_") and k != "_context_timestamp"}
        for n in (start, error)
    ]
    assert contexts[0] == contexts[1]
    assert error["payload"] == {
        "a": 1,
        "exception": "OperationInterrupted()",
        "message": "interrupted: nova-compute ended before this operation did; ask Nova "
        "whether the NIC is there",
        "code": 500,
        "interface": {"version": "1.0"},
    }


def test_open_operation_of_a_living_process_waits_for_its_end(service, directory, bus):
    send(service, "thing.start")
    assert phases(bus.take()) == ["start"]
    outbox_of(service).adoption.look_around()
    (opened,) = files(directory, ".open")
    status = outbox_of(service).status()
    assert (status["depth"], status["oldest_age_s"]) == (0, None)
    (lock,) = files(directory, "lock")
    with open(lock) as lock_file:
        assert int(lock_file.readline()) == os.path.getsize(opened)
    send(service, "thing.end")
    assert phases(bus.take()) == ["end"]
    assert not files(directory, ".open") and not files(directory, ".json")
    assert outbox_of(service).backlog.own.spool.bytes == 0
    assert outbox_of(service).backlog.operations.bytes == 0


def test_will_of_a_process_that_is_gone_waits_and_that_of_a_living_one_does_not(
    lab, tmpdir, service, directory, bus
):
    unbegun, begun = str(tmpdir.join("unbegun")), str(tmpdir.join("begun"))
    leave(lab, unbegun, is_begun=False)
    leave(lab, begun, is_begun=True)
    # Of each the notification before; of one the start and its error.
    assert [len(s.letters) for s in outbox_contents.spools(unbegun)] == [1]
    assert [len(s.letters) for s in outbox_contents.spools(begun)] == [3]
    send(service, "thing.start")
    assert phases(bus.take()) == ["start"]
    script = (
        "import sys; from vifcast_nova.cli import outbox_contents;"
        "print(len(outbox_contents.spools(sys.argv[1])))"
    )
    command = [sys.executable, "-W", "ignore", "-c", script, directory]
    assert int(subprocess.check_output(command)) == 0
    send(service, "thing.end")
    assert phases(bus.take()) == ["end"]


def test_two_operations_at_once_have_each_its_own_end(service, directory, bus):
    send(service, "thing.start", "one")
    send(service, "thing.start", "other")
    send(service, "thing.end", "one")
    assert phases(bus.take()) == ["start", "start", "end"]
    assert len(files(directory, ".open")) == 1
    send(service, "thing.error", "other")
    assert phases(bus.take()) == ["error"]
    assert not files(directory, ".open")


def test_process_that_ends_in_good_order_leaves_what_is_open_to_the_next(
    bus_url, directory, service, bus
):
    script = (
        "import sys; from lab import plain; from vifcast_nova.outbox import will\n"
        "with will.About('an operation'):\n"
        "    plain.Service(*sys.argv[1:]).notifier().info({}, 'thing.start', {})\n"
    )
    command = [sys.executable, "-W", "ignore", "-c", script, bus_url, directory]
    subprocess.check_call(command, cwd=HERE)
    assert phases(bus.take()) == ["start"]
    assert phases(heard_after_adoption(service, bus)) == ["error"]


def test_start_in_memory_has_no_will(bus_url, directory, bus):
    with open(directory, "w"):
        pass
    service = plain.Service(bus_url, directory)
    send(service, "thing.start")
    send(service, "thing.end")
    assert phases(bus.take()) == ["start", "end"]


def test_end_that_finds_no_room_is_sent_from_memory_and_its_will_is_not(
    service, directory, bus, monkeypatch
):
    monkeypatch.setattr(own_spool, "TRY_AGAIN_S", 0)
    send(service, "thing.start")
    assert phases(bus.take()) == ["start"]

    def refuse(self, at_ns, data, will):
        raise EnvironmentError(28, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr(spool.Spool, "store_over", refuse)
        send(service, "thing.end")
        assert phases(bus.take()) == ["end"]
    assert not files(directory, ".open")
    assert outbox_of(service).backlog.own.spool.bytes == 0


def test_will_that_finds_no_room_keeps_no_letter_back(
    lab, directory, service, bus, monkeypatch
):
    leave(lab, directory, is_begun=True)
    wills = files(directory, ".open")
    assert wills
    with monkeypatch.context() as full:

        def refuse(path, data):
            raise EnvironmentError(28, "No space left on device", path)

        full.setattr(spool.files, "write", refuse)
        assert "error" not in phases(heard_after_adoption(service, bus, timeout_s=3))
    assert files(directory, ".open") == wills
    assert phases(heard_after_adoption(service, bus)) == ["error"]
    assert not files(directory, ".open")


def test_file_that_is_no_will_is_moved_aside(lab, directory, service, bus):
    leave(lab, directory, is_begun=True)
    (path,) = files(directory, ".open")
    os.unlink(path)  # it may be the start's file, too
    with open(path, "wb") as will_file:
        will_file.write(b"torn")
    assert "error" not in phases(heard_after_adoption(service, bus))
    assert len(os.listdir(os.path.join(directory, "aside"))) == 1


def test_end_on_another_bus_leaves_no_will_behind(service, directory, bus):
    other = plain.Service(broker.new_vhost(), directory)
    send(service, "thing.start")
    send(other, "thing.end")
    assert phases(bus.take()) == ["start"]
    assert not files(directory, ".open")


def test_will_is_kept_where_the_file_system_has_no_links(
    lab, directory, service, bus, monkeypatch
):
    def refuse(path, other):
        raise EnvironmentError(95, "Operation not supported", other)

    with monkeypatch.context() as plain_disk:
        plain_disk.setattr(os, "link", refuse)
        send(service, "thing.start")
        assert phases(bus.take()) == ["start"]
    assert len(files(directory, ".open")) == 1
    send(service, "thing.end")
    assert phases(bus.take()) == ["end"]
    assert not files(directory, ".open") and not files(directory, ".json")


def test_will_of_an_earlier_release_is_sent(service, directory, bus):
    left = os.path.join(directory, "%s-1-1-aaaa" % fingerprint(service.transport))
    os.makedirs(left)
    open(os.path.join(left, spool.LOCK), "w").close()
    document = {
        "version": 1,
        "topics": ["notifications"],
        "priority": "error",
        "context": {},
        "message": {
            "message_id": "11111111-1111-4111-8111-111111111111",
            "publisher_id": "plain.host1",
            "event_type": "thing.error",
            "priority": "ERROR",
            "payload": {"a": 1},
            "timestamp": "2026-11-01 10:00:00.000000",
        },
        "will": True,
    }
    with open(os.path.join(left, "%020d.open" % 1), "w") as will_file:
        json.dump(document, will_file)
    (heard,) = heard_after_adoption(service, bus)
    assert heard["message_id"] == document["message"]["message_id"]
    assert heard["timestamp"] > "2026-11-26"


def attacher(url, tmpdir, name):
    return Attacher(
        broker.transport_url(url),
        str(tmpdir.mkdir(name)),
        outbox=str(tmpdir.join("outbox")),
    )


def test_nova_killed_at_any_moment_every_start_has_one_end_or_error(tmpdir):
    url = broker.new_vhost()
    for life in range(LIVES):
        nova = attacher(url, tmpdir, "life-%d" % life)
        try:
            nova.begin(1000)
            time.sleep(random.uniform(0.3, 1.5))
        finally:
            nova.end()
    last = attacher(url, tmpdir, "last")
    last.attach(1)
    until = time.time() + 60
    while files(str(tmpdir.join("outbox")), ".json") and time.time() < until:
        time.sleep(0.1)
    last.end()
    operations, errors = {}, 0
    heard = [n for queue in ("info", "error") for n in all_of(url, "notifications." + queue)]
    for notification in {n["message_id"]: n for n in heard}.values():
        if "interface" in notification["payload"]:
            contract.check(notification)
            phases = operations.setdefault(notification["payload"]["interface"]["operation_id"], [])
            phases.append(notification["event_type"].rsplit(".", 1)[1])
    assert len(operations) >= LIVES
    for phases in operations.values():
        assert sorted(phases) in (["end", "start"], ["error", "start"])
        errors += "error" in phases
    assert errors <= LIVES
    assert not files(str(tmpdir.join("outbox")), ".open")


def all_of(url, queue):
    return mailbox.take(url, 10 ** 6, queue=queue, timeout_s=5)
