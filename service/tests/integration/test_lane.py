"""The durable exchange that vifcast-nova sends to beside Nova's. On a real RabbitMQ."""

import amqp
import httpx
import pytest
from nova_bus import bus_channel

from notifications import body, interface, payload


def nic(number):
    identity = f"00000000-0000-0000-0000-{number:012}"
    return body(payload=payload(interface=interface(operation_id=identity, port_id=identity)))


def routes(vhost, queue="vifcast"):
    bindings = vhost.broker.call("GET", f"/api/queues/{vhost.name}/{queue}/bindings")
    return {(each["source"], each["routing_key"]) for each in bindings if each["source"]}


def send(publish, exchange, content, key="notifications.info"):
    message = amqp.Message(content, delivery_mode=2)
    publish.channel.basic_publish_confirm(message, exchange, key)


def test_lane_is_durable_and_bound_as_novas_exchange_is(serve, vhost, publish, until):
    server = serve(vhost.transport_url)
    until(server.state.is_healthy)
    lane = vhost.broker.call("GET", f"/api/exchanges/{vhost.name}/vifcast")
    assert (lane["type"], lane["durable"], lane["auto_delete"]) == ("topic", True, False)
    keys = {key for source, key in routes(vhost) if source == "nova"}
    assert {key for source, key in routes(vhost) if source == "vifcast"} == keys


def test_what_comes_both_ways_is_stored_once(serve, vhost, publish, until):
    server = serve(vhost.transport_url)
    until(server.state.is_healthy)
    for number in range(10):
        letter = nic(number)
        send(publish, "nova", letter)
        send(publish, "vifcast", letter)
    until(lambda: 'outcome="duplicate"} 10.0' in httpx.get(f"{server.url}metrics").text)
    assert server.store.last_event_id() == 10
    assert server.state.warning is None


def test_what_is_sent_to_it_after_a_restart_waits_for_vifcast(private_rabbitmq, serve, until):
    url = private_rabbitmq.transport_url("/")
    server = serve(url)
    until(server.state.is_healthy)
    server.stop()
    private_rabbitmq.restart()
    # Before vifcast is back; Nova's exchange, made anew by its publisher, has no binding.
    with bus_channel(private_rabbitmq.url()) as channel:
        channel.exchange_declare("nova", "topic", durable=False, auto_delete=False)
        channel.basic_publish(amqp.Message(nic(1), delivery_mode=2), "nova", "notifications.info")
        channel.basic_publish(
            amqp.Message(nic(2), delivery_mode=2), "vifcast", "notifications.info"
        )
    server = serve(url)
    until(lambda: server.store.last_event_id() == 1)
    (event,) = server.store.events_after(0, 10)
    assert event.port_id.endswith("02")


def test_two_services_on_one_broker_both_have_it(serve, vhost, publish, until, tmp_path):
    for name in ("one", "two"):
        directory = tmp_path / name
        directory.mkdir()
        server = serve(vhost.transport_url, ingest__queue=name, DEFAULT__data_dir=str(directory))
        until(server.state.is_healthy)
        assert ("vifcast", "notifications.info") in routes(vhost, name)
        assert server.state.warning is None


def test_no_lane_where_it_is_not_wanted(serve, vhost, publish, until):
    server = serve(vhost.transport_url, ingest__lane_exchange="")
    until(server.state.is_healthy)
    assert {source for source, _ in routes(vhost)} == {"nova"}
    assert server.state.warning is None


def test_exchange_of_other_properties_is_left_alone_and_said(serve, vhost, publish, until, caplog):
    publish.channel.exchange_declare("vifcast", "topic", durable=False, auto_delete=False)
    server = serve(vhost.transport_url)
    until(server.state.is_healthy)
    warning = httpx.get(f"{server.url}readyz").json()["ingest"]["warning"]
    assert "exchange vifcast cannot be used as the durable lane: it exists with other" in warning
    assert caplog.text.count("cannot be used as the durable lane") == 1
    publish(nic(1))
    until(lambda: server.store.last_event_id() == 1)


def limited(vhost, own, read):
    """The URL of a user who may use ``own`` in every way, and read ``read``."""
    vhost.broker.add_user("frugal", "s3cret")
    rights = {"configure": f"^{own}$", "write": f"^{own}$", "read": f"^({own}|{read})$"}
    vhost.broker.call("PUT", f"/api/permissions/{vhost.name}/frugal", rights)
    return vhost.transport_url.replace("guest:guest", "frugal:s3cret")


def test_user_without_rights_on_it_is_let_go_on(serve, vhost, publish, until, caplog):
    server = serve(limited(vhost, r"mine(\.dropped|\.bound)?", "nova"), ingest__queue="mine")
    until(server.state.is_healthy)
    assert "durable lane: ACCESS_REFUSED" in server.state.warning
    assert "docs/service.md" in server.state.warning
    publish(nic(1))
    until(lambda: server.store.last_event_id() == 1)
    assert caplog.text.count("durable lane: ACCESS_REFUSED") == 1


def test_lane_that_somebody_else_made_needs_no_right_to_make_it(serve, vhost, publish, until):
    publish.channel.exchange_declare("lane", "topic", durable=True, auto_delete=False)
    url = limited(vhost, r"vifcast(\.dropped|\.bound)?", "nova|lane")
    server = serve(url, ingest__lane_exchange="lane")
    until(server.state.is_healthy)
    assert server.state.warning is None
    assert ("lane", "notifications.error") in routes(vhost)


@pytest.mark.parametrize("name", ["nova", "neutron", "vifcast.dropped", "vifcast.bound"])
def test_lane_is_never_an_exchange_that_has_another_use(serve, vhost, name):
    with pytest.raises(Exception, match=f"option lane_exchange .* is {name}"):
        serve(vhost.transport_url, ingest__lane_exchange=name, ingest__neutron_exchange="neutron")
