"""Exchanges of others are looked at, and never made. On a real RabbitMQ."""

import amqp
import pytest
from nova_bus import bus_channel

from vifcast.bus.exchange import Exchange, is_there, look_at_exchange, may_declare


@pytest.fixture
def channel(vhost):
    with bus_channel(vhost.url) as opened:
        yield opened


def exchanges(vhost):
    found = vhost.broker.call("GET", f"/api/exchanges/{vhost.name}")
    return {each["name"] for each in found if each["name"][:4] not in {"", "amq."}}


@pytest.mark.parametrize("durable", [True, False])
@pytest.mark.parametrize("more", [{}, {"arguments": {"alternate-exchange": "other"}}])
def test_durable_or_not_is_found_out(vhost, channel, durable, more):
    channel.exchange_declare("nova", "topic", durable=durable, auto_delete=False, **more)
    before = vhost.broker.call("GET", f"/api/exchanges/{vhost.name}/nova")
    assert look_at_exchange(channel.connection, "nova") == Exchange(
        is_topic=True, is_durable=durable
    )
    assert vhost.broker.call("GET", f"/api/exchanges/{vhost.name}/nova") == before


@pytest.mark.parametrize("durable", [True, False])
def test_exchange_that_goes_with_its_last_binding_is_novas_too(vhost, channel, durable):
    # As with amqp_auto_delete = true in nova.conf.
    channel.exchange_declare("nova", "topic", durable=durable, auto_delete=True)
    assert look_at_exchange(channel.connection, "nova") == Exchange(
        is_topic=True, is_durable=durable
    )


def test_exchange_of_another_type_is_seen_as_that(vhost, channel):
    channel.exchange_declare("nova", "fanout", durable=True, auto_delete=False)
    assert look_at_exchange(channel.connection, "nova") == Exchange(is_topic=False, is_durable=None)


def test_exchange_that_is_not_there_is_not_made(vhost, channel, monkeypatch):
    assert look_at_exchange(channel.connection, "nova") is None
    assert may_declare(channel.connection, "nova")
    # It goes between the two questions.
    monkeypatch.setattr("vifcast.bus.exchange.is_there", lambda *_: True)
    assert look_at_exchange(channel.connection, "nova") is None
    assert exchanges(vhost) == set()


def test_user_who_may_not_make_it_sees_that_it_is_there(vhost, channel):
    channel.exchange_declare("nova", "topic", durable=True, auto_delete=False)
    vhost.broker.add_user("reader", "s3cret")
    rights = {"configure": "^$", "write": "^$", "read": "^$"}
    vhost.broker.call("PUT", f"/api/permissions/{vhost.name}/reader", rights)
    with bus_channel(vhost.url.replace("guest:guest", "reader:s3cret")) as theirs:
        connection = theirs.connection
        assert look_at_exchange(connection, "nova") == Exchange(is_topic=True, is_durable=None)
        assert look_at_exchange(connection, "other") is None
        assert not is_there(connection, "other")
        assert not may_declare(connection, "other")
    assert isinstance(connection, amqp.Connection)
    assert exchanges(vhost) == {"nova"}
