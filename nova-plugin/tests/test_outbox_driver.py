"""``driver = vifcast_outbox`` in any service: what it puts on the bus, and who sends."""

import os
import re
import subprocess
import sys
import threading
import time

import pytest
from lab import equality
from lab.gate import Gate
from vifcast_nova.outbox import process

HERE = os.path.dirname(os.path.abspath(__file__))


class Context(object):
    """A request context as an oslo.messaging of any age takes it."""

    def redacted_copy(self):
        return self

    @classmethod
    def from_dict(cls, values):
        return cls()  # oslo.messaging 14.0.3 and its like redact what they know that way

    def to_dict(self):
        return {
            "request_id": "req-1",
            "auth_token": "a-secret-token",
            "service_catalog": [{"type": "identity", "token": "a-secret-token"}],
            "password": "a-secret-token",
            "auth_token_info": {"token": {"methods": ["a-secret-token"]}},
        }


def files(directory):
    """Paths of all letters that wait."""
    return sorted(
        os.path.join(folder, name)
        for folder, _, names in os.walk(directory)
        for name in names
        if name.endswith(".json")
    )


@pytest.fixture
def gate():
    """Nothing is sent before it is opened."""
    gate = Gate()
    yield gate
    gate.open()


PRIORITIES = ("audit", "debug", "info", "warn", "error", "critical", "sample")
RANDOM = re.compile(r'\\"(message_id|timestamp|_unique_id)\\": \\"[^"]+\\"')


def test_message_is_that_of_messagingv2_at_every_priority(service, bus_url):
    payload = {"z": 1, "a": {"y": [1, None, u"\u00fc"], "b": 2.5}, "when": "2026-01-01"}
    ear, both = equality.RawWire(bus_url), []
    for driver in ("messagingv2", "vifcast_outbox"):
        notifier = service.notifier(drivers=[driver])
        for priority in PRIORITIES:
            getattr(notifier, priority)({"user": "u"}, "thing.done", payload)
        heard = ear.take_raw()
        assert [m["routing_key"] for m in heard] == [
            "notifications.%s" % priority for priority in PRIORITIES
        ]
        for message in heard:
            message["body"], count = RANDOM.subn("*", message["body"])
            assert count == 3, message["body"]
        both.append(heard)
    ear.close()
    assert both[0] == both[1]


def test_driver_without_topics_sends_nothing_as_messagingv2(service, directory, bus, caplog):
    # Nova's versioned_notifications_topics may be empty.
    for driver in ("messagingv2", "vifcast_outbox"):
        service.notifier(drivers=[driver], topics=[]).info({}, "thing.done", {})
    service.notifier().info({}, "thing.done", {})
    assert len(bus.take()) == 1
    assert not os.path.exists(os.path.join(directory, "aside"))
    assert [r for r in caplog.records if r.name.startswith("vifcast_nova")] == []


def test_every_topic_and_priority_has_its_routing_key(service, bus):
    notifier = service.notifier(topics=["notifications", "versioned_notifications"])
    for priority in PRIORITIES:
        getattr(notifier, priority)({}, "thing.done", {})
    heard = bus.take()
    assert len({n["message_id"] for n in heard}) == 7
    assert [n["_routing_key"] for n in heard] == [
        "%s.%s" % (topic, priority)
        for priority in PRIORITIES
        for topic in ("notifications", "versioned_notifications")
    ]


@pytest.mark.parametrize(
    "drivers", [["vifcast_outbox"], ["messagingv2", "vifcast_outbox"]]
)
def test_no_secret_is_in_a_file_and_none_is_lost_to_see(
    service, directory, bus, gate, drivers
):
    service.notifier(drivers=drivers).info(Context(), "thing.done", {"a": 1})
    (path,) = files(directory)
    with open(path) as letter_file:
        assert "a-secret-token" not in letter_file.read()
    gate.open()
    notification = bus.take()[-1]
    assert notification["_context_request_id"] == "req-1"
    assert notification["_context_auth_token"] is None
    assert notification["_context_service_catalog"] == []
    assert notification["_context_password"] is None
    assert notification["_context_auth_token_info"] is None


def test_files_and_directories_are_the_owner_s_alone(service, directory, gate):
    service.notifier().info({}, "thing.done", {})
    (path,) = files(directory)
    folder = os.path.dirname(path)
    modes = [os.stat(p).st_mode & 0o777 for p in (directory, folder, path)]
    assert modes == [0o700, 0o700, 0o600]
    assert os.stat(os.path.join(folder, "lock")).st_mode & 0o777 == 0o600
    gate.open()
    assert process.flush(30)
    assert files(directory) == []


