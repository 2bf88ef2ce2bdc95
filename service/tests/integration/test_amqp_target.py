"""Messages are published to brokers, and as legacy notifications of Nova."""

import json
import ssl
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import oslo_listener
import pytest
from amqp_reader import AmqpReader
from nova_notifications import instance_payload, versioned
from subscribed import subscribe

from ledger_events import attach_or_detach
from notifications import body
from rabbitmq import RabbitMQ
from vifcast.bus.outgoing import Outgoing, Place, Publication
from vifcast.errors import BrokerUnreachableError, UnroutableError
from vifcast.store import DeliveryQuery, DeliveryReader, EventQuery
from vifcast.subscription.subscription import Format, Target

FILES = ("cert.pem", "key.pem")
ATTACHED = "action=attach phase=end"


def published_to(vhost, store, **changes):
    settings = {"exchange": "cmp"} | changes.pop("settings", {})
    url = vhost.url.replace("guest:guest@", "guest@")
    return subscribe(
        store, target=Target.AMQP, url=url, settings=settings, **{"filter": ATTACHED} | changes
    )


@pytest.fixture
def server(serve):
    return serve("memory://", delivery__timeout_s="5", delivery__schedule_s="0, 1, 1, 1, 1, 1, 1")


def deliveries(server, subscription):
    query = DeliveryQuery(subscriptions=(subscription.id,))
    return DeliveryReader(server.store).search(query, limit=10, cursor=None).items


def taken(reader, until):
    found = []

    def is_there():
        message = reader.get()
        found.extend([message] if message is not None else [])
        return found

    until(is_there, 60)
    return found[0]


@pytest.mark.parametrize("form", [Format.PLAIN, Format.CLOUDEVENTS, Format.CLOUDEVENTS_BINARY])
def test_message_is_published_in_the_subscriptions_format(server, vhost, until, form):
    with closing(AmqpReader(vhost, "cmp")) as reader:
        subscription = published_to(vhost, server.store, format=form)
        events = attach_or_detach(1)
        server.store.write(events, [])
        message = taken(reader, until)
    said = json.loads(message.body)
    properties = message.properties
    assert properties["message_id"] == events[1].message_id
    assert properties["delivery_mode"] == 2
    assert message.delivery_info["routing_key"] == "vifcast.interface.attached"
    headers = properties["application_headers"]
    assert headers["vifcast-subscription"] == subscription.id
    if form is Format.CLOUDEVENTS_BINARY:
        assert headers["cloudEvents:type"] == "io.vifcast.interface.attached"
        assert headers["cloudEvents:time"] == "2026-11-22T12:00:01.000000Z"
        assert "ce-type" not in headers
    elif form is Format.CLOUDEVENTS:
        assert properties["content_type"] == "application/cloudevents+json"
        assert said["type"] == "io.vifcast.interface.attached"
    else:
        assert properties["content_type"] == "application/json"
        assert (said["id"], said["type"]) == (events[1].message_id, "interface.attached")


def test_exchange_is_made_only_if_that_is_asked_for(server, vhost, until):
    refused = published_to(vhost, server.store)
    server.store.write(attach_or_detach(1), [])
    until(lambda: deliveries(server, refused)[0].error, 60)
    assert "create the exchange, or set declare to true" in deliveries(server, refused)[0].error
    made = published_to(vhost, server.store, settings={"exchange": "ours", "declare": "true"})
    server.store.write(attach_or_detach(2, at_s=60), [])
    until(lambda: deliveries(server, made)[0].error, 60)
    exchanges = vhost.broker.call("GET", f"/api/exchanges/{vhost.name}")
    assert {each["name"]: each["durable"] for each in exchanges}["ours"] is True
    assert "cmp" not in {each["name"] for each in exchanges}


