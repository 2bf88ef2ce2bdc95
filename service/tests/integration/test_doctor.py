"""``vifcast doctor``: each link of the chain broken once, on a real RabbitMQ."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from nova_bus import bus_channel, make_default_queue

from host_reports import make_report
from ledger_events import T0, make_event
from notifications import body
from publisher import Publisher
from vifcast import times
from vifcast.cli import main
from vifcast.doctor import queues
from vifcast.host import Lane, LaneState
from vifcast.model import Source
from vifcast.store import DeadLetterQuery

NOBODY = "rabbit://guest:s3cret@127.0.0.1:1/"


class Printed:
    """What the doctor printed."""

    def __init__(self, result):
        assert not result.exception or isinstance(result.exception, SystemExit), result.exception
        self.code, self.text = result.exit_code, result.output
        assert "s3cret" not in self.text
        assert "guest:guest" not in self.text

    def line(self, name):
        """Level and text of the one line of that name."""
        (found,) = re.findall(rf"^(\w+) +{name}: (.*)$", self.text, re.MULTILINE)
        return found


@pytest.fixture
def doctor(tmp_path, monkeypatch):
    monkeypatch.setattr(queues, "_PAUSE_S", 0.2)

    def run(transport_url, *arguments, url="http://127.0.0.1:1/"):
        listen = url.removeprefix("http://").rstrip("/")
        return Printed(
            CliRunner().invoke(
                main,
                ["doctor", "--data-dir", str(tmp_path), "--transport-url", transport_url,
                 "--listen", listen, *arguments],
            )
        )  # fmt: skip

    return run


@pytest.fixture
def publish(vhost):
    """As with ``amqp_durable_queues = true`` in nova.conf."""
    publisher = Publisher(vhost.url, durable=True)
    yield publisher
    publisher.close()


@pytest.fixture
def served(serve, vhost, publish, until):
    """A service that reads, and has stored events of two sources and a host's report."""
    server = serve(vhost.transport_url)
    until(server.state.is_healthy)
    created = make_event(message_id="created", source=Source.NOVA_INSTANCE)
    lane = Lane(exchange="vifcast", state=LaneState.USED, reason=None)
    report = make_report(at_s=(times.now() - T0).total_seconds(), lane=lane)
    server.store.write([make_event(), created], [], [report])
    return server


def test_chain_that_is_whole(doctor, served, vhost):
    printed = doctor(vhost.transport_url, "--send-probe", url=served.url)
    assert printed.code == 0, printed.text
    assert {line.split()[0] for line in printed.text.splitlines()[:-1]} == {"OK"}
    assert printed.text.endswith("No problems found.\n")
    assert re.search(
        r"sent to exchange nova as notifications.info, in the store after \d", printed.text
    )
    assert printed.line("bindings")[1].startswith(
        "vifcast is bound to nova for notifications.info, notifications.error, versioned_"
    )
    assert printed.line("lane")[1] == "vifcast: exists, topic, durable; vifcast is bound to it."
    # A probe is no event, and counted as what it is.
    assert served.store.last_event_id() == 2
    assert served.metrics.notifications.labels("default", "probe")._value.get() == 1
    assert served.metrics.notifications.labels("default", "dead_letter")._value.get() == 0


def test_json(doctor, served, vhost):
    printed = doctor(vhost.transport_url, "--json", url=served.url)
    document = json.loads(printed.text)
    assert document["is_fine"] is True
    assert document["lines"][0] == {
        "name": "configuration",
        "level": "OK",
        "text": f"read; the broker is 127.0.0.1:{vhost.broker.port}.",
        "advice": None,
        "broker": None,
    }


def test_everything_down(doctor):
    printed = doctor(NOBODY, "--send-probe")
    assert printed.code == 1
    assert printed.line("broker") == ("FAIL", "not reached: 127.0.0.1:1: connection refused.")
    assert printed.line("serve")[0] == "FAIL"
    assert printed.line("database")[0] == "FAIL"
    assert printed.line("probe") == ("FAIL", "not sent: see the line broker.")
    assert printed.text.endswith("can get lost. Failed: broker, serve, database, probe.\n")


def test_no_broker_is_named(doctor):
    assert doctor("").line("configuration") == ("FAIL", "no broker is named.")


def test_transport_url_that_cannot_be_read(doctor):
    level, text = doctor("rabbit://guest:s3cret@h:port/").line("configuration")
    assert level == "FAIL"
    assert "transport_url names an invalid host" in text


def test_configuration_file_with_a_mistake(doctor, tmp_path):
    conf = tmp_path / "vifcast.conf"
    conf.write_text("[ingest]\nqueue_type = stream\n")
    printed = doctor(NOBODY, "--config-file", str(conf))
    assert (printed.code, printed.line("configuration")[0]) == (1, "FAIL")


