"""vifcast never makes what is Nova's or Neutron's; it waits for it. On a real RabbitMQ."""

import json

import amqp
import httpx
import pytest
from nova_bus import bus_channel, make_default_queue, start_rpc_server

from notifications import body, interface, payload
from vifcast.bus import declare


@pytest.fixture
def look_often(monkeypatch):
    monkeypatch.setattr(declare, "_LOOK_S", 0.1)


@pytest.fixture
def channel(vhost):
    with bus_channel(vhost.url) as opened:
        yield opened


def nic(number):
    identity = f"00000000-0000-0000-0000-{number:012}"
    return body(payload=payload(interface=interface(operation_id=identity, port_id=identity)))


def publish(channel, exchange, number, key="notifications.info"):
    channel.basic_publish(amqp.Message(nic(number), delivery_mode=2), exchange, key)


def exchanges(vhost):
    found = vhost.broker.call("GET", f"/api/exchanges/{vhost.name}")
    return {each["name"] for each in found if each["name"][:4] not in ("", "amq.")}


def looks(vhost, monkeypatch):
    """How often vifcast has looked, as a list that grows."""
    done = []
    whole = declare.Declared._look_at_all
    monkeypatch.setattr(
        declare.Declared, "_look_at_all", lambda self: done.append(1) or whole(self)
    )
    return done


@pytest.mark.parametrize("consume", [False, True])
def test_nothing_but_its_own_is_made(serve, vhost, until, monkeypatch, look_often, consume):
    done = looks(vhost, monkeypatch)
    server = serve(
        vhost.transport_url,
        ingest__neutron_exchange="neutron",
        ingest__consume_default_queue=consume,
    )
    until(server.state.is_healthy)
    until(lambda: len(done) > 5)
    assert {queue["name"] for queue in vhost.broker.queues(vhost.name)} == (
        set() if consume else {"vifcast", "vifcast.dropped"}
    )
    assert exchanges(vhost) == (
        {"vifcast.default.bound"} if consume else {"vifcast", "vifcast.dropped"}
    )


@pytest.mark.parametrize("exchange", ["nova", "neutron"])
def test_services_start_after_their_exchange_was_deleted(
    serve, vhost, channel, until, monkeypatch, look_often, exchange
):
    start_rpc_server(channel, "nova")
    start_rpc_server(channel, "neutron")
    done = looks(vhost, monkeypatch)
    server = serve(vhost.transport_url, ingest__neutron_exchange="neutron")
    until(server.state.is_healthy)
    channel.exchange_delete(exchange)
    count = len(done)
    until(lambda: len(done) > count + 3)
    # Refused with 406 where vifcast has made it meanwhile, and then the cloud stops.
    start_rpc_server(channel, exchange)
    until(lambda: server.state.warning is None)
    publish(channel, exchange, 1)
    until(lambda: server.store.last_event_id() == 1)


@pytest.mark.parametrize(
    "arguments",
    [{"x-queue-type": "quorum"}, {"x-message-ttl": 60_000, "x-ha-policy": "all"}],
    ids=["quorum", "ttl"],
)
def test_notifier_makes_its_default_queues_as_it_wants_them(
    serve, vhost, channel, until, monkeypatch, look_often, arguments
):
    done = looks(vhost, monkeypatch)
    server = serve(vhost.transport_url, ingest__consume_default_queue=True)
    until(server.state.is_healthy)
    until(lambda: len(done) > 3)
    make_default_queue(channel, "notifications.info", durable=True, arguments=arguments)
    publish(channel, "nova", 1)
    until(lambda: server.store.last_event_id() == 1)
    assert "queue notifications.error does not exist" in server.state.warning
    make_default_queue(channel, "notifications.error", durable=True, arguments=arguments)
    publish(channel, "nova", 2, "notifications.error")
    until(lambda: server.store.last_event_id() == 2)
    until(lambda: server.state.warning is None)
    depth = 'vifcast_queue_depth{broker="default",queue="notifications.error"} 0.0'
    until(lambda: depth in httpx.get(f"{server.url}metrics").text)


def test_what_is_not_there_is_said_and_read_as_soon_as_it_is(serve, vhost, channel, until, caplog):
    server = serve(vhost.transport_url)
    until(server.state.is_healthy)
    ready = httpx.get(f"{server.url}readyz")
    assert ready.status_code == 200
    assert ready.json()["ingest"]["warning"].startswith("exchange nova does not exist; vifcast")
    # What comes another way is stored meanwhile.
    publish(channel, "vifcast", 1)
    until(lambda: server.store.last_event_id() == 1)
    channel.exchange_declare("nova", "topic", durable=False, auto_delete=False)
    # Long before the ten seconds after which everything is looked at again.
    until(lambda: server.state.warning is None, 5)
    publish(channel, "nova", 2)
    until(lambda: server.store.last_event_id() == 2)
    assert caplog.text.count("exchange nova does not exist") == 1


def test_looks_for_what_is_not_there_leave_no_channel_open(serve, vhost, until, monkeypatch):
    monkeypatch.setattr(declare, "_OFTEN_S", ((60.0, 0.001),))
    looked = []
    has_come = declare.Declared._has_come
    monkeypatch.setattr(
        declare.Declared,
        "_has_come",
        lambda self, name: (
            looked.append(len(self._connection.connection.channels)) or has_come(self, name)
        ),
    )
    server = serve(vhost.transport_url)
    until(lambda: len(looked) > 20)
    assert looked[-1] == looked[0]
    assert server.metrics.broker_failures.labels("default")._value.get() == 0


def test_exchange_that_may_not_be_bound_to_stops_nothing(
    serve, vhost, channel, until, caplog, look_often
):
    channel.exchange_declare("nova", "topic", durable=False, auto_delete=False)
    vhost.broker.add_user("reader", "s3cret")
    own = r"^vifcast(\.dropped|\.bound)?$"
    rights = {"configure": own, "write": own, "read": r"^vifcast(\.dropped)?$"}
    vhost.broker.call("PUT", f"/api/permissions/{vhost.name}/reader", rights)
    server = serve(vhost.transport_url.replace("guest:guest", "reader:s3cret"))
    until(lambda: server.state.warning)
    assert server.state.warning.startswith(
        "binding queue vifcast to exchange nova failed: ACCESS_REFUSED"
    )
    publish(channel, "", 1, "vifcast")
    until(lambda: server.store.last_event_id() == 1)
    rights["read"] = r"^(vifcast(\.dropped)?|nova)$"
    vhost.broker.call("PUT", f"/api/permissions/{vhost.name}/reader", rights)
    until(lambda: server.state.warning is None)
    publish(channel, "nova", 2)
    until(lambda: server.store.last_event_id() == 2)
    assert caplog.text.count("binding queue vifcast to exchange nova failed") == 1


@pytest.mark.parametrize("durable", [True, False])
def test_exchange_that_is_there_is_taken_as_it_is(serve, vhost, channel, until, durable):
    channel.exchange_declare("nova", "topic", durable=durable, auto_delete=False)
    server = serve(vhost.transport_url)
    until(server.state.is_healthy)
    until(lambda: server.state.warning is None)
    found = vhost.broker.call("GET", f"/api/exchanges/{vhost.name}/nova")
    assert (found["durable"], json.dumps(found["arguments"])) == (durable, "{}")
