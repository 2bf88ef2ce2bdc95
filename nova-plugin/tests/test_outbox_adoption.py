"""What one process has left, the next one sends: once, in order, and nothing else."""

import itertools
import os
import time

import pytest
from lab import broker, plain
from lab.gate import Gate
from lab.leftover import Leftover
from lab.removal import remove
from vifcast_nova.outbox import letter, own_spool, process, spool


@pytest.fixture
def leave(bus_url, directory):
    """Starts processes that leave something; ends them."""
    started = []

    def leave(count, url=bus_url):
        started.append(Leftover(url, directory, count))
        return started[-1]

    yield leave
    for leftover in started:
        leftover.kill()


def outbox_of(service):
    return process.of(service.conf, service.transport, os.getpid())


def received(bus):
    return [(n["event_type"], n["payload"]["number"]) for n in bus.take()]


def left(count):
    return [("thing.left", number) for number in range(count)]


def test_leftovers_are_sent_first_and_in_order(service, leave, bus):
    first, second = leave(3), leave(4)
    folders = [first.kill(), second.kill()]
    service.notifier().info({}, "thing.done", {"number": 0})
    assert received(bus) == left(3) + left(4) + [("thing.done", 0)]
    assert not any(os.path.exists(folder) for folder in folders)


def test_start_sends_leftovers_before_any_notification(service, leave, bus):
    leave(3).kill()
    outbox_of(service).start()
    assert wait_for(lambda: not outbox_of(service).depth() and outbox_of(service).status()["sent"])
    assert received(bus) == left(3)


def test_what_a_living_process_holds_is_its_own_until_it_is_killed(service, leave, bus):
    alive = leave(3)
    service.notifier().info({}, "thing.done", {"number": 0})
    outbox_of(service).adoption.look_around()
    assert received(bus) == [("thing.done", 0)]
    assert len(os.listdir(alive.folder)) == 4  # the lock, too
    alive.kill()
    outbox_of(service).adoption.look_around()
    assert received(bus) == left(3)


def test_leftovers_for_another_bus_are_left_to_those_who_use_it(service, leave, bus):
    stranger = leave(3, url=broker.new_vhost()).kill()
    service.notifier().info({}, "thing.done", {"number": 0})
    assert received(bus) == [("thing.done", 0)]
    assert len(os.listdir(stranger)) == 4


def test_leftovers_for_another_bus_are_one_warning_without_a_password(
    bus_url, directory, leave, bus, caplog
):
    elsewhere = broker.new_vhost()
    secret = elsewhere.replace("guest:guest@", "guest:sesame@")
    assert secret != elsewhere
    for count in (3, 4):
        leave(count, url=secret).kill()
    service = plain.Service(bus_url, directory)
    outbox_of(service).start()
    service.notifier().info({}, "thing.done", {"number": 0})
    assert received(bus) == [("thing.done", 0)]
    outbox_of(service).adoption.look_around()
    (warning,) = [r.getMessage() for r in caplog.records if r.levelname == "WARNING"]
    for word in ("7 notifications", elsewhere.split("@")[1], bus_url.split("@")[1], "outbox send"):
        assert word in warning
    assert "sesame" not in warning and "guest" not in warning


def test_leftovers_for_another_bus_are_given_up_when_they_are_too_old(
    bus_url, directory, leave, bus, caplog
):
    stranger = leave(3, url=broker.new_vhost()).kill()
    service = plain.Service(bus_url, directory, outbox_max_age_s=1)
    service.notifier().info({}, "thing.done", {"number": 0})
    assert received(bus) == [("thing.done", 0)]
    assert os.path.exists(stranger)
    time.sleep(1.1)
    outbox_of(service).adoption.look_around()
    assert not os.path.exists(stranger)
    assert outbox_of(service).status()["dropped"] == 3
    assert "3 notifications" in caplog.text


