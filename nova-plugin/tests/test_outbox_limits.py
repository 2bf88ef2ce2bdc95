"""What waits is bounded, and a directory that cannot be used harms nobody."""

import json
import logging
import os
import subprocess
import sys
import time

import pytest
from lab import plain
from oslo_utils import timeutils
from vifcast_nova.outbox import lane, own_spool, process
from vifcast_nova.outbox.backlog import IN_MEMORY, Backlog, Entry
from vifcast_nova.outbox.bus import Bus
from vifcast_nova.outbox.limits import Limits

HERE = os.path.dirname(os.path.abspath(__file__))


def notify(service, numbers):
    for number in numbers:
        service.notifier().info({}, "thing.done", {"number": number})


def numbers(bus):
    return [n["payload"]["number"] for n in bus.take()]


def status(service):
    return process.of(service.conf, service.transport, os.getpid()).status()


def own_records(caplog):
    """What our own code has logged, but that this broker has no lane."""
    ours = [r for r in caplog.records if r.name.startswith("vifcast_nova")]
    return [r for r in ours if r.name != lane.__name__]


def wait_until_in_hand():
    """Until the sender stands at the gate with the first."""
    (outbox,) = [o for o in process._own() if o.depth()]
    while outbox.backlog._entries.in_hand is None:
        time.sleep(0.01)


def test_over_the_bytes_the_oldest_go(bus_url, directory, bus, gate, caplog):
    probe = plain.Service(bus_url, directory + "-probe")
    notify(probe, [100])
    size = status(probe)["bytes"]
    service = plain.Service(bus_url, directory, outbox_max_bytes=5 * size)
    notify(service, [100])
    while status(service)["depth"] != 1:
        time.sleep(0.01)
    time.sleep(0.2)  # the sender stands at the gate with it
    notify(service, range(101, 121))
    state = status(service)
    assert (state["depth"], state["bytes"], state["dropped"]) == (5, 5 * size, 16)
    waiting = [n for _, _, names in os.walk(directory) for n in names if n.endswith(".json")]
    assert len(waiting) == 5
    gate.open()
    assert sorted(numbers(bus)) == [100, 100, 117, 118, 119, 120]
    lost = [r for r in caplog.records if "were dropped" in r.getMessage()]
    assert len(lost) == 1  # a minute has not gone by


def test_over_the_age_they_go(bus_url, directory, bus, gate, caplog):
    service = plain.Service(bus_url, directory, outbox_max_age_s=1)
    notify(service, range(4))
    wait_until_in_hand()
    time.sleep(1.1)
    notify(service, [4])
    gate.open()
    assert numbers(bus) == [0, 4]
    assert status(service)["dropped"] == 3
    assert "3 notifications" in caplog.text


def test_half_sent_and_gone_is_not_half_of_the_next(bus_url, directory, bus, monkeypatch):
    service = plain.Service(bus_url, directory)
    send = vars(Bus)["send"]
    failing = []

    def refuse_second_topic(own, letter, topic):
        if topic == "second":
            failing.append(topic)
            raise RuntimeError("not this one")
        send(own, letter, topic)

    monkeypatch.setattr(Bus, "send", refuse_second_topic)
    both = service.notifier(topics=("notifications", "second"))
    both.info({}, "thing.done", {"number": 0})
    while not failing:
        time.sleep(0.01)
    (waiting,) = [
        os.path.join(folder, name)
        for folder, _, names in os.walk(directory)
        for name in names
        if name.endswith(".json")
    ]
    os.unlink(waiting)
    notify(service, [1])
    assert numbers(bus) == [0, 1]


def test_bounds_of_nothing_are_refused(bus_url, directory):
    for name in ("outbox_max_bytes", "outbox_max_age_s"):
        with pytest.raises(ValueError):
            plain.Service(bus_url, directory, **{name: 0})


def test_each_process_has_a_share_when_another_has_filled_the_directory():
    limits = Limits(max_bytes=900, max_age_s=60)
    assert limits.allowance() == 900
    limits.others_hold(300, 2)
    assert limits.allowance() == 600
    limits.others_hold(5000, 2)
    assert limits.allowance() == 300