def test_wrong_password(doctor, vhost):
    printed = doctor(vhost.transport_url.replace("guest:guest", "guest:s3cret"))
    assert "RabbitMQ refuses user guest with this password." in printed.line("broker")[1]
    assert "-> Correct user and password in transport_url" in printed.text


def test_virtual_host_that_is_not_there(doctor, rabbitmq):
    printed = doctor(rabbitmq.transport_url("nowhere"))
    assert "vhost nowhere not found" in printed.line("broker")[1]
    assert "-> Correct the virtual host at the end of transport_url" in printed.text


def test_one_of_several_hosts_is_down(doctor, served, vhost):
    two = vhost.transport_url.replace("rabbit://", "rabbit://guest:guest@127.0.0.1:1,")
    printed = doctor(two, url=served.url)
    level, text = printed.line("broker")
    assert (printed.code, level) == (0, "WARN")
    assert "Not reached: 127.0.0.1:1: connection refused." in text


def test_nothing_was_ever_set_up(doctor, vhost):
    printed = doctor(vhost.transport_url)
    level, text = printed.line("exchange")
    assert (level, text[:41]) == ("WARN", "nova: does not exist. vifcast serve binds")
    assert printed.line("lane")[0] == "WARN"
    assert printed.line("queue")[1].startswith("vifcast: does not exist.")
    assert "bindings" not in printed.text


def test_exchange_of_another_type(doctor, vhost):
    with bus_channel(vhost.url) as channel:
        channel.exchange_declare("nova", "fanout", auto_delete=False)
    level, text = doctor(vhost.transport_url).line("exchange")
    assert (level, text[:31]) == ("FAIL", "nova: exists, but is not of typ")


def test_most_of_what_arrives_becomes_dead_letters(doctor, served, vhost, publish, until):
    for number in range(4):
        publish(b"{" + b" " * number)
    until(lambda: len(served.store.dead_letters(DeadLetterQuery()).items) == 4)
    printed = doctor(vhost.transport_url, url=served.url)
    assert printed.code == 1
    level, text = printed.line("refused")
    assert (level, text[:51]) == ("FAIL", "4 of 4 notifications of the last 15 minutes became ")
    for _ in range(5):
        publish(body())
    until(lambda: served.metrics.notifications.labels("default", "stored")._value.get() == 5)
    assert "refused" not in doctor(vhost.transport_url, url=served.url).text


def test_nobody_reads_the_queue(doctor, served, vhost, publish):
    served.stop()
    publish(body())
    printed = doctor(vhost.transport_url, "--send-probe", "--timeout", "3")
    assert printed.line("queue") == ("FAIL", "vifcast: 1 waiting, no consumer.")
    assert printed.line("serve")[1].startswith("no answer from")
    level, text = printed.line("probe")
    assert level == "FAIL"
    assert "it waits in queue vifcast, which has no consumer" in text


def test_queue_that_is_full_and_one_that_dropped(doctor, serve, vhost, publish, until, tmp_path):
    server = serve(vhost.transport_url, ingest__queue_max_length=3)
    until(server.state.is_healthy)
    server.stop()
    for _ in range(5):
        publish(body())
    conf = tmp_path / "vifcast.conf"
    conf.write_text("[ingest]\nqueue_max_length = 3\n")
    until(lambda: vhost.queue_depth("vifcast.dropped") == 2)
    printed = doctor(vhost.transport_url, "--config-file", str(conf))
    assert "It is full: RabbitMQ drops the oldest." in printed.line("queue")[1]
    level, text = printed.line("dropped")
    assert (level, "RabbitMQ has dropped 2 from vifcast" in text) == ("WARN", True)


def test_more_was_dropped_than_is_kept(doctor, served, vhost, publish, monkeypatch):
    monkeypatch.setattr(queues, "DROPPED_MAX_LENGTH", 0)
    level, text = doctor(vhost.transport_url, url=served.url).line("dropped")
    assert (level, text[:22]) == ("FAIL", "vifcast.dropped: full,")


def test_default_queue_that_nobody_reads(doctor, served, vhost, publish):
    publish.channel.queue_declare("notifications.info", durable=False, auto_delete=False)
    publish.channel.queue_bind("notifications.info", "nova", "notifications.info")
    publish(body("compute.instance.update"))
    printed = doctor(vhost.transport_url, url=served.url)
    level, text = printed.line("default queue")
    assert level == "WARN"
    assert "1 waiting, no consumer. RabbitMQ keeps them for ever." in text
    assert printed.code == 0
    assert "-> It is Nova's own queue" in printed.text
    assert printed.text.index("look first (`rabbitmqadmin -V ") < printed.text.index("purge_queue")