def test_torn_and_foreign_files_are_moved_aside_and_logged_once(
    service, directory, leave, bus, caplog
):
    folder = leave(3).kill()
    letters = sorted(name for name in os.listdir(folder) if name != "lock")
    with open(os.path.join(folder, letters[0])) as letter_file:
        whole = letter_file.read()

    def after(step):
        return "%020d.json" % (int(letters[-1][:20]) + step)

    torn = {
        after(1): b"",
        after(2): whole[:-20].encode("ascii"),
        after(3): b"\xff\xfe not JSON",
        after(4): b"[]",
        after(5): b'{"version": 1, "topics": [""]}',
        "notes.txt": b"who put this here?",
    }
    for name, content in torn.items():
        with open(os.path.join(folder, name), "wb") as torn_file:
            torn_file.write(content)
    for name in (after(6), "a directory"):
        os.mkdir(os.path.join(folder, name))
    with open(os.path.join(folder, letters[0] + ".part"), "w") as part_file:
        part_file.write(whole[:30])  # being written when its process was killed
    service.notifier().info({}, "thing.done", {"number": 0})
    assert received(bus) == left(3) + [("thing.done", 0)]
    aside = os.listdir(os.path.join(directory, "aside"))
    names = list(torn) + [after(6), "a directory"]
    assert sorted(aside) == sorted("%s-%s" % (os.path.basename(folder), n) for n in names)
    assert not os.path.exists(folder)
    warnings = [r for r in caplog.records if "is not sent" in r.getMessage()]
    assert len(warnings) == len(aside)


def test_a_letter_nested_without_end_is_no_letter():
    whole = letter.to_bytes(["notifications"], "INFO", {}, {"event_type": "thing.done"})
    assert letter.from_bytes(whole).topics == ["notifications"]
    deep = b'{"version": 1, "message": ' + b"[" * 200000
    for bad in (
        deep,
        whole.replace(b'["notifications"]', b"[]"),
        whole.replace(b'["notifications"]', b"[1]"),
        whole.replace(b'"info"', b'"in\\u0000fo"'),
        whole.replace(b"event_type", b"event_tape"),
    ):
        assert bad != whole
        with pytest.raises(letter.NotALetter):
            letter.from_bytes(bad)


def test_what_is_moved_aside_cannot_be_seen_and_adoption_goes_on(
    service, directory, leave, bus, monkeypatch
):
    leave(3).kill()
    aside = os.path.join(directory, "aside")
    os.mkdir(aside)
    listdir = os.listdir

    def refuse(path):  # a folder of root's; root itself may list it
        if path == aside:
            raise OSError(13, "Permission denied", path)
        return listdir(path)

    monkeypatch.setattr(os, "listdir", refuse)
    service.notifier().info({}, "thing.done", {"number": 0})
    assert received(bus) == left(3) + [("thing.done", 0)]


def test_files_of_another_user_are_not_adopted(service, directory, leave, bus):
    folder = leave(3).kill()
    os.chown(folder, 12345, -1)
    service.notifier().info({}, "thing.done", {"number": 0})
    assert received(bus) == [("thing.done", 0)]
    os.chown(folder, os.geteuid(), -1)
    outbox_of(service).adoption.look_around()
    assert received(bus) == left(3)


def test_two_buses_of_one_process_share_the_directory(service, directory, bus_url, bus):
    from lab import wire

    other_url = broker.new_vhost()
    other, ear = plain.Service(other_url, directory), wire.Wire(other_url)
    for number in range(3):
        service.notifier().info({}, "thing.done", {"number": number})
        other.notifier().info({}, "thing.left", {"number": number})
    assert received(ear) == left(3)
    assert [number for _, number in received(bus)] == [0, 1, 2]
    for _ in range(2):
        outbox_of(service).adoption.look_around()
        outbox_of(other).adoption.look_around()
    service.notifier().info({}, "thing.done", {"number": 3})
    assert received(bus) == [("thing.done", 3)]
    ear.close()


def test_order_holds_when_the_clock_steps_back(service, bus, monkeypatch):
    gate, now = Gate(), spool.now_ns()
    clock = itertools.count(now, -(10**9))
    monkeypatch.setattr(own_spool, "now_ns", lambda: next(clock))
    for number in range(5):
        service.notifier().info({}, "thing.done", {"number": number})
    gate.open()
    assert [number for _, number in received(bus)] == [0, 1, 2, 3, 4]


def test_directory_that_is_deleted_under_us_is_made_again(service, directory, bus, caplog):
    service.notifier().info({}, "thing.done", {"number": 0})
    assert received(bus) == [("thing.done", 0)]
    remove(directory)
    service.notifier().info({}, "thing.done", {"number": 1})
    assert received(bus) == [("thing.done", 1)]
    assert len(os.listdir(directory)) == 1
    assert [r for r in caplog.records if r.name.startswith("vifcast_nova")] == []


def wait_for(predicate, timeout_s=30):
    until = time.time() + timeout_s
    while not predicate() and time.time() < until:
        time.sleep(0.02)
    return predicate()
