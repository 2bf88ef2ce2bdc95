"""Reports of compute hosts: from the bus to the API, the metrics and the command."""

import datetime as dt
import json
import os
import pty
import re
import subprocess
import sys

import httpx
import pytest
from click.testing import CliRunner
from msgspec import convert

from host_reports import make_report, outbox, report_body, report_payload
from ledger_events import make_event
from notifications import body
from vifcast import times
from vifcast.cli import main
from vifcast.host import Lane, LaneState, Outbox, PluginState
from vifcast.representation import host_json
from vifcast.store import HostQuery


def wire_time(moment):
    """As oslo.messaging writes it."""
    return moment.replace(tzinfo=None).isoformat(" ", "microseconds")


def ago(**how_long):
    return times.now() - dt.timedelta(**how_long)


@pytest.fixture
def fill():
    """Give a store one host of every state, compute-2 being silent since an hour ago."""

    def write(store):
        now, hour = times.now(), dt.timedelta(hours=1)
        about = {"reported_at": now, "received_at": now, "silent_at": now + hour}
        before = {"reported_at": now - 2 * hour, "silent_at": now - hour}
        waiting = Outbox(
            directory=None, depth=1290, bytes=4_000_000, oldest_age_s=5403.2, sent=5, dropped=7,
            is_direct=True,
        )  # fmt: skip
        store.write(
            [make_event(compute_host="compute-5")],
            [],
            [
                make_report(host="compute-1", **about),
                make_report(host="compute-2", vifcast_nova="0.0.9", **before),
                make_report(
                    host="compute-3", state=PluginState.OFF, reason="<b>no [hook]</b>",
                    outbox=None, **about,
                ),
                make_report(
                    host="compute-4", state=PluginState.HAND_PATCHED, outbox=waiting, **about
                ),
            ],
        )  # fmt: skip

    return write


@pytest.fixture
def server(serve, fill):
    server = serve("memory://")
    fill(server.store)
    return server


@pytest.fixture
def client(server):
    with httpx.Client(base_url=server.url) as client:
        yield client


@pytest.fixture
def run(tmp_path, store, fill):
    fill(store)

    def command(*arguments):
        result = CliRunner().invoke(main, arguments, env={"VIFCAST_DATA_DIR": str(tmp_path)})
        assert result.exit_code == 0, result.output
        return result.stdout

    return command


def test_report_on_the_bus_makes_a_host_covered(serve, vhost, publish, until):
    server = serve(vhost.transport_url)
    until(server.state.is_healthy)
    publish(
        report_body(
            report_payload(outbox=outbox(depth=4, dropped=1)), timestamp=wire_time(times.now())
        )
    )
    with httpx.Client(base_url=server.url) as client:
        until(lambda: client.get("/v1/hosts").json()["items"])
        (host,) = client.get("/v1/hosts").json()["items"]
        assert (host["host"], host["state"], host["last_event_at"]) == (
            "compute-1", "covered", None,
        )  # fmt: skip
        assert host["report"]["outbox"] == outbox(depth=4, dropped=1)
        assert client.get("/v1/events").json()["items"] == []
        assert client.get("/v1/operations").json()["items"] == []
        metrics = client.get("/metrics").text
    assert 'vifcast_notifications_total{broker="default",outcome="report"} 1.0' in metrics
    assert 'vifcast_hosts{region="",state="covered"} 1.0' in metrics
    until(lambda: vhost.queue_depth("vifcast") == 0)


def test_reports_wait_like_all_else_and_arrive_in_any_order(serve, vhost, publish, until):
    server = serve(vhost.transport_url)
    until(server.state.is_healthy)
    server.stop()
    newest = ago(seconds=1)
    publish(report_body(report_payload(nova="34.0.0"), timestamp=wire_time(newest)))
    publish(report_body(report_payload(nova="33.0.0"), timestamp=wire_time(ago(hours=1))))
    publish(body(publisher_id="compute.compute-2"))
    server = serve(vhost.transport_url)
    until(lambda: server.store.last_event_id() == 1)
    first, second = server.store.hosts(HostQuery(), now=times.now()).items
    assert (first.host, first.report.nova, first.report.reported_at) == (
        "compute-1", "34.0.0", newest,
    )  # fmt: skip
    assert (second.host, second.state) == ("compute-2", "unreported")


