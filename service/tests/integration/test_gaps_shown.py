"""Gaps, from the store to the API, the page, the metrics and the commands."""

import datetime as dt
import json

import httpx
import pytest
from click.testing import CliRunner

from host_reports import make_report
from ledger_events import T0, make_event
from vifcast import times
from vifcast.cli import main
from vifcast.gap import Gap, GapNote, GapReason
from vifcast.host import Lane, LaneState
from vifcast.model import FixedIp, Source
from vifcast.representation import gap_json
from vifcast.store import GapQuery


def at(seconds):
    return None if seconds is None else T0 + dt.timedelta(seconds=seconds)


def fill(store):
    """An attachment at second 1; gaps of all hosts, of its host and of another one."""
    store.write([make_event(at_s=1, fixed_ips=(FixedIp("192.0.2.7", 4, None),))], [])
    spans = [(2, 5, None), (2, 6, ("compute-1",)), (2, 7, ("compute-2",)), (20, None, None)]
    for number, (from_s, to_s, hosts) in enumerate(spans):
        gap = Gap(
            from_at=at(from_s), to_at=at(to_s), reason=GapReason.DISCONNECTED,
            sources=(Source.HAND_PATCH,), hosts=hosts, detail="lost\x1b[2J <b>",
        )  # fmt: skip
        store.keep_gaps("vifcast", [GapNote(f"subject-{number}", gap)], {})
    store.mark_gaps_reconciled(at(5), at(9))


def all_of(store):
    return store.gaps(GapQuery(), now=times.now()).items


@pytest.fixture
def server(serve):
    server = serve("memory://")
    fill(server.store)
    return server


@pytest.fixture
def client(server):
    with httpx.Client(base_url=server.url) as client:
        yield client


@pytest.fixture
def run(tmp_path, store):
    def command(*arguments, code=0):
        result = CliRunner().invoke(main, arguments, env={"VIFCAST_DATA_DIR": str(tmp_path)})
        assert result.exit_code == code, result.output
        return result.output

    return command


def test_answer_of_a_thousand_hosts_has_its_gaps(server, client):
    store = server.store
    store.write(
        [
            make_event(
                at_s=1, port_id=f"p-{number}", operation_id=f"o-{number}", request_id=f"r-{number}",
                mac_address=f"fa:16:3e:00:{number // 256:02x}:{number % 256:02x}",
                compute_host=f"host-{number}",
            )
            for number in range(1005)
        ],
        [],
    )  # fmt: skip
    answer = client.get(
        "/v1/attachments", params={"at": "2026-11-22T12:00:03Z", "limit": 1000}
    ).json()
    assert len(answer["items"]) == 1000
    assert [each["id"] for each in answer["gaps"]] == [3, 2, 1]


def test_api_lists_gaps_in_pages(server, client):
    first = client.get("/v1/gaps", params={"limit": 3}).json()
    cursor = first["next_cursor"]
    second = client.get("/v1/gaps", params={"limit": 3, "cursor": cursor}).json()
    assert first["items"] + second["items"] == [gap_json(each) for each in all_of(server.store)]
    assert second["next_cursor"] is None
    assert first["items"][0] == {
        "id": 4, "from_at": "2026-11-22T12:00:20.000000Z", "to_at": None,
        "reason": "disconnected", "sources": ["hand-patch"], "hosts": None,
        "detail": "lost\x1b[2J <b>", "reconciled_at": None, "region": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("open=true", [4]),
        ("open=false", [3, 2, 1]),
        ("host=compute-1", [4, 2, 1]),
        ("at=2026-11-22T12:00:05Z", [3, 2]),
        ("since=2026-11-22T12:00:07Z", [4, 3]),
        ("until=2026-11-22T12:00:03Z", [3, 2, 1]),
        ("source=neutron", []),
        ("reason=disconnected&limit=1", [4]),
    ],
)
def test_api_filters_gaps(client, query, ids):
    assert [each["id"] for each in client.get(f"/v1/gaps?{query}").json()["items"]] == ids


@pytest.mark.parametrize("query", ["open=maybe", "source=aunt", "reason=bad", "cursor=x", "hsot=a"])
def test_mistake_in_a_filter_is_a_problem(client, query):
    assert client.get(f"/v1/gaps?{query}").status_code == 422


def test_attachments_at_a_moment_have_the_gaps_that_contain_it(client):
    def ids(**asked):
        answer = client.get("/v1/attachments", params={"ip": "192.0.2.7"} | asked).json()
        return [each["id"] for each in answer["gaps"]]

    assert ids(at="2026-11-22T12:00:03Z") == [2, 1]
    assert ids(at="2026-11-22T12:00:10Z") == []
    assert ids() == []
    # Nobody had it there: it may have been on any host.
    assert ids(at="2026-11-22T12:00:03Z", ip="192.0.2.8") == [3, 2, 1]


