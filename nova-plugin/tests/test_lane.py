"""The lane: what goes to Nova's exchange goes to the listener's durable one as well."""

import json
import logging
import os
import time

import pytest
from amqp import exceptions
from lab import broker, durable, plain, wire
from oslo_utils import timeutils
from vifcast_nova.outbox import bus as buses
from vifcast_nova.outbox import lane, process, publisher, sender


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(sender, "BACK_OFF_S", (0.01,))


@pytest.fixture
def url():
    """A vhost in which nobody has made the exchange."""
    return broker.new_vhost()


def with_lane(url, directory):
    return plain.Service(url, directory, lane_exchange=durable.EXCHANGE)


@pytest.fixture
def service(url, directory):
    return with_lane(url, directory)


@pytest.fixture
def ear(url):
    ear = wire.Wire(url)
    yield ear
    ear.close()


@pytest.fixture(autouse=True)
def all_levels(caplog):
    with caplog.at_level(logging.INFO, logger="vifcast_nova"):
        yield


def outbox_of(service):
    return process.of(service.conf, service.transport, os.getpid())


def state(service):
    return outbox_of(service).status()["lane"]["state"]


def notify(service, *numbers):
    for number in numbers:
        service.notifier().info({}, "thing.done", {"number": number})
    assert process.flush(60)


def numbers(notifications):
    return [n["payload"]["number"] for n in notifications]


def said(caplog):
    return [(r.levelname, r.getMessage()) for r in caplog.records if r.name == lane.__name__]


def look_again(monkeypatch):
    monkeypatch.setattr(lane, "LOOK_AGAIN_S", 0)


def refuse_lane(monkeypatch, is_refused):
    """The lane's connection breaks at each try, counted from 1, of which that is true."""
    tries, publish = [], vars(publisher.Publisher)["publish"]

    def publish_or_not(own, *arguments):
        tries.append(1)
        if is_refused(len(tries)):
            raise EnvironmentError("the lane is broken")
        return publish(own, *arguments)

    monkeypatch.setattr(publisher.Publisher, "publish", publish_or_not)
    return tries


def test_everything_goes_to_both_under_one_message_id(service, url, ear, caplog):
    durable.declare(url)
    service.notifier().error({}, "thing.failed", {"number": 0})
    notify(service, 1, 2)
    on_nova_s, on_lane = ear.take(), durable.take(url, 3)
    assert numbers(on_nova_s) == numbers(on_lane) == [0, 1, 2]
    assert [n["message_id"] for n in on_nova_s] == [n["message_id"] for n in on_lane]
    assert outbox_of(service).status()["sent"] == 3
    assert outbox_of(service).status()["lane"] == {
        "exchange": "vifcast",
        "state": "used",
        "reason": None,
    }
    ((level, text),) = said(caplog)
    assert level == "INFO"
    assert "vifcast takes notifications" in text


def test_message_is_the_same_but_for_its_unique_id(service, url):
    durable.declare(url)
    raw = wire.Wire(url)
    payload = {"z": 1, "a": {"y": [1, None, u"\u00fc"], "b": 2.5}}
    service.notifier().info({"user": "u", "request_id": "r"}, "thing.done", payload)
    raw.wait_for_outbox()
    theirs, ours = raw._queue.get(no_ack=True), durable.take_raw(url)
    raw.close()
    described = []
    for message in (theirs, ours):
        envelope = json.loads(message.body)
        inner = json.loads(envelope["oslo.message"])
        assert len(inner.pop("_unique_id")) == 32
        assert message.properties["delivery_mode"] == 2
        described.append(
            [
                envelope["oslo.version"],
                json.dumps(inner),
                message.delivery_info["routing_key"],
                message.headers,
                message.content_type,
                message.content_encoding,
                message.properties,
            ]
        )
    assert described[0] == described[1]
    assert ours.content_type == "application/json"
    assert ours.delivery_info["exchange"] == "vifcast"


