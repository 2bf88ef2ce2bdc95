"""What vifcast reads from: exchanges, queues, their limits. On a real RabbitMQ."""

import uuid

import amqp
import httpx
import pytest

from notifications import body, interface, payload
from vifcast.bus import declare, topology

ATTACH = "compute.instance.interface_attach"
LIMITS = {"x-max-length": 1_000_000, "x-message-ttl": 604_800_000}


def nic(number, event_type=f"{ATTACH}.end"):
    """A notification about a NIC and an operation of its own."""
    identity = str(uuid.UUID(int=number))
    return body(
        event_type, payload=payload(interface=interface(operation_id=identity, port_id=identity))
    )


@pytest.fixture
def look_often(monkeypatch):
    monkeypatch.setattr(declare, "_LOOK_S", 0.1)


def once(serve, vhost, until, **options):
    """Have a service make its queue, and end."""
    server = serve(vhost.transport_url, **options)
    until(server.state.is_healthy)
    server.stop()


def waiting(publish, queue):
    return publish.channel.queue_declare(queue, passive=True).message_count


@pytest.mark.parametrize("kind", ["classic", "quorum"])
def test_own_queue_is_durable_and_bounded(serve, vhost, publish, until, kind):
    server = serve(
        vhost.transport_url,
        ingest__queue="mine",
        ingest__queue_type=kind,
        ingest__queue_max_length=10,
        ingest__queue_ttl_s=60,
    )
    until(server.state.is_healthy)
    publish(body())
    until(lambda: server.store.last_event_id() == 1)
    queue = vhost.broker.queue(vhost.name, "mine")
    assert queue["durable"]
    assert queue["type"] == kind
    assert queue["arguments"].items() >= {"x-max-length": 10, "x-message-ttl": 60_000}.items()
    assert server.state.warning is None


@pytest.mark.parametrize("kind", ["classic", "quorum"])
def test_what_a_full_queue_drops_is_stored_all_the_same_counted_and_said(
    serve, vhost, publish, until, caplog, kind
):
    options = {"ingest__queue_type": kind, "ingest__queue_max_length": 10}
    once(serve, vhost, until, **options)
    for number in range(25):
        publish(nic(number))
    until(lambda: waiting(publish, "vifcast.dropped") == 15)
    server = serve(vhost.transport_url, **options)
    until(lambda: server.store.last_event_id() == 25)
    until(lambda: "RabbitMQ dropped 15 notifications from queue vifcast" in caplog.text)
    assert 'vifcast_dropped_total{broker="default"} 15.0' in httpx.get(f"{server.url}metrics").text
    ready = httpx.get(f"{server.url}readyz")
    assert ready.status_code == 200
    assert "taken 15 notifications that RabbitMQ had dropped" in ready.json()["ingest"]["warning"]
    until(lambda: waiting(publish, "vifcast.dropped") == 0)


def test_what_waited_for_too_long_is_stored_all_the_same(serve, vhost, publish, until):
    once(serve, vhost, until, ingest__queue_ttl_s=1)
    publish(nic(1))
    until(lambda: waiting(publish, "vifcast.dropped") == 1)
    server = serve(vhost.transport_url, ingest__queue_ttl_s=1)
    until(lambda: server.store.last_event_id() == 1)
    until(lambda: server.state.warning and "taken 1 notifications" in server.state.warning)


def test_that_more_was_dropped_than_is_kept_is_said(
    serve, vhost, publish, until, monkeypatch, caplog, look_often
):
    monkeypatch.setattr(topology, "DROPPED_MAX_LENGTH", 5)
    once(serve, vhost, until, ingest__queue_max_length=10)
    for number in range(25):
        publish(nic(number))
    until(lambda: waiting(publish, "vifcast.dropped") == 5)
    server = serve(vhost.transport_url, ingest__queue_max_length=10)
    until(lambda: server.store.last_event_id() == 15)
    until(lambda: server.state.warning and "taken 5 notifications" in server.state.warning)
    sentence = "queue vifcast.dropped, which keeps what vifcast drops, was full at 20"
    assert sentence in server.state.warning
    assert caplog.text.count(sentence) == 1
    metrics = httpx.get(f"{server.url}metrics").text
    assert 'vifcast_queue_full_total{broker="default"} 1.0' in metrics
    until(
        lambda: (
            'depth{broker="default",queue="vifcast"} 0.0' in httpx.get(f"{server.url}metrics").text
        )
    )