def test_page_says_what_may_be_missing_at_that_moment(client):
    def found(at):
        return client.get("/ui/find", params={"q": "192.0.2.7", "at": at}).text

    page = found("2026-11-22T12:00:03Z")
    assert "Something may be missing at that moment" in page
    assert "lost\x1b[2J &lt;b&gt;" in page
    assert 'reconciled <time datetime="2026-11-22T12:00:09.000000Z"' in page
    assert "Something may be missing" not in found("2026-11-22T12:00:10Z")


def test_gaps_are_counted_by_reason_and_state(server, client):
    server.store.write([], [], [make_report(silent_at=T0)])
    metrics = client.get("/metrics").text
    for state, number in {"open": 1, "closed": 2, "reconciled": 1}.items():
        assert (
            f'vifcast_gaps{{reason="disconnected",region="",state="{state}"}} {number}.0' in metrics
        )
    assert 'vifcast_gaps{reason="host_silent",region="",state="open"} 1.0' in metrics


def test_command_lists_gaps(run, store):
    fill(store)
    opened, on_two, on_one, everywhere = run("gaps").splitlines()
    assert opened.startswith("2026-11-22 12:00:20 to now ")
    assert opened.endswith(r"disconnected    lost\x1b[2J <b>  hand-patch")
    assert on_two.endswith("on compute-2")
    assert on_one.endswith("on compute-1")
    assert everywhere.endswith("reconciled 2026-11-22 12:00:09")
    assert len(run("gaps", "--open").splitlines()) == 1
    assert (
        len(run("gaps", "--host", "compute-2", "--until", "2026-11-22T12:00:03Z").splitlines()) == 2
    )
    shown = [json.loads(line) for line in run("gaps", "--json").splitlines()]
    assert shown == [gap_json(each) for each in all_of(store)]


def test_command_says_that_there_is_none(run, store):
    assert run("gaps") == "No gaps: nothing was missed.\n"
    assert run("gaps", "--source", "neutron") == "No such gap.\n"
    assert run("gaps", "--json") == ""
    assert "is not a time" in run("gaps", "--at", "noon", code=1)


def test_history_has_the_gaps_that_it_falls_into(run, store):
    fill(store)
    printed = run("history", "--port", "port-1")
    assert printed.count("\nSomething may be missing:\n") == 1
    assert printed.split("Something may be missing:\n")[1].count("disconnected") == 3
    about = ("history", "--ip", "192.0.2.7", "--json")
    assert [each["id"] for each in json.loads(run(*about))["gaps"]] == [4, 2, 1]
    then = run(*about, "--at", "2026-11-22T12:00:05Z")
    assert [each["id"] for each in json.loads(then)["gaps"]] == [2]
    assert "may be missing" not in run(
        "history", "--port", "port-1", "--at", "2026-11-22T12:00:08Z"
    )


def test_long_history_names_the_newest_gaps(run, store):
    store.write([make_event()], [])
    for number in range(25):
        gap = Gap(
            from_at=at(number * 10), to_at=at(number * 10 + 1), reason=GapReason.UNBOUND,
            sources=(Source.NEUTRON,), hosts=None, detail="gone",
        )  # fmt: skip
        store.keep_gaps("vifcast", [GapNote("subject", gap)], {})
    printed = run("history", "--port", "port-1")
    assert printed.count("unbound") == 20
    assert printed.endswith("Run `vifcast gaps` for older ones.\n")


def test_doctor_counts_gaps_and_hosts_by_lane(run, store):
    def lines():
        document = json.loads(run("doctor", "--transport-url", "memory://", "--json", code=1))
        return {each["name"]: (each["level"], each["text"]) for each in document["lines"]}

    assert lines()["gaps"][0] == "OK"
    assert "host lane" not in lines()
    used = Lane(exchange="vifcast", state=LaneState.USED, reason=None)
    later = {"silent_at": times.now() + dt.timedelta(hours=1)}
    store.write([], [], [make_report(host="a", lane=used, **later), make_report(host="gone")])
    assert lines()["host lane"] == ("OK", "1 used.")
    store.write([], [], [make_report(host="b", **later)])
    fill(store)
    level, text = lines()["host lane"]
    assert (level, text.split(":")[0]) == ("WARN", "1 used, 1 without a lane")
    level, text = lines()["gaps"]
    # Of the open ones, one is that of the host that is gone: it is silent.
    assert (level, text.split(":")[0]) == (
        "WARN", "2 open, 2 closed and not reconciled, 1 reconciled",
    )  # fmt: skip