def test_every_topic_goes_there_and_what_nobody_wants_does_no_harm(service, url, caplog):
    durable.declare(url)
    notifier = service.notifier(topics=["notifications", "versioned_notifications"])
    for number in range(3):
        notifier.info({}, "thing.done", {"number": number})
    assert process.flush(60)
    assert numbers(durable.take(url, 3)) == [0, 1, 2]
    assert state(service) == "used"
    assert len(said(caplog)) == 1


def test_missing_exchange_is_logged_once_and_all_is_sent(service, ear, caplog):
    notify(service, *range(3))
    assert numbers(ear.take()) == [0, 1, 2]
    assert state(service) == "absent"
    ((level, text),) = said(caplog)
    assert level == "INFO"
    assert "no exchange vifcast" in text


def test_exchange_that_comes_later_is_used_and_its_loss_is_logged(
    service, url, ear, caplog, monkeypatch
):
    notify(service, 0)
    durable.declare(url)
    notify(service, 1)  # a minute has not gone by
    look_again(monkeypatch)
    notify(service, 2, 3)
    assert numbers(durable.take(url, 2)) == [2, 3]
    assert state(service) == "used"
    durable.delete_exchange(url)
    notify(service, 4, 5)
    assert state(service) == "absent"
    assert numbers(ear.take()) == list(range(6))
    assert [level for level, _ in said(caplog)] == ["INFO", "INFO", "WARNING"]


def test_exchange_is_looked_at_anew_once_the_bus_was_away(service, url, monkeypatch):
    notify(service, 0)
    durable.declare(url)
    send, failures = vars(buses.Bus)["send"], []

    def fail_once(own, *arguments):
        if not failures:
            failures.append(1)
            raise EnvironmentError("the bus is away")
        send(own, *arguments)

    monkeypatch.setattr(buses.Bus, "send", fail_once)
    notify(service, 1)
    assert numbers(durable.take(url, 1)) == [1]


def test_exchange_without_a_queue_is_logged_and_used_again_when_there_is_one(
    service, url, ear, caplog
):
    durable.declare(url)
    notify(service, 0)
    durable.unbind(url)
    notify(service, 1, 2)
    assert state(service) == "unbound"
    assert "notifications.info" in outbox_of(service).status()["lane"]["reason"]
    durable.declare(url)
    notify(service, 3)
    assert state(service) == "used"
    assert numbers(durable.take(url, 2)) == [0, 3]
    assert numbers(ear.take()) == [0, 1, 2, 3]
    assert [level for level, _ in said(caplog)] == ["INFO", "WARNING", "INFO"]


def test_missing_permission_is_logged_once_and_all_is_sent(url, directory, ear, caplog):
    durable.declare(url)
    limited = broker.limited_user(url, write="^(?!vifcast).*")
    service = with_lane(limited, directory)
    notify(service, *range(3))
    assert numbers(ear.take()) == [0, 1, 2]
    assert state(service) == "refused"
    ((level, text),) = said(caplog)
    assert level == "WARNING"
    assert "vifcast-nova check" in text


def test_other_transport_is_unsupported(tmpdir, caplog):
    service = with_lane("kombu+memory:////", str(tmpdir.join("outbox")))
    notify(service, 0, 1)
    assert state(service) == "unsupported"
    assert [level for level, _ in said(caplog)] == ["INFO"]


def test_nova_s_own_exchange_is_no_lane(url, directory, ear):
    service = plain.Service(url, directory, lane_exchange="nova")
    notify(service, 1)
    assert numbers(ear.take()) == [1]
    assert outbox_of(service).status()["lane"] == {
        "exchange": "",
        "state": "off",
        "reason": "lane_exchange is nova, Nova's own exchange",
    }


@pytest.mark.parametrize("name", ["amq.topic", "two words", "x" * 128])
def test_what_is_no_name_of_an_exchange_is_refused(url, directory, name):
    service = plain.Service(url, directory)
    with pytest.raises(ValueError):
        service.conf.set_override("lane_exchange", name, group="vifcast")


def test_empty_option_is_off(url, directory, caplog):
    durable.declare(url)
    service = plain.Service(url, directory, lane_exchange="")
    notify(service, 0)
    assert outbox_of(service).status()["lane"] == {
        "exchange": "",
        "state": "off",
        "reason": None,
    }
    assert said(caplog) == []


