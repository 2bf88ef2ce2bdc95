"""A service that reads several brokers: two virtual hosts of RabbitMQ, and one that goes away."""

import json
import uuid
from contextlib import closing

import httpx
import pytest
from click.testing import CliRunner
from nova_bus import bus_channel

from host_reports import report_body, report_payload
from notifications import body, interface, payload
from publisher import Publisher
from vifcast import times
from vifcast.cli import main
from vifcast.doctor import queues
from vifcast.errors import BrokerRefusedError
from vifcast.gap import GapReason
from vifcast.store import (
    AttachmentQuery,
    DeadLetterQuery,
    EventQuery,
    GapQuery,
    HostQuery,
    OperationQuery,
)

ATTACH = "compute.instance.interface_attach"
NOON = "2026-11-22 12:00:0"


def attach(number, *, ip="192.0.2.7", **changes):
    """Start and end of an attach on a compute-1; the NIC of each number is its own."""
    about = interface(
        operation_id=str(uuid.UUID(int=number)),
        port_id=str(uuid.UUID(int=number)),
        mac_address=f"fa:16:3e:00:00:{number:02x}",
        fixed_ips=[{"ip_address": ip, "version": 4, "subnet_cidr": None}],
    )
    return [
        body(
            f"{ATTACH}.{phase}",
            payload=payload(interface=about, instance_id=f"instance-{number}"),
            timestamp=f"{NOON}{number}.{half}",
            _context_request_id=f"req-{number}",
            **changes,
        )
        for phase, half in (("start", 0), ("end", 5))
    ]


@pytest.fixture
def publishers(vhost, other_vhost):
    """Nova of the region north, and that of south."""
    with closing(Publisher(vhost.url)) as north, closing(Publisher(other_vhost.url)) as south:
        yield north, south


@pytest.fixture
def two(vhost, other_vhost, publishers, serve_brokers, until):
    """A service that reads both."""
    server = serve_brokers(
        {
            "cell1": {"transport_url": vhost.transport_url, "region": "north"},
            "cell2": {"transport_url": other_vhost.transport_url, "region": "south"},
        }
    )
    until(lambda: not server.states.away)
    return server


@pytest.fixture
def filled(two, publishers, until):
    """Both regions have a NIC with the same address on a compute-1, which reports."""
    for number, publish in enumerate(publishers, start=1):
        for each in attach(number):
            publish(each)
        publish(report_body(report_payload(host="compute-1")))
        publish(b"no JSON %d" % number)
    until(lambda: two.store.last_event_id() == 4)
    until(lambda: len(two.store.hosts(HostQuery(), now=times.now()).items) == 2)
    until(lambda: len(two.store.dead_letters(DeadLetterQuery()).items) == 2)
    return two


@pytest.fixture
def run(tmp_path):
    def command(*arguments, code=0):
        environment = {"VIFCAST_DATA_DIR": str(tmp_path)}
        result = CliRunner().invoke(main, arguments, env=environment)
        assert result.exit_code == code, result.output
        return result.stdout

    return command


def test_everything_has_the_region_of_its_broker(filled):
    store, now = filled.store, times.now()
    for region, number in (("north", 1), ("south", 2)):
        port = str(uuid.UUID(int=number))
        events = store.events(EventQuery(region=region)).items
        assert {(each.region, each.port_id) for each in events} == {(region, port)}
        (operation,) = store.operations(OperationQuery(region=region)).items
        assert (operation.region, operation.port_id) == (region, port)
        (attachment,) = store.attachments(AttachmentQuery(ip="192.0.2.7", region=region)).items
        assert (attachment.region, attachment.port_id) == (region, port)
        (host,) = store.hosts(HostQuery(host="compute-1", region=region), now=now).items
        assert (host.region, host.report.region) == (region, region)
        (letter,) = store.dead_letters(DeadLetterQuery(region=region)).items
        assert (letter.broker, letter.body) == (f"cell{number}", b"no JSON %d" % number)
    for query in (EventQuery, OperationQuery, AttachmentQuery, DeadLetterQuery):
        search = getattr(store, f"{query.__name__.removesuffix('Query').lower()}s", None)
        search = search or store.dead_letters
        assert search(query(region="")).items == []


