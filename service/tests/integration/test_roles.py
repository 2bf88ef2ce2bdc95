"""Ingest and API in processes of their own, several of each, on one database."""

import json
import re
import signal
import socket

import httpx
import pytest

from database_fixtures import EVERY_NEW_SERVER_DATABASE
from notifications import body
from vifcast import systemd

NO_BROKER = "rabbit://guest:s3cret@127.0.0.1:1/"


@pytest.fixture
def start(vifcast, tmp_path):
    """Start ``vifcast ROLE`` on a database, at any free port."""

    def start(role, connection, *arguments, **environment):
        conf = tmp_path / "vifcast.conf"
        conf.write_text(f"[database]\nconnection = {connection}\n")
        listen = ("--listen", "127.0.0.1:0")
        return vifcast(role, "--config-file", str(conf), *listen, *arguments, **environment)

    return start


def url_of(process):
    return re.search(r"(?:page and API|health and metrics) at (\S+),", process.errors)[1]


def connection_of(location):
    return location.url.render_as_string(hide_password=False)


def status(vifcast, tmp_path):
    process = vifcast("status", "--json", "--config-file", str(tmp_path / "vifcast.conf"))
    code = process.wait(60)
    return code, [json.loads(line) for line in process.out]


@EVERY_NEW_SERVER_DATABASE
@pytest.mark.timeout(600)
def test_two_of_each_do_together_what_one_does(
    start, vifcast, vhost, publish, until, new_location, tmp_path
):
    connection = connection_of(new_location)
    broker = ("--transport-url", vhost.transport_url)
    ingesters = [start("ingest", connection, *broker) for _ in range(2)]
    apis = [start("api", connection) for _ in range(2)]
    for process in (*ingesters, *apis):
        until(lambda process=process: " at http://" in process.errors, 120)
    for process in ingesters:
        until(lambda process=process: "reading vifcast at" in process.errors, 120)
    for number in range(200):
        publish(body(message_id=f"{number:036}"))

    def shown(process):
        return len(httpx.get(f"{url_of(process)}v1/events?limit=1000", timeout=60).json()["items"])

    for process in apis:
        until(lambda process=process: shown(process) == 200, 120)

    # Each role answers for itself.
    for process in (*ingesters, *apis):
        ready = httpx.get(f"{url_of(process)}readyz", timeout=60)
        assert ready.status_code == 200
        assert (ready.json()["ingest"] is not None) == (process in ingesters)
        assert "vifcast_build_info" in httpx.get(f"{url_of(process)}metrics", timeout=60).text
    assert httpx.get(f"{url_of(ingesters[0])}v1/events").status_code == 404
    page = f"{url_of(apis[0])}ui/settings"
    until(lambda: httpx.get(page, timeout=60).text.count(">is read<") == 2, 300)

    def roles():
        return sorted(each["role"] for each in status(vifcast, tmp_path)[1])

    until(lambda: roles() == ["api", "api", "ingest", "ingest"], 120)
    code, found = status(vifcast, tmp_path)
    assert code == 0
    assert {each["pid"] for each in found} == {p.process.pid for p in (*ingesters, *apis)}
    assert all(each["brokers"][0]["connected"] for each in found if each["role"] == "ingest")
    listed = httpx.get(f"{url_of(apis[1])}v1/processes", timeout=60).json()["items"]
    assert {each["id"] for each in listed} == {each["id"] for each in found}

    # One that stops takes its report back, and nothing is lost.
    for number in range(200, 400):
        publish(body(message_id=f"{number:036}"))
    assert ingesters[0].end(signal.SIGTERM) == 0
    for process in apis:
        until(lambda process=process: shown(process) == 400, 120)
    assert apis[0].end(signal.SIGTERM) == 0
    until(lambda: roles() == ["api", "ingest"], 60)
    until(lambda: vhost.queue_depth("vifcast") == 0)