def test_lane_that_fails_for_a_while_is_waited_for_and_nothing_is_repeated(
    service, url, ear, monkeypatch
):
    durable.declare(url)
    refuse_lane(monkeypatch, lambda number: number < 3)
    notify(service, 0, 1)
    assert numbers(durable.take(url, 2)) == [0, 1]
    assert numbers(ear.take()) == [0, 1]
    assert state(service) == "used"


def test_lane_that_fails_while_the_bus_is_away_is_waited_for(service, url, ear, monkeypatch):
    durable.declare(url)
    tries = refuse_lane(monkeypatch, lambda number: number < 30)
    send = vars(buses.Bus)["send"]

    def send_while_lane_is_there(own, letter, topic):
        if 2 < len(tries) < 40:
            tries.append(1)
            raise EnvironmentError("the bus is away")
        send(own, letter, topic)

    monkeypatch.setattr(buses.Bus, "send", send_while_lane_is_there)
    notify(service, 0)
    assert numbers(durable.take(url, 1)) == [0]
    assert set(numbers(ear.take())) == {0}


def test_lane_that_fails_by_itself_is_logged_once_and_tried_again(
    service, url, ear, caplog, monkeypatch
):
    durable.declare(url)
    tries = refuse_lane(monkeypatch, lambda number: number <= lane.PATIENCE + 1)
    notify(service, 0, 1)
    assert state(service) == "failed"
    assert "the lane is broken" in outbox_of(service).status()["lane"]["reason"]
    assert len(tries) == lane.PATIENCE
    heard = ear.take()
    assert sorted(set(numbers(heard))) == [0, 1]
    assert len({n["message_id"] for n in heard}) == 2
    look_again(monkeypatch)
    notify(service, 2, 3)
    assert state(service) == "used"
    assert numbers(durable.take(url, 1)) == [3]
    assert [level for level, _ in said(caplog)] == ["WARNING", "INFO"]


def test_what_nova_s_exchange_refuses_for_good_is_in_the_lane(
    service, url, directory, ear, monkeypatch
):
    durable.declare(url)
    send = vars(buses.Bus)["send"]

    def refuse_errors(own, letter, topic):
        if letter.priority == "error":
            raise exceptions.PreconditionFailed("no")
        send(own, letter, topic)

    monkeypatch.setattr(buses.Bus, "send", refuse_errors)
    service.notifier().error({}, "thing.failed", {"number": 0})
    notify(service, *range(1, 6))
    assert len(os.listdir(os.path.join(directory, "aside"))) == 1
    assert 0 in numbers(durable.take(url, 6))
    assert numbers(ear.take()) == [1, 2, 3, 4, 5]


def test_connection_is_closed_when_nothing_waits(service, url, monkeypatch):
    durable.declare(url)
    monkeypatch.setattr(sender, "LOOK_AROUND_S", 0.2)
    notify(service, 0)
    own = outbox_of(service).lane
    until = time.time() + 30
    while own._publisher is not None and time.time() < until:
        time.sleep(0.05)
    assert own._publisher is None
    notify(service, 1)
    assert numbers(durable.take(url, 2)) == [0, 1]


def test_service_that_begins_anew_goes_on(service, url, ear):
    durable.declare(url)
    notify(service, 0)
    service.transport.cleanup()
    notify(service, 1)
    again = with_lane(url, service.conf.vifcast.outbox_dir)
    notify(again, 2)
    assert numbers(durable.take(url, 3)) == [0, 1, 2]


def test_time_between_looks_is_that_of_a_clock_nobody_sets(service, url, monkeypatch):
    notify(service, 0)
    durable.declare(url)
    now_s = timeutils.now()
    monkeypatch.setattr(timeutils, "now", lambda: now_s + lane.LOOK_AGAIN_S + 1)
    tell_and_wait = service.notifier()
    tell_and_wait.info({}, "thing.done", {"number": 1})
    assert numbers(durable.take(url, 1)) == [1]