def test_api_filters_every_list_by_region(filled):
    with httpx.Client(base_url=filled.url) as client:
        for path in ("events", "operations", "attachments", "hosts", "dead-letters"):
            for region in ("north", "south"):
                items = client.get(f"/v1/{path}", params={"region": region}).json()["items"]
                assert {each["region"] for each in items} == {region}, path
            assert client.get(f"/v1/{path}", params={"region": ""}).json()["items"] == []
        on_host = client.get(
            "/v1/attachments",
            params={"host": "compute-1", "at": "2026-11-22T12:00:05Z", "region": "south"},
        ).json()
        pages = [client.get("/v1/hosts", params={"limit": 1}).json()]
        pages.append(client.get("/v1/hosts", params={"cursor": pages[0]["next_cursor"]}).json())
    assert [each["region"] for each in on_host["items"]] == ["south"]
    assert [each["region"] for page in pages for each in page["items"]] == ["north", "south"]
    assert pages[1]["next_cursor"] is None


def test_commands_show_and_filter_by_region(filled, run):
    assert run("hosts").split("\n")[1].split()[:3] == ["compute-1", "north", "silent"]
    (line,) = run("hosts", "--region", "south").splitlines()[1:]
    assert line.split()[:2] == ["compute-1", "south"]
    history = ("history", "--ip", "192.0.2.7")
    assert len(json.loads(run(*history, "--json"))["attachments"]) == 2
    found = json.loads(run(*history, "--region", "north", "--json"))
    for kind in ("attachments", "operations", "events"):
        assert {each["region"] for each in found[kind]} == {"north"}
    assert "in south" in run(*history, "--region", "south")
    moment = ("--host", "compute-1", "--at", "2026-11-22T12:00:05Z")
    assert str(uuid.UUID(int=1)) in run("history", *moment, "--region", "north")
    assert str(uuid.UUID(int=2)) not in run("history", *moment, "--region", "north")
    tail = [json.loads(line) for line in run("tail", "--no-follow", "--json", "--region", "north")
            .splitlines()]  # fmt: skip
    assert [each["region"] for each in tail] == ["north", "north"]
    assert "from broker cell2, region south" in run("dead-letters", "list", "--region", "south")
    assert "cell1" not in run("dead-letters", "list", "--region", "south")


def test_retried_dead_letter_keeps_its_region(two, publishers, until, run, monkeypatch):
    _, south = publishers
    with monkeypatch.context() as patch:
        patch.setattr("vifcast.notification.interpret._FIRST_YEAR", 2030)
        south(attach(1)[1])
        until(lambda: two.store.dead_letters(DeadLetterQuery()).items)
    assert "1  stored" in run("dead-letters", "retry", "--all")
    (event,) = two.store.events(EventQuery()).items
    assert event.region == "south"


def test_message_that_comes_through_both_is_stored_once(two, publishers, until):
    north, south = publishers
    start, end = attach(1)
    north(start)
    until(lambda: two.store.last_event_id() == 1)
    south(start)
    south(end)
    until(lambda: two.store.last_event_id() == 2)
    (attachment,) = two.store.attachments(AttachmentQuery()).items
    assert attachment.region == "south"
    (operation,) = two.store.operations(OperationQuery()).items
    found = two.store.events(EventQuery(), oldest_first=True).items
    assert [each.region for each in found] == ["north", "south"]
    assert operation.region == "south"


def test_metrics_have_the_names_of_the_brokers(filled):
    metrics = httpx.get(f"{filled.url}metrics").text
    for name in ("cell1", "cell2"):
        assert f'vifcast_broker_connected{{broker="{name}"}} 1.0' in metrics
        assert f'vifcast_queue_depth{{broker="{name}",queue="vifcast"}}' in metrics
        outcome = f'vifcast_notifications_total{{broker="{name}",outcome="stored"}} 2.0'
        assert outcome in metrics
    assert 'broker="default"' not in metrics
    for region in ("north", "south"):
        assert f'vifcast_hosts{{region="{region}",state="silent"}} 1.0' in metrics