def test_default_queues_as_the_ones_that_are_read(doctor, serve, vhost, publish, until, tmp_path):
    make_default_queue(publish.channel, "notifications.info", durable=True)
    server = serve(vhost.transport_url, ingest__consume_default_queue=True)
    until(server.state.is_healthy)
    conf = tmp_path / "vifcast.conf"
    conf.write_text("[ingest]\nconsume_default_queue = true\n")
    printed = doctor(
        vhost.transport_url, "--config-file", str(conf), "--send-probe", url=server.url
    )
    assert printed.code == 0, printed.text
    assert "OK    queue: notifications.info: empty, 1 consumer." in printed.text
    assert "WARN  queue: notifications.error: does not exist. vifcast serve" in printed.text
    assert printed.line("lane") == ("OK", "none: consume_default_queue is set.")


def test_service_that_cannot_store(doctor, served, vhost, publish, until):
    with served.store._writer.connect() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER full BEFORE INSERT ON event BEGIN "
            "SELECT RAISE(ABORT, 'database or disk is full'); END"
        )
        connection.commit()
    publish(body())
    until(lambda: served.state.problem)
    level, text = doctor(vhost.transport_url, url=served.url).line("serve")
    assert level == "FAIL"
    assert "the disk is full; make room" in text


def test_something_else_listens_there(doctor, rabbitmq):
    printed = doctor(NOBODY, url=rabbitmq.api_url)
    assert "is not vifcast" in printed.line("serve")[1]


def test_probe_without_a_queue_for_it(doctor, served, vhost, publish):
    served.stop()
    publish.channel.queue_delete("vifcast")
    printed = doctor(vhost.transport_url, "--send-probe")
    assert "lost at exchange nova: it does not exist, or no queue is" in printed.line("probe")[1]


def test_probe_that_goes_to_another_queue_only(doctor, served, vhost, publish):
    served.stop()
    publish.channel.queue_delete("vifcast")
    publish.channel.queue_declare("other", auto_delete=False)
    publish.channel.queue_bind("other", "nova", "notifications.info")
    printed = doctor(vhost.transport_url, "--send-probe", "--timeout", "3")
    assert "queue vifcast does not exist; only other queues got it" in printed.line("probe")[1]


def test_probe_that_somebody_else_takes(doctor, served, vhost, publish):
    served.stop()
    publish.channel.basic_consume("vifcast", no_ack=True, callback=id)
    printed = doctor(vhost.transport_url, "--send-probe", "--timeout", "3")
    level, text = printed.line("probe")
    assert level == "FAIL"
    assert "a consumer took it from queue vifcast, but it is not in" in text


def test_probe_of_a_user_who_may_not_publish(doctor, served, vhost):
    vhost.broker.add_user("reader", "s3cret")
    own = r"^vifcast(\.(dropped|bound))?$"
    rights = {"configure": own, "write": own, "read": r"^(vifcast(\.(dropped|bound))?|nova)$"}
    vhost.broker.call("PUT", f"/api/permissions/{vhost.name}/reader", rights)
    url = vhost.transport_url.replace("guest:guest", "reader:s3cret")
    printed = doctor(url, "--send-probe", url=served.url)
    level, text = printed.line("exchange")
    assert (level, "this user may not see whether it is durable" in text) == ("OK", True)
    assert printed.line("bindings")[0] == "OK"
    level, text = printed.line("probe")
    assert level == "WARN"
    assert "user reader lacks the permission `write` on exchange nova" in text


def test_page_shows_the_line_for_a_missing_database(doctor, vhost, tmp_path):
    level, text = doctor(vhost.transport_url).line("database")
    page = (Path(__file__).parents[3] / "docs/doctor.md").read_text()
    assert f"{level}  database: {text.replace(str(tmp_path), '/var/lib/vifcast')}\n" in page


def test_database_server_that_is_away(doctor, tmp_path):
    conf = tmp_path / "vifcast.conf"
    conf.write_text("[database]\nconnection = postgresql://u:s3cret@127.0.0.1:1/v\n")
    level, text = doctor(NOBODY, "--config-file", str(conf)).line("database")
    assert (level, text[:46]) == ("FAIL", "database postgresql://u@127.0.0.1:1/v: the ser")
    assert text.endswith("; check that it runs.")


def test_hosts_that_do_not_report(doctor, served, vhost):
    served.store.write([], [], [make_report(host="compute-9", at_s=0)])
    level, text = doctor(vhost.transport_url, url=served.url).line("hosts")
    assert level == "WARN"
    assert text == "1 covered, 1 silent: compute-9 (silent)."


def test_nothing_was_ever_heard(doctor, serve, vhost, until):
    server = serve(vhost.transport_url)
    until(server.state.is_healthy)
    printed = doctor(vhost.transport_url, url=server.url)
    assert printed.line("sources")[0] == "WARN"
    assert printed.line("hosts") == ("WARN", "no compute host has reported yet.")