def test_report_that_is_not_committed_is_not_acknowledged(serve, vhost, publish, until):
    server = serve(vhost.transport_url)
    until(server.state.is_healthy)
    with server.store._writer.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE host_report RENAME TO lost")
    publish(report_body(timestamp=wire_time(times.now())))
    until(lambda: server.state.problem)
    server.stop()
    until(lambda: vhost.queue_depth("vifcast") == 1)


def test_hosts_are_listed_by_name_and_filtered_by_state(client):
    found = client.get("/v1/hosts").json()
    assert {each["host"]: each["state"] for each in found["items"]} == {
        "compute-1": "covered",
        "compute-2": "silent",
        "compute-3": "off",
        "compute-4": "hand_patched",
        "compute-5": "unreported",
    }
    assert found["next_cursor"] is None
    assert found["items"][4]["report"] is None
    (silent,) = client.get("/v1/hosts", params={"state": "silent"}).json()["items"]
    assert (silent["host"], silent["report"]["vifcast_nova"]) == ("compute-2", "0.0.9")
    (named,) = client.get("/v1/hosts", params={"host": "compute-3"}).json()["items"]
    assert named["report"]["reason"] == "<b>no [hook]</b>"


def test_hosts_come_in_pages(client):
    names, cursor = [], None
    while True:
        params = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = client.get("/v1/hosts", params=params).json()
        names += [each["host"] for each in page["items"]]
        if (cursor := page["next_cursor"]) is None:
            break
    assert names == [f"compute-{number}" for number in range(1, 6)]


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("state=well", "parameter state: input should be 'covered', 'silent', 'off'"),
        ("cursor=x", "is not a cursor"),
        ("hots=compute-1", "there is no parameter hots"),
    ],
)
def test_bad_question_about_hosts_is_a_problem(client, query, sentence):
    answer = client.get(f"/v1/hosts?{query}")
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert sentence in answer.json()["detail"]


def test_hosts_by_state_are_a_metric(server, client):
    metrics = client.get("/metrics").text
    for state in ("covered", "silent", "off", "hand_patched", "unreported"):
        assert f'vifcast_hosts{{region="",state="{state}"}} 1.0' in metrics
    with server.store._writer.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE host_report RENAME TO lost")
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert "vifcast_hosts{" not in answer.text
    assert "vifcast_outbox_depth NaN" in answer.text
    assert "vifcast_broker_connected" in answer.text


def test_command_shows_a_table(run):
    head, *lines = run("hosts").splitlines()
    assert head.split() == [
        "Host", "State", "Last", "report", "Last", "NIC", "vifcast-nova", "Nova", "Outbox",
        "Oldest", "Dropped", "Lane", "Why",
    ]  # fmt: skip
    assert [line.split()[:2] for line in lines] == [
        ["compute-1", "covered"],
        ["compute-2", "silent"],
        ["compute-3", "off"],
        ["compute-4", "hand_patched"],
        ["compute-5", "unreported"],
    ]
    assert lines[2].endswith("<b>no [hook]</b>")
    assert "1290 in memory" in lines[3]
    assert lines[3].split()[-3:] == ["h", "7", "-"]
    # The silent one shows its last report, the unreported one its last NIC.
    assert re.search(r"silent +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d +never", lines[1])
    assert re.search(r"unreported +never +2026-11-22 12:00:00 +- ", lines[4])