def test_page_shows_each_broker(filled):
    html = httpx.get(f"{filled.url}ui/status").text
    assert html.count("status good") == 2
    assert "broker cell1: listening on 127.0.0.1:" in html
    page = httpx.get(f"{filled.url}ui/find", params={"q": "192.0.2.7"}).text
    assert "<small>north</small>" in page
    assert "<small>south</small>" in page


def test_one_that_refuses_or_is_not_there_does_not_stop_the_others(
    vhost, publish, serve_brokers, until, caplog
):
    refused = vhost.transport_url.replace("guest:guest", "guest:s3cret", 1)
    server = serve_brokers(
        {
            "good": {"transport_url": vhost.transport_url, "region": "north"},
            "wrong": {"transport_url": refused, "queue": "other", "region": "south"},
            "gone": {"transport_url": "rabbit://u:s3cret@127.0.0.1:1/", "region": "west"},
        }
    )
    good, wrong, gone = server.states.brokers
    until(lambda: good.is_healthy() and wrong.problem and gone.problem)
    publish(attach(1)[0])
    until(lambda: server.store.last_event_id() == 1)
    assert not server.wait(0)
    health, ready = (httpx.get(f"{server.url}{path}") for path in ("healthz", "readyz"))
    assert (health.status_code, ready.status_code) == (200, 200)
    found = health.json()
    assert (found["status"], found["away"]) == ("degraded", ["wrong", "gone"])
    assert [each["name"] for each in found["brokers"]] == ["good", "wrong", "gone"]
    assert [each["connected"] for each in found["brokers"]] == [True, False, False]
    assert (found["ingest"]["connected"], found["ingest"]["problem"]) == (True, None)
    assert "broker gone: " in found["ingest"]["warning"]
    assert "s3cret" not in health.text + caplog.text
    assert any(text.startswith("broker gone: ") for text in caplog.messages)
    html = httpx.get(f"{server.url}ui/status").text
    assert (html.count("status good"), html.count("status bad")) == (1, 2)


def test_service_is_not_ready_while_no_broker_is_read(serve_brokers, until):
    server = serve_brokers(
        {
            name: {"transport_url": f"rabbit://u:s3cret@127.0.0.1:{port}/"}
            for name, port in (("one", 1), ("two", 2))
        }
    )
    until(lambda: all(each.problem for each in server.states.brokers))
    ready = httpx.get(f"{server.url}readyz")
    assert ready.status_code == 503
    assert ready.json()["ingest"]["problem"].startswith("broker one: ")
    assert "; broker two: " in ready.json()["ingest"]["problem"]


def declare(broker, vhost="/"):
    with bus_channel(broker.url(vhost)) as channel:
        channel.exchange_declare("nova", "topic", durable=False, auto_delete=False)


def gaps(server, **about):
    return server.store.gaps(GapQuery(**about), now=times.now()).items


def test_gap_of_one_broker_does_not_spoil_the_answers_about_the_other_region(
    vhost, private_rabbitmq, serve_brokers, until, run
):
    declare(private_rabbitmq)
    brokers = {
        "steady": {"transport_url": vhost.transport_url, "region": "north"},
        "shaky": {"transport_url": private_rabbitmq.transport_url("/"), "region": "south"},
    }
    server = serve_brokers(brokers)
    steady, shaky = server.states.brokers
    with closing(Publisher(vhost.url)) as north:
        with closing(Publisher(private_rabbitmq.url("/"))) as south:
            until(lambda: not server.states.away)
            for number, publish in ((1, north), (2, south)):
                for each in attach(number, ip=f"192.0.2.{number}"):
                    publish(each)
            until(lambda: server.store.last_event_id() == 4)
        for name in ("steady", "shaky"):
            key = f"{name}:vifcast"
            until(lambda key=key: "nova" in server.store.bindings_of(key, [])[0])
        private_rabbitmq.stop()
        until(lambda: shaky.problem and gaps(server))
        # While it is away, the other is read.
        for each in attach(3, ip="192.0.2.3"):
            north(each)
        until(lambda: server.store.last_event_id() == 6)
        assert steady.is_healthy()
        assert httpx.get(f"{server.url}readyz").status_code == 200
    assert {each.region for each in gaps(server)} == {"south"}
    assert all(each.detail.startswith("broker shaky: ") for each in gaps(server))
    now = times.to_text(times.now())
    with httpx.Client(base_url=server.url) as client:
        for asked, count in (
            ({"ip": "192.0.2.1"}, 0),
            ({"ip": "192.0.2.2"}, 2),
            ({"ip": "192.0.2.9"}, 2),
            ({"ip": "192.0.2.9", "region": "north"}, 0),
            ({"ip": "192.0.2.9", "region": "south"}, 2),
        ):
            found = client.get("/v1/attachments", params=asked | {"at": now}).json()
            assert len(found["gaps"]) == count, asked
        for region, count in (("north", 0), ("south", 2)):
            assert len(client.get("/v1/gaps", params={"region": region}).json()["items"]) == count
        metrics = client.get("/metrics").text
    assert 'vifcast_gaps{reason="disconnected",region="south",state="open"} 2.0' in metrics
    assert "may be missing" not in run("history", "--ip", "192.0.2.1", "--at", now)
    assert "in south" in run("history", "--ip", "192.0.2.2", "--at", now)
    assert "No such gap" in run("gaps", "--region", "north")
    private_rabbitmq.start()
    until(shaky.is_healthy, 60)
    declare(private_rabbitmq)
    until(lambda: all(each.to_at for each in gaps(server)))
    assert {each.reason for each in gaps(server)} == {GapReason.DISCONNECTED}