def test_losses_are_counted_and_logged_once_a_minute(caplog, monkeypatch):
    limits = Limits(900, 60)
    for _ in range(100):
        limits.gave_up(2, "too many")
    limits.gave_up(0, "too many")
    assert [r.args[0] for r in caplog.records] == [2]
    now_s = timeutils.now()
    monkeypatch.setattr(timeutils, "now", lambda: now_s + 61)
    limits.gave_up(0, "too many")
    assert [r.args[0] for r in caplog.records] == [2, 198]
    assert limits.dropped == 200


def test_memory_is_bounded():
    backlog = Backlog()
    lost = sum(backlog.append(Entry(n, 1, None, b"x", 0)) for n in range(IN_MEMORY + 3))
    assert (lost, len(backlog), backlog.oldest().at_ns) == (3, IN_MEMORY, 3)


@pytest.mark.parametrize("kind", ["a file", "below a file", "in /proc"])
def test_directory_that_cannot_be_is_one_warning_and_all_is_sent(
    bus_url, directory, bus, caplog, kind
):
    if kind != "in /proc":
        with open(directory, "w"):
            pass
    place = {"a file": directory, "below a file": directory + "/x", "in /proc": "/proc/x"}
    service = plain.Service(bus_url, place[kind])
    with caplog.at_level(logging.INFO, logger="vifcast_nova"):
        notify(service, range(5))
        assert numbers(bus) == list(range(5))
    (record,) = own_records(caplog)
    assert record.levelname == "WARNING"
    assert place[kind] in record.getMessage()
    assert status(service)["trouble"]


def test_directory_is_used_again_once_it_can_be(
    bus_url, directory, bus, gate, caplog, monkeypatch
):
    monkeypatch.setattr(own_spool, "TRY_AGAIN_S", 0)
    monkeypatch.setattr(own_spool, "AGAIN_AFTER_S", 0)
    with open(directory, "w"):
        pass
    service = plain.Service(bus_url, directory)
    with caplog.at_level(logging.INFO, logger="vifcast_nova"):
        notify(service, range(3))
        os.unlink(directory)
        notify(service, range(3, 6))
        gate.open()
        assert numbers(bus) == list(range(6))
    assert [r.levelname for r in own_records(caplog)] == ["WARNING", "INFO"]
    assert status(service)["trouble"] is None


def test_disk_that_is_just_full_is_one_warning_and_all_is_sent(bus_url, directory, bus):
    # Every other letter finds room. RLIMIT_FSIZE: what writes beyond it fails as on a full disk.
    script = """
import json, logging, resource, sys
logging.basicConfig(level=logging.INFO, filename=sys.argv[3])
from lab import plain
from vifcast_nova.outbox import own_spool, process
own_spool.TRY_AGAIN_S = 0
service = plain.Service(sys.argv[1], sys.argv[2])
notifier = service.notifier()
notify = lambda number: notifier.info({}, "thing.done", {"number": number})
notify(0)
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
logging.getLogger("vifcast_nova").propagate = False
logged = []
class Keep(logging.Handler):
    def emit(self, record):
        if record.name != "vifcast_nova.outbox.lane":  # this broker has none, says that
            logged.append([record.levelname, record.getMessage()])
logging.getLogger("vifcast_nova").addHandler(Keep())
for number in range(1, 10):
    limit = 64 if number % 2 else soft
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    notify(number)
resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
own_spool.AGAIN_AFTER_S = 0
for number in range(10, 13): notify(number)
assert process.flush(30)
print(json.dumps(logged))
"""
    log = directory + ".log"
    command = [sys.executable, "-W", "ignore", "-c", script, bus_url, directory, log]
    out = subprocess.check_output(command, cwd=HERE)
    logged = json.loads(out.decode("utf-8").splitlines()[-1])
    assert [level for level, _ in logged] == ["WARNING", "INFO"]
    assert "File too large" in logged[0][1]
    assert numbers(bus) == list(range(13))
    for _, _, names in os.walk(directory):
        assert not [name for name in names if name.endswith(".part")]
