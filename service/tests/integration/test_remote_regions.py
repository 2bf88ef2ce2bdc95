"""``--region``, asked of a database here and of the API of a running service."""

import csv
import datetime as dt
import io
import json

import pytest
from click.testing import CliRunner

from host_reports import make_report
from ledger_events import T0, make_event
from vifcast.cli import main
from vifcast.client import Client
from vifcast.gap import Gap, GapNote, GapReason
from vifcast.model import DeadLetter, Source

REGIONS = ("north", "south", None)
AT = "2026-11-22T12:01:00Z"

ASKED = [
    ("tail", "--no-follow"),
    ("tail", "--no-follow", "--since", "2026-11-22T12:00:00Z"),
    ("history", "--instance", "instance-1"),
    ("history", "--host", "compute-1", "--at", AT),
    ("operations",),
    ("attachments", "--at", AT),
    ("hosts",),
    ("gaps",),
    ("dead-letters", "list"),
]


@pytest.fixture(scope="module")
def server(module_serve):
    """Each region has a compute-1, whose NIC has the region in the name of its port."""
    server = module_serve("memory://")
    server.store.write(
        [
            make_event(
                phase=phase, at_s=at_s, region=region, operation_id=f"o-{region}",
                port_id=f"port-{region}",
            )
            for region in REGIONS
            for phase, at_s in (("start", 0), ("end", 2))
        ],
        [
            DeadLetter(
                reason_code="not_json", reason="no JSON", routing_key=f"of-{region}", size=9,
                sha256=f"0{number}", body=b"[?", is_whole=True, received_at=T0, region=region,
                broker=region and f"broker-{region}",
            )
            for number, region in enumerate(REGIONS)
        ],
        # Of one process each.
        [
            make_report(region=region, started_at=T0 - dt.timedelta(hours=number + 1))
            for number, region in enumerate(REGIONS)
        ],
    )  # fmt: skip
    notes = [
        GapNote(
            f"queue of {region}",
            Gap(
                from_at=T0, to_at=T0 + dt.timedelta(hours=1), reason=GapReason.DISCONNECTED,
                sources=(Source.HAND_PATCH,), hosts=None, detail="lost", region=region,
            ),
        )
        for region in ("north", "south")
    ]  # fmt: skip
    server.store.keep_gaps("test", notes, {})
    return server


@pytest.fixture
def ask(server):
    def run(where, *arguments):
        location = {"VIFCAST_DATA_DIR": str(server.store.location.path.parent)}
        environment = location if where == "local" else {"VIFCAST_URL": server.url}
        return CliRunner().invoke(main, arguments, env=environment)

    return run


@pytest.mark.parametrize("region", ["north", "", "west"])
@pytest.mark.parametrize("form", [(), ("--json",), ("--csv",)])
@pytest.mark.parametrize("asked", ASKED, ids=" ".join)
def test_remote_answer_of_a_region_is_the_local_one(ask, asked, form, region):
    here, there = (ask(where, *asked, "--region", region, *form) for where in ("local", "remote"))
    assert (here.exit_code, here.stdout, here.stderr) == (0, there.stdout, there.stderr)
    others = {"north": ("south", "None"), "": ("north", "south"), "west": ("north", "south")}
    for other in others[region]:
        assert not any(f"{kind}-{other}" in here.stdout for kind in ("port", "o", "of"))
    if region == "north":
        assert "north" in here.stdout


@pytest.mark.parametrize("where", ["local", "remote"])
def test_timeline_and_statistics_of_a_region(ask, where):
    def timeline(*arguments):
        found = ask(where, "timeline", "--instance", "instance-1", "--json", *arguments)
        entries = [json.loads(line) for line in found.stdout.splitlines()]
        shown = {each[each["kind"]]["region"] for each in entries if each["kind"] != "gap"}
        gaps = {each["gap"]["region"] for each in entries if each["kind"] == "gap"}
        return found.exit_code, shown, gaps - {None}

    assert timeline() == (0, set(REGIONS), {"north", "south"})
    assert timeline("--region", "north") == (0, {"north"}, {"north"})
    assert timeline("--region", "")[:2] == (0, {None})
    assert timeline("--region", "west") == (3, set(), set())
    span = ("--since", "2026-11-22T11:00Z", "--until", "2026-11-22T14:00Z")
    for region, number in (("north", 1), ("", 1), ("west", 0)):
        found = json.loads(ask(where, "stats", "--json", *span, "--region", region).stdout)
        assert sum(each["attach"]["succeeded"] for each in found["items"]) == number


@pytest.mark.parametrize("where", ["local", "remote"])
def test_lines_have_the_region(ask, where):
    shown = ask(where, "operations").stdout.splitlines()
    assert sorted(line.partition("  in ")[2] for line in shown) == ["", "north", "south"]
    letters = ask(where, "dead-letters", "list").stdout
    assert "from broker broker-south, region south\n" in letters
    header, *rows = ask(where, "hosts").stdout.splitlines()
    assert header.split()[:3] == ["Host", "Region", "State"]
    assert sorted(row.split()[1] for row in rows) == ["-", "north", "south"]


def test_region_of_a_host_is_in_its_report_too(server):
    with Client(server.url) as client:
        (host,) = client.hosts(region="north")
        assert host.report.region == host.region == "north"
        (letter,) = client.dead_letters(region="south")
        assert (letter.region, letter.broker) == ("south", "broker-south")


def test_status_of_a_service_elsewhere(server, ask, until):
    until(server.store.processes, timeout_s=60)
    for where in ("local", "remote"):
        shown = ask(where, "status")
        assert shown.exit_code == 0, shown.output
        assert shown.stdout.startswith("serve   ")
        assert f"  {server.url}" in shown.stdout
        assert ": read, last received nothing yet" in shown.stdout
        (row,) = csv.DictReader(io.StringIO(ask(where, "status", "--csv").stdout))
        assert (row["role"], row["is_silent"]) == ("serve", "false")