def test_queues_of_one_name_of_two_cells_have_their_own_gaps(
    vhost,
    other_vhost,
    publishers,
    serve_brokers,
    until,
):
    brokers = {
        "cell1": {"transport_url": vhost.transport_url, "region": "north"},
        "cell2": {"transport_url": other_vhost.transport_url, "region": "north"},
    }
    server = serve_brokers(brokers)
    until(lambda: not server.states.away)
    for name in brokers:
        key = f"{name}:vifcast"
        until(lambda key=key: "nova" in server.store.bindings_of(key, [])[0])
    server.stop()
    with bus_channel(other_vhost.url) as channel:
        channel.queue_delete("vifcast")
    again = serve_brokers(brokers)
    until(lambda: gaps(again, reason=GapReason.QUEUE_LOST))
    (lost,) = gaps(again, reason=GapReason.QUEUE_LOST)
    assert (lost.region, lost.detail[:14]) == ("north", "broker cell2: ")


def test_named_broker_that_is_alone_and_refuses_ends_the_service(vhost, serve_brokers, until):
    refused = vhost.transport_url.replace("guest:guest", "guest:wrong", 1)
    server = serve_brokers({"cell1": {"transport_url": refused}})
    with pytest.raises(BrokerRefusedError, match="refuses the login"):
        until(lambda: server.wait(0))


def test_doctor_has_a_block_for_each_broker(filled, vhost, other_vhost, run, tmp_path, monkeypatch):
    monkeypatch.setattr(queues, "_PAUSE_S", 0.2)
    path = tmp_path / "vifcast.conf"
    sections = "".join(
        f"[{name}]\ntransport_url = {url}\nregion = {region}\n"
        for name, url, region in (
            ("cell1", vhost.transport_url, "north"),
            ("cell2", other_vhost.transport_url, "south"),
            ("cell3", "rabbit://u:s3cret@127.0.0.1:1/", "west"),
        )
    )
    path.write_text(
        f"[ingest]\nenabled_brokers = cell1, cell2, cell3\n{sections}"
        f"[api]\nlisten = {filled.url.removeprefix('http://').rstrip('/')}\n"
    )
    printed = run("doctor", "--config-file", str(path), "--send-probe", code=1)
    assert "s3cret" not in printed
    blocks = [line for line in printed.splitlines() if line.startswith(("broker ", "all "))]
    assert blocks[:4] == ["broker cell1:", "broker cell2:", "broker cell3:", "broker cell1:"]
    assert "all brokers:" in blocks
    assert printed.count("OK    queue: vifcast: empty") == 2
    assert printed.count("OK    probe: sent to exchange nova") == 2
    assert "Failed: broker of cell3" in printed
    document = json.loads(run("doctor", "--config-file", str(path), "--json", code=1))
    assert {line["broker"] for line in document["lines"]} == {None, "cell1", "cell2", "cell3"}