def test_no_text_of_a_host_breaks_a_row(run, store):
    store.write(
        [make_event(compute_host="a\nb\x1b[2J")],
        [],
        [make_report(host="c", nova="34\n35", reason="no hook\nTraceback:\x9b2J")],
    )
    rows = run("hosts").splitlines()
    assert len(rows) == 1 + 5 + 2
    assert rows[1].startswith(r"a\nb\x1b[2J ")
    assert r" 34\n35 " in rows[2]
    assert rows[2].endswith(r"no hook\nTraceback:\x9b2J")


def test_command_says_of_each_host_whether_it_uses_the_lane(run, store):
    lanes = {
        "a": Lane(exchange="vifcast", state=LaneState.USED, reason=None),
        "b": Lane(exchange="vifcast", state=LaneState.REFUSED, reason="no permission\n`write`"),
    }
    store.write([], [], [make_report(host=host, lane=lane) for host, lane in lanes.items()])
    used, refused, without, *_ = (line.split() for line in run("hosts").splitlines()[1:])
    assert used[-1] == "used"
    assert " ".join(refused).endswith(r"refused lane vifcast: no permission\n`write`")
    assert without[-1] == "-"


def test_lane_is_in_the_api_and_counted(server, client):
    lane = Lane(exchange="vifcast", state=LaneState.ABSENT, reason="it is not there")
    later = times.now() + dt.timedelta(hours=1)
    server.store.write([], [], [make_report(host="a", lane=lane, silent_at=later)])
    first, second = client.get("/v1/hosts", params={"limit": 2}).json()["items"]
    assert first["report"]["lane"] == {
        "exchange": "vifcast", "state": "absent", "reason": "it is not there",
    }  # fmt: skip
    assert second["report"]["lane"] is None
    metrics = client.get("/metrics").text
    assert 'vifcast_hosts_lane{state="absent"} 1.0' in metrics
    assert 'vifcast_hosts_lane{state="unreported"} 3.0' in metrics


def test_what_waits_on_hosts_that_report_is_counted(server, client):
    later, before = (times.now() + dt.timedelta(hours=hours) for hours in (1, -1))
    depth = waiting_on_hosts(client)
    reports = [
        make_report(host="a", outbox=convert(outbox(depth=3), Outbox), silent_at=later),
        make_report(host="b", outbox=convert(outbox(depth=4), Outbox), silent_at=later),
        make_report(host="c", outbox=None, silent_at=later),
        make_report(host="d", outbox=convert(outbox(depth=50), Outbox), silent_at=before),
    ]
    server.store.write([], [], reports)
    assert waiting_on_hosts(client) == depth + 7


def waiting_on_hosts(client):
    return float(
        re.search(r"^vifcast_outbox_depth (.*)$", client.get("/metrics").text, re.MULTILINE)[1]
    )


def test_command_shows_one_state(run):
    assert len(run("hosts", "--state", "off").splitlines()) == 2


def test_command_as_json_is_what_the_api_says(run, store):
    shown = [json.loads(line) for line in run("hosts", "--json").splitlines()]
    assert shown == [host_json(each) for each in store.hosts(HostQuery(), now=times.now()).items]


def test_command_without_hosts(tmp_path, store):
    results = [
        CliRunner().invoke(main, ["hosts", *options], env={"VIFCAST_DATA_DIR": str(tmp_path)})
        for options in ([], ["--state", "off"], ["--json"])
    ]
    assert [each.stdout for each in results] == ["No hosts known yet.\n", "No off hosts.\n", ""]


def test_command_loses_nothing_on_a_narrow_terminal(run, tmp_path):
    ours, theirs = pty.openpty()
    subprocess.run(
        [sys.executable, "-m", "vifcast", "hosts"],
        stdout=theirs,
        timeout=30,
        check=True,
        env=os.environ
        | {"VIFCAST_DATA_DIR": str(tmp_path), "TERM": "xterm-256color", "COLUMNS": "60"},
    )
    os.close(theirs)
    shown = os.read(ours, 65536).decode()
    os.close(ours)
    assert "\x1b[1;31m" in shown
    lines = [re.sub(r"\x1b\[[\d;]*m", "", line) for line in shown.splitlines()]
    assert lines == run("hosts").splitlines()