def test_what_no_queue_gets_fails_and_is_tried_again(server, vhost, until):
    subscription = published_to(
        vhost, server.store, settings={"declare": "true", "routing_key": "nic"}
    )
    server.store.write(attach_or_detach(1), [])
    until(lambda: deliveries(server, subscription)[0].error, 60)
    assert "no queue is bound to exchange cmp for routing key nic" in (
        deliveries(server, subscription)[0].error
    )
    with closing(AmqpReader(vhost, "cmp")) as reader:
        assert taken(reader, until).delivery_info["routing_key"] == "nic"


def test_connection_that_is_cut_is_made_anew(server, vhost, until):
    with closing(AmqpReader(vhost, "cmp")) as reader:
        published_to(vhost, server.store)
        server.store.write(attach_or_detach(1), [])
        taken(reader, until)
    until(lambda: vhost.broker.close_connections(vhost.name) >= 1, 60)
    with closing(AmqpReader(vhost, "cmp")) as reader:
        server.store.write(attach_or_detach(2, at_s=60), [])
        taken(reader, until)


class Listener:
    """oslo.messaging's, in a process of its own: it wants eventlet and warns of it."""

    def __init__(self, url):
        self.process = subprocess.Popen(
            [sys.executable, "-W", "ignore", str(Path(oslo_listener.__file__)), url],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self.process.stdout.readline() == "ready\n"
        self.heard = []
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self):
        self.heard.extend(map(json.loads, self.process.stdout))

    def close(self):
        self.process.kill()
        self.process.wait()
        self._thread.join()
        self.process.stdout.close()


def test_versioned_notifications_are_legacy_ones_again_and_make_no_loop(
    serve, vhost, publish, until
):
    server = serve(vhost.transport_url)
    until(server.state.is_healthy)
    subscription = published_to(
        vhost, server.store, format=Format.NOVA, settings={"exchange": "nova"},
        filter="source=nova-versioned phase=start,end,error",
    )  # fmt: skip
    with closing(Listener(vhost.transport_url)) as listener:
        for phase in ("start", "end"):
            publish(
                versioned(f"instance.interface_attach.{phase}", instance_payload()),
                "versioned_notifications.info",
            )
        until(lambda: len(listener.heard) == 2, 60)
        # What comes behind both, so that they were read before.
        publish(body("compute.instance.interface_detach.start"))
        until(lambda: server.store.last_event_id() == 3, 60)
        until(lambda: len(listener.heard) == 3, 60)
    assert [each["event_type"] for each in listener.heard] == [
        "compute.instance.interface_attach.start",
        "compute.instance.interface_attach.end",
        "compute.instance.interface_detach.start",
    ]
    assert [each["payload"].get("vifcast_republished") for each in listener.heard] == [
        True, True, None,
    ]  # fmt: skip
    sources = [each.source for each in server.store.events(EventQuery()).items]
    assert sources.count("nova-versioned") == 2
    assert len(deliveries(server, subscription)) == 2


@pytest.fixture
def tls_broker(authority, tmp_path):
    folder = tmp_path / "certificate"
    folder.mkdir()
    for source, name in zip(authority.certificate_for("DNS:localhost"), FILES, strict=True):
        (folder / name).write_bytes(source.read_bytes())
    with RabbitMQ(folder) as broker:
        yield broker


def test_certificate_of_the_broker_is_checked(tls_broker, authority, wrong_authority):
    url = f"amqps://guest@localhost:{tls_broker.tls_port}/"
    publication = Publication("m-1", "amq.topic", "nic", "application/json", {}, b"{}")

    def publish(ca):
        context = None if ca is None else ssl.create_default_context(cafile=ca.certificate)
        with closing(Outgoing(Place.of(url, None, context), 10, declares=False)) as outgoing:
            outgoing.publish(publication)

    for ca in (None, wrong_authority):
        with pytest.raises(BrokerUnreachableError, match="certificate"):
            publish(ca)
    with pytest.raises(UnroutableError, match="no queue is bound"):
        publish(authority)
