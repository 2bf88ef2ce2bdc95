"""What is known of the bus after a connect: bound, durable, and whether it was so all the time."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

import kombu
import pytest
from nova_bus import bus_channel

from vifcast.bus import declare
from vifcast.bus.declare import Standing
from vifcast.bus.link import Link
from vifcast.bus.topology import topology_from
from vifcast.bus.transport_url import parse_transport_url
from vifcast.config import load_settings


@pytest.fixture(autouse=True)
def look_often(monkeypatch):
    monkeypatch.setattr(declare, "_LOOK_S", 0.05)


class Reader:
    """A link, and what it said of the bus."""

    def __init__(self, url: str, on_look=None, **options: object) -> None:
        self.said: list[Standing] = []
        self._on_look = on_look
        overrides = {f"ingest.{name}": value for name, value in options.items()}
        self._link = Link.connect(
            parse_transport_url(url),
            topology_from(load_settings(overrides=overrides).ingest),
            prefetch=10,
            heartbeat_s=0,
            timeout_s=5,
            on_look=self._looked,
        )

    def _looked(self, standing: Standing) -> None:
        self.said.append(standing)
        if self._on_look is not None:
            self._on_look(standing)

    def next(self) -> Standing:
        """What it says after this."""
        count = len(self.said)
        while len(self.said) == count:
            self._link.receive(10, 1000, 0.02, 0)
        return self.said[-1]

    def close(self) -> None:
        self._link.close()


@contextmanager
def reading(url: str, **options: object) -> Iterator[Reader]:
    with closing(Reader(url, **options)) as reader:
        yield reader


@pytest.fixture
def channel(vhost):
    with bus_channel(vhost.url) as opened:
        opened.exchange_declare("nova", "topic", durable=False, auto_delete=False)
        yield opened


def test_bindings_that_were_there_all_the_time_have_survived(vhost, channel):
    with reading(vhost.transport_url) as first:
        assert first.said[0].survived is False
        assert first.next().survived is False
    with reading(vhost.transport_url) as second:
        assert second.said[0].survived is True
        assert second.said[0].unbound == ()


@pytest.mark.parametrize("durable", [True, False])
def test_restart_of_the_broker_is_noticed(private_rabbitmq, durable):
    with bus_channel(private_rabbitmq.url()) as opened:
        opened.exchange_declare("nova", "topic", durable=durable, auto_delete=False)
    url = private_rabbitmq.transport_url("/")
    with reading(url) as first:
        assert first.said[0].durable == {"nova": durable}
    private_rabbitmq.restart()
    with reading(url) as second:
        assert second.said[0].survived is False
        assert second.said[0].unbound == (() if durable else ("nova",))
        assert second.said[0].durable == ({"nova": True} if durable else {})


def test_exchange_that_goes_is_unbound_until_it_is_back(vhost, channel):
    with reading(vhost.transport_url) as reader:
        assert (reader.said[0].unbound, reader.said[0].durable) == ((), {"nova": False})
        channel.exchange_delete("nova")
        while not (said := reader.next()).unbound:
            pass
        assert (said.unbound, said.durable) == (("nova",), {})
        assert said.missing.startswith("exchange nova does not exist")
        channel.exchange_declare("nova", "topic", durable=True, auto_delete=False)
        while (said := reader.next()).unbound:
            pass
        assert (said.durable, said.missing) == ({"nova": True}, None)


def test_who_ends_while_an_exchange_is_gone_has_not_seen_all(vhost, channel):
    with reading(vhost.transport_url) as reader:
        channel.exchange_delete("nova")
        while not reader.next().unbound:
            pass
    channel.exchange_declare("nova", "topic", durable=False, auto_delete=False)
    with reading(vhost.transport_url) as reader:
        assert reader.said[0].survived is False


def test_queue_that_was_deleted_has_not_survived(vhost, channel):
    with reading(vhost.transport_url):
        pass
    channel.queue_delete("vifcast")
    with reading(vhost.transport_url) as reader:
        assert reader.said[0].survived is False


def test_bindings_are_not_proven_before_that_is_on_record(vhost, channel):
    def fail(_: Standing) -> None:
        raise OSError("the database is away")

    with pytest.raises(Exception, match=r"no broker answers at .* \(the database is away\)"):
        Reader(vhost.transport_url, fail)
    with reading(vhost.transport_url) as reader:
        assert reader.said[0].survived is False


def test_queues_of_nova_that_are_read_are_bound_by_nova(vhost, channel):
    options = {"consume_default_queue": True}
    with reading(vhost.transport_url, **options) as reader:
        assert reader.said[0].unbound == ()
        assert reader.said[0].durable == {"nova": False}
    with reading(vhost.transport_url, **options) as reader:
        assert reader.said[0].survived is True


def with_rights(vhost, configure, read=r"^(vifcast(\.dropped)?|nova)$"):
    vhost.broker.add_user("frugal", "s3cret")
    rights = {"configure": configure, "write": r"^vifcast(\.dropped)?$", "read": read}
    vhost.broker.call("PUT", f"/api/permissions/{vhost.name}/frugal", rights)
    return vhost.transport_url.replace("guest:guest", "frugal:s3cret")


def test_without_rights_on_the_marker_nobody_can_know(vhost, channel):
    url = with_rights(vhost, r"^vifcast(\.dropped)?$")
    for _ in range(2):
        with reading(url) as reader:
            assert reader.next().survived in {False, None}
    assert reader.said[0].survived is None
    assert reader.said[0].durable == {"nova": None}


def test_durable_exchange_of_that_name_is_no_marker(vhost, channel):
    channel.exchange_declare("vifcast.bound", "topic", durable=True, auto_delete=False)
    for _ in range(2):
        with reading(vhost.transport_url) as reader:
            assert reader.next().survived in {False, None}
    assert reader.said[0].survived is None


def test_bus_inside_the_process_is_waited_for_and_bound():
    with reading("memory://", exchange="elsewhere", queue="mine") as reader:
        said = reader.said[0]
        assert (said.unbound, said.survived, said.no_lane) == (("elsewhere",), False, None)
        with kombu_channel() as channel:
            channel.exchange_declare("elsewhere", "topic")
            assert reader.next().durable == {"elsewhere": None}
        assert reader.said[-1].unbound == ()


@contextmanager
def kombu_channel():
    with kombu.Connection("memory://") as connection:
        yield connection.channel()