def test_what_cannot_be_written_down_is_one_warning_and_no_error(service, bus, caplog):
    endless = {}
    endless["self"] = endless
    service.notifier().info({}, "thing.endless", endless)
    service.notifier().info({}, "thing.done", {})
    assert [n["event_type"] for n in bus.take()] == ["thing.done"]
    (record,) = [r for r in caplog.records if r.name.startswith("vifcast_nova")]
    assert record.levelname == "WARNING"
    assert "thing.endless" in record.getMessage()


def test_many_threads_lose_nothing_and_keep_their_own_order(service, bus):
    notifier = service.notifier()

    def publish(thread):
        for number in range(50):
            notifier.info({}, "thing.done", {"thread": thread, "number": number})

    threads = [threading.Thread(target=publish, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    heard = [n["payload"] for n in bus.take()]
    for thread in range(4):
        own = [p["number"] for p in heard if p["thread"] == thread]
        assert own == list(range(50))


def test_forked_child_has_an_outbox_and_connections_of_its_own(bus_url, directory, bus):
    # In a process that has no threads but the outbox's.
    script = (
        "import os, sys; from lab import plain; from vifcast_nova.outbox import process;"
        "service = plain.Service(sys.argv[1], sys.argv[2]);"
        "notifier = service.notifier();"
        "send = lambda who: [notifier.info({}, who, {'n': n}) for n in range(20)];"
        "send('parent'); assert process.flush(30);"
        "pid = os.fork(); send('parent' if pid else 'child');"
        "sent = process.flush(30);"
        "os._exit(0 if sent else 1) if not pid else None;"
        "send('parent'); assert process.flush(30);"
        "assert os.waitpid(pid, 0)[1] == 0"
    )
    subprocess.check_call(
        [sys.executable, "-W", "ignore", "-c", script, bus_url, directory], cwd=HERE
    )
    heard = bus.take()
    by_process = {who: [n for n in heard if n["event_type"] == who] for who in ("parent", "child")}
    assert [n["payload"]["n"] for n in by_process["child"]] == list(range(20))
    assert [n["payload"]["n"] for n in by_process["parent"]] == list(range(20)) * 3
    assert len({n["message_id"] for n in heard}) == len(heard) == 80


def test_service_that_ends_at_once_has_sent_its_notifications(bus_url, directory, bus):
    script = (
        "import sys; from lab import plain;"
        "plain.Service(sys.argv[1], sys.argv[2]).notifier().info({}, 'thing.done', {})"
    )
    subprocess.check_call(
        [sys.executable, "-W", "ignore", "-c", script, bus_url, directory], cwd=HERE
    )
    assert [n["event_type"] for n in bus.take()] == ["thing.done"]
    assert os.listdir(directory) == []


def test_notification_after_the_service_has_closed_its_transport_is_sent(
    service, bus, caplog
):
    notifier = service.notifier()
    notifier.info({}, "thing.done", {})
    assert len(bus.take()) == 1
    service.transport.cleanup()
    notifier.info({}, "thing.stopping", {})
    assert [n["event_type"] for n in bus.take()] == ["thing.stopping"]
    service.transport.cleanup()
    outbox = process.of(service.conf, service.transport, os.getpid())
    assert outbox.bus.is_there()
    assert not outbox.sender.is_failing
    assert [r for r in caplog.records if r.name.startswith("vifcast_nova")] == []


def test_outbox_that_cannot_be_loaded_sends_as_messagingv2_and_says_so_once(
    bus_url, directory, bus
):
    script = (
        "import logging, sys; from processes.broken import Broken; logging.basicConfig();"
        "sys.meta_path.insert(0, Broken('vifcast_nova.outbox.letter', ImportError));"
        "from lab import plain; notifier = plain.Service(sys.argv[1], sys.argv[2]).notifier();"
        "notifier.info({}, 'thing.done', {}); notifier.error({}, 'thing.failed', {})"
    )
    child = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", script, bus_url, directory],
        cwd=HERE,
        stderr=subprocess.PIPE,
    )
    log = child.communicate()[1].decode("utf-8")
    assert [n["event_type"] for n in bus.take()] == ["thing.done", "thing.failed"]
    logged = [line for line in log.splitlines() if "vifcast_outbox" in line]
    assert len(logged) == 1, log
    assert "ImportError: it is broken" in logged[0]


def test_status_counts_what_waits(service, directory, bus, gate):
    notifier = service.notifier()
    for _ in range(3):
        notifier.info({}, "thing.done", {})
    outbox = process.of(service.conf, service.transport, os.getpid())
    time.sleep(0.05)
    status = outbox.status()
    assert status["depth"] == 3
    assert status["bytes"] == sum(os.path.getsize(path) for path in files(directory))
    assert 0.05 <= status["oldest_age_s"] < 30
    assert (status["sent"], status["dropped"], status["trouble"]) == (0, 0, None)
    assert status["directory"] == directory
    gate.open()
    bus.take()
    status = outbox.status()
    assert (status["depth"], status["bytes"], status["sent"]) == (0, 0, 3)
    assert status["oldest_age_s"] is None