def test_without_broker_ingest_is_not_ready_and_api_is(
    start, vifcast, new_location, until, tmp_path
):
    connection = connection_of(new_location)
    ingest = start("ingest", connection, VIFCAST_TRANSPORT_URL=NO_BROKER)
    until(lambda: "no broker answers at 127.0.0.1:1" in ingest.errors, 60)
    until(lambda: "health and metrics at" in ingest.errors, 60)
    assert httpx.get(f"{url_of(ingest)}readyz", timeout=60).status_code == 503
    api = start("api", connection)
    until(lambda: "page and API at" in api.errors, 60)
    assert httpx.get(f"{url_of(api)}readyz", timeout=60).status_code == 200
    until(lambda: len(status(vifcast, tmp_path)[1]) == 2, 60)
    until(lambda: "no broker answers" in str(status(vifcast, tmp_path)[1]), 60)
    process = vifcast("status", "--config-file", str(tmp_path / "vifcast.conf"))
    assert process.wait(60) == 1
    printed = "".join(process.out)
    assert "NOT READ: no broker answers at 127.0.0.1:1" in printed
    assert "s3cret" not in printed
    page = httpx.get(f"{url_of(api)}ui/settings", timeout=60).text
    assert "no broker answers at" in page
    assert "s3cret" not in page


def test_status_where_nothing_runs(start, vifcast, new_location, tmp_path, until):
    api = start("api", connection_of(new_location))
    until(lambda: "page and API at" in api.errors, 60)
    page = httpx.get(f"{url_of(api)}ui/settings", timeout=60).text
    assert "No process reads a broker" in page
    assert api.end(signal.SIGTERM) == 0
    process = vifcast("status", "--config-file", str(tmp_path / "vifcast.conf"))
    assert process.wait(60) == 1
    assert "".join(process.out) == "No process of vifcast runs on this database.\n"


def test_systemd_learns_that_it_is_ready_alive_and_stops(vifcast, tmp_path, until):
    path = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(path))
        listening.settimeout(60)
        process = vifcast(
            "serve", "--listen", "127.0.0.1:0", "--transport-url", "memory://",
            NOTIFY_SOCKET=str(path), WATCHDOG_USEC="1000000",
        )  # fmt: skip
        assert listening.recv(100) == b"READY=1"
        # Again and again, for as long as it lives.
        assert [listening.recv(100) for _ in range(3)] == [b"WATCHDOG=1"] * 3
        process.process.send_signal(signal.SIGTERM)
        received = b""
        while received != b"STOPPING=1":
            received = listening.recv(100)
        assert process.wait() == 0


def test_watchdog_of_another_process_is_not_its_own(monkeypatch):
    monkeypatch.setenv("WATCHDOG_USEC", "1000000")
    monkeypatch.setenv("WATCHDOG_PID", "1")
    assert systemd.watchdog_interval_s() is None
    monkeypatch.delenv("WATCHDOG_PID")
    assert systemd.watchdog_interval_s() == 0.5


@pytest.mark.parametrize(("host", "warnings"), [("0.0.0.0", 1), ("127.0.0.1", 0)])  # noqa: S104
def test_health_that_others_reach_is_warned_of_with_what_it_shows(
    vifcast, until, new_location, tmp_path, host, warnings
):
    conf = tmp_path / "vifcast.conf"
    conf.write_text(
        f"[database]\nconnection = {connection_of(new_location)}\n[health]\nlisten = {host}:0\n"
    )
    process = vifcast("ingest", "--config-file", str(conf), VIFCAST_TRANSPORT_URL="memory://")
    until(lambda: "health and metrics at" in process.errors, 60)
    said = [each for each in process.err if "[health] listen" in each]
    assert len(said) == warnings
    for each in said:
        assert f"WARNING health and metrics on {host} need no token and are without TLS" in each
        assert "no event" in each
    url = url_of(process).replace("0.0.0.0", "127.0.0.1")  # noqa: S104
    assert httpx.get(f"{url}healthz", timeout=60).status_code == 200
    for hidden in ("v1/events", "v1/hosts", "openapi.json", "ui/"):
        assert httpx.get(f"{url}{hidden}", timeout=60).status_code == 404