def test_sources_are_listed_with_their_last_event(doctor, served, vhost):
    level, text = doctor(vhost.transport_url, url=served.url).line("sources")
    assert level == "OK"
    seen = r"events 1, last one at \S+, received"
    assert re.fullmatch(rf"nova-instance: {seen} \S+; vifcast-nova: {seen} \S+\.", text)


def test_exchange_that_is_not_durable(doctor, serve, vhost, until):
    with bus_channel(vhost.url) as channel:
        channel.exchange_declare("nova", "topic", durable=False, auto_delete=False)
    printed = doctor(vhost.transport_url)
    level, text = printed.line("exchange")
    assert (level, "exists, topic, not durable. A restart of RabbitMQ" in text) == ("WARN", True)
    assert "from hosts that use the lane" in printed.text
    assert "amqp_durable_queues = true in [oslo_messaging_rabbit] of nova.conf" in printed.text


def test_lane_that_this_user_may_not_make(doctor, vhost, publish):
    vhost.broker.add_user("frugal", "s3cret")
    own = r"^mine(\.(dropped|bound))?$"
    rights = {"configure": own, "write": own, "read": r"^(mine(\.(dropped|bound))?|nova)$"}
    vhost.broker.call("PUT", f"/api/permissions/{vhost.name}/frugal", rights)
    printed = doctor(vhost.transport_url.replace("guest:guest", "frugal:s3cret"))
    assert printed.line("lane")[0] == "WARN"
    command = re.search(
        r"rabbitmqctl set_permissions -p (\S+) (\S+) '(.*)' '(.*)' '(.*)'", printed.text
    )
    assert command[1] == vhost.name
    assert command[2] == "frugal"
    own = r"^(vifcast|vifcast\.dropped|vifcast\.bound)$"
    assert command.groups()[2:] == (own, own, own.replace(")$", "|nova)$"))


def test_user_of_an_earlier_release_may_not_make_the_marker(doctor, vhost, publish):
    vhost.broker.add_user("frugal", "s3cret")
    own = r"^vifcast(\.dropped)?$"
    rights = {"configure": own, "write": own, "read": r"^(vifcast(\.dropped)?|nova)$"}
    vhost.broker.call("PUT", f"/api/permissions/{vhost.name}/frugal", rights)
    printed = doctor(vhost.transport_url.replace("guest:guest", "frugal:s3cret"))
    level, text = printed.line("marker")
    assert (level, text[:42]) == ("WARN", "vifcast.bound: this user may not create it")
    assert "rabbitmqctl set_permissions" in printed.text


def test_lane_that_is_not_durable(doctor, served, vhost, publish):
    publish.channel.exchange_delete("vifcast")
    publish.channel.exchange_declare("vifcast", "topic", durable=False, auto_delete=False)
    level, text = doctor(vhost.transport_url, url=served.url).line("lane")
    assert (level, "but is not a durable exchange of type topic" in text) == ("WARN", True)


def test_facts_that_nobody_supplies_with_the_line_that_would(doctor, serve, vhost, until):
    server = serve(vhost.transport_url)
    until(server.state.is_healthy)
    assert "facts:" not in doctor(vhost.transport_url, url=server.url).text
    server.store.write([make_event()], [], [])
    printed = doctor(vhost.transport_url, url=server.url)
    level, text = printed.line("facts")
    assert level == "WARN"
    assert "server deletions (a deleted server keeps its NICs)" in text
    assert "[notifications] notification_format = both" in printed.text
    server.store.write([make_event(message_id="created", source=Source.NOVA_INSTANCE)], [], [])
    level, text = doctor(vhost.transport_url, url=server.url).line("facts")
    assert (level, "here: [ingest] neutron_exchange = neutron" in text) == ("OK", True)
    server.store.write([make_event(message_id="port", source=Source.NEUTRON)], [], [])
    assert doctor(vhost.transport_url, url=server.url).line("facts") == (
        "OK", "the sources seen so far supply all that vifcast stores.",
    )  # fmt: skip


def test_option_without_effect_is_named(doctor, vhost, tmp_path):
    conf = tmp_path / "vifcast.conf"
    conf.write_text("[ingest]\namqp_durable_queues = true\n")
    printed = doctor(vhost.transport_url, "--config-file", str(conf))
    assert printed.line("configuration")[0] == "WARN"
    assert "option amqp_durable_queues in [ingest] no longer has an effect" in printed.text


def test_part_that_does_not_end_does_not_stop_the_others(doctor, served, vhost, monkeypatch):
    monkeypatch.setattr(queues, "_PAUSE_S", 5)
    monkeypatch.setattr("vifcast.doctor.examine._PART_S", 0.5)
    printed = doctor(vhost.transport_url, "--timeout", "0.5", url=served.url)
    assert printed.line("queue") == ("FAIL", "did not end within 2 s.")
    assert printed.line("hosts")[0] == "OK"