def test_way_to_what_was_dropped_is_made_again(serve, vhost, publish, until, look_often):
    server = serve(vhost.transport_url)
    until(server.state.is_healthy)
    publish.channel.exchange_delete("vifcast.dropped")
    until(lambda: "vifcast.dropped" in {each["name"] for each in exchanges(vhost)})
    server.stop()
    message = amqp.Message(nic(1), expiration="1")
    publish.channel.basic_publish_confirm(message, "nova", "notifications.info")
    until(lambda: waiting(publish, "vifcast.dropped") == 1)


def exchanges(vhost):
    return vhost.broker.call("GET", f"/api/exchanges/{vhost.name}")


def test_queue_of_an_earlier_release_is_read_with_a_warning_about_its_drops(
    serve, vhost, publish, until, caplog, look_often
):
    arguments = LIMITS | {"x-max-length": 10}
    publish.channel.queue_declare("vifcast", durable=True, auto_delete=False, arguments=arguments)
    publish.channel.queue_bind("vifcast", "nova", "notifications.info")
    for number in range(12):
        publish(nic(number))
    server = serve(vhost.transport_url, ingest__queue_max_length=10)
    until(lambda: server.store.last_event_id() == 10)
    assert "queue vifcast was full at 20" in server.state.warning
    until(lambda: "vifcast_queue_depth" in httpx.get(f"{server.url}metrics").text)
    assert caplog.text.count("the queue was made by an earlier vifcast. To change that") == 1
    assert vhost.broker.queue(vhost.name, "vifcast.dropped") is None


def test_user_without_rights_on_the_place_for_drops_is_let_go_on(serve, vhost, publish, until):
    vhost.broker.add_user("frugal", "s3cret")
    own = r"^vifcast(\.bound)?$"
    rights = {"configure": own, "write": "^vifcast$", "read": "^(vifcast|nova)$"}
    vhost.broker.call("PUT", f"/api/permissions/{vhost.name}/frugal", rights)
    server = serve(vhost.transport_url.replace("guest:guest", "frugal:s3cret"))
    until(server.state.is_healthy)
    assert "this user may not use vifcast.dropped" in server.state.warning
    publish(nic(1))
    until(lambda: server.store.last_event_id() == 1)


def test_exchange_deleted_while_running_is_bound_to_again(serve, vhost, publish, until, look_often):
    server = serve(vhost.transport_url)
    until(server.state.is_healthy)
    publish.channel.exchange_delete("nova")
    # As Nova's next notification makes it: without our binding.
    publish.channel.exchange_declare("nova", "topic", durable=False, auto_delete=False)
    numbers = iter(range(1, 10_000))

    def arrives():
        publish(nic(next(numbers)))
        return server.store.last_event_id()

    until(arrives)
    assert server.metrics.broker_failures.labels("default")._value.get() == 0


def routes(vhost):
    """Exchange and routing key of each binding of the queue."""
    bindings = vhost.broker.call("GET", f"/api/queues/{vhost.name}/vifcast/bindings")
    return {(each["source"], each["routing_key"]) for each in bindings if each["source"]}


def test_other_topics_and_neutrons_exchange_are_bound_when_asked_for(serve, vhost, publish, until):
    publish.channel.exchange_declare("neutron", "topic", auto_delete=False)
    server = serve(
        vhost.transport_url,
        ingest__topics=["notifications", "mine"],
        ingest__neutron_exchange="neutron",
    )
    until(server.state.is_healthy)
    assert routes(vhost) == {
        (exchange, f"{topic}.{priority}")
        for exchange in ("nova", "neutron", "vifcast")
        for topic in ("notifications", "mine")
        for priority in ("info", "error")
    }
    message = amqp.Message(nic(1), delivery_mode=2)
    publish.channel.basic_publish_confirm(message, "neutron", "notifications.info")
    publish(nic(2), "mine.info")
    until(lambda: server.store.last_event_id() == 2)


def test_versioned_notifications_are_read_by_default(serve, vhost, publish, until):
    server = serve(vhost.transport_url)
    until(server.state.is_healthy)
    assert {key for source, key in routes(vhost) if source == "nova"} == {
        f"{topic}.{priority}"
        for topic in ("notifications", "versioned_notifications")
        for priority in ("info", "error")
    }
