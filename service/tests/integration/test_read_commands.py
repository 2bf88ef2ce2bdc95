"""``tail``, ``history``, ``db`` and ``dead-letters``."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from ledger_events import T0, make_event, make_sighting
from vifcast.cli import main, tail
from vifcast.model import DeadLetter, FixedIp, Nic, Source
from vifcast.notification.interpret import interpret
from vifcast.representation import event_json
from vifcast.store.backends.schema_version import NEWEST
from vifcast.version import __version__

AT_ONCE = [
    interpret(
        json.dumps({"oslo.version": "2.0", "oslo.message": json.dumps(each)}).encode(), T0, 10**6
    )
    for each in json.loads(Path(__file__).with_name("parallel_versioned.json").read_text())
]


@pytest.fixture
def events(store):
    about = {
        "operation_id": "one",
        "port_id": "966bbc6c-3dc7-4512-9d7a-97c83ff5b0e5",
        "fixed_ips": (FixedIp("192.0.2.7", 4),),
    }
    stored = store.write(
        [
            make_event(phase="start", at_s=0, **about),
            make_event(phase="end", at_s=2.4, **about),
            make_event(
                action="detach", phase="error", at_s=9, operation_id="two",
                error_class="PortInUse", error_message="Port is\nin use [red]",
                cause="port_deleted",
            ),
        ],
        [
            DeadLetter(
                reason_code="not_json", reason="no JSON", routing_key="notifications.info",
                size=9, sha256="00", body=b"[?", is_whole=False, received_at=T0,
            )
        ],
    )  # fmt: skip
    return [each.read_back() for each in stored]


@pytest.fixture
def run(tmp_path):
    """Run a command in this process: the same code, without half a minute of start-ups."""

    def command(*arguments, code=0):
        result = CliRunner().invoke(main, arguments, env={"VIFCAST_DATA_DIR": str(tmp_path)})
        assert result.exit_code == code, result.output
        return result.stdout if code == 0 else result.stderr

    return command


def test_version(vifcast):
    process = vifcast("--version")
    assert process.wait() == 0
    assert process.out == [f"vifcast, version {__version__}\n"]


def test_tail_shows_one_line_an_event(run, events):
    day, start, end, error = run("tail", "--no-follow").splitlines()
    assert day == "2026-11-22 (UTC)"
    assert start.split() == [
        "12:00:00.000", "attach", "start", "vm-1", "compute-1", "192.0.2.7",
        "port", "966bbc6c-3dc7-4512-9d7a-97c83ff5b0e5", "by", "vifcast-nova",
    ]  # fmt: skip
    assert re.search("192.0.2.7 +2.4 s +port 966bbc6c", end)
    assert re.search(r"\(port deleted\) +port port-1  by", error)
    assert error.endswith("by vifcast-nova  PortInUse: Port is in use [red]")


@pytest.fixture
def two_sources(store):
    """A detach that two sources report, and a port that comes, goes, and is deleted."""
    about = {"action": "detach", "operation_id": "one"}
    store.write(
        [
            make_event(phase="start", at_s=0, **about),
            make_event(
                phase="error", at_s=1, error_class="PortInUse", error_message="in use",
                source=Source.NOVA_FAULT, port_id=None, **about,
            ),
            make_event(
                phase="error", at_s=1.1, error_class="PortInUse", error_message="in use", **about
            ),
            make_sighting(at_s=2, nics=(Nic(port_id="port-2", instance_id="instance-1"),)),
            make_sighting(
                at_s=3, nics=(Nic(port_id="port-2", instance_id=None),), instance_id=None
            ),
            make_sighting(
                at_s=4, nics=(Nic(port_id="port-2", instance_id="instance-1"),),
                event_type="port.delete.end",
            ),
        ],
        [],
    )  # fmt: skip


def test_tail_shows_a_step_once_with_its_sources(run, two_sources):
    printed = run("tail", "--no-follow").splitlines()[1:]
    assert [line[14:28].strip() for line in printed] == [
        "detach start", "detach error", "port in use", "port free", "port deleted",
    ]  # fmt: skip
    assert "port port-1  by vifcast-nova, nova-fault  PortInUse: in use" in printed[1]
    assert printed[2].endswith("by neutron")


def test_history_shows_an_operation_once_with_its_sources(run, two_sources):
    printed = run("history", "--instance", "instance-1")
    shown = [line[14:28].strip() for line in printed.splitlines() if line.startswith("12:")]
    assert shown[0] == "detach error"
    assert shown.count("detach error") == 1
    assert "1.1 s" in printed


def test_terminal_of_a_hundred_columns_is_enough(tmp_path, two_sources, events):
    for command in (["tail", "--no-follow"], ["history", "--ip", "192.0.2.7"]):
        ours, theirs = pty.openpty()
        subprocess.run(
            [sys.executable, "-m", "vifcast", *command],
            stdout=theirs, timeout=30, check=True,
            env=os.environ
            | {"VIFCAST_DATA_DIR": str(tmp_path), "COLUMNS": "100", "TERM": "dumb"},
        )  # fmt: skip
        os.close(theirs)
        shown = os.read(ours, 65536).decode()
        os.close(ours)
        lines = shown.replace("\r", "").splitlines()
        assert max(map(len, lines)) <= 100, shown
        assert "              port 966bbc6c-3dc7-4512-9d7a-97c83ff5b0e5  by vifcast-nova" in lines


def test_second_source_that_comes_later_shows_nothing_again(run, store, two_sources):
    feed = tail._Feed()
    found = store.newest_events(10)
    shown = []
    feed._printer.print = lambda each: shown.extend(step.what for step in each)
    feed.show(found[:2])
    feed.show(found[2:3])
    assert shown == ["detach start", "detach error"]


def test_no_text_from_the_bus_commands_the_terminal(run, store):
    odd = "a\nb\x1b[2J"
    store.write(
        [
            make_event(
                phase=phase, operation_id=odd + phase, instance_name=odd, compute_host=odd,
                port_id=odd, network_label=odd, cause=odd, error_class=odd, error_message="\x1b[2J",
            )
            for phase in ("end", "error")
        ],
        [
            DeadLetter(
                reason_code="not_json", reason=odd, routing_key=odd,
                size=9, sha256="00", body=b"{\n\x1b[2J", is_whole=True, received_at=T0,
            )
        ],
    )  # fmt: skip
    shown = {
        "tail": run("tail", "--no-follow"),
        "history": run("history", "--port", odd),
        "list": run("dead-letters", "list"),
        "show": run("dead-letters", "show", "1"),
    }
    assert not [command for command, output in shown.items() if "\x1b" in output]
    assert [len(shown[command].splitlines()) for command in ("tail", "history", "list")] == [
        3,
        5,
        1,
    ]
    assert shown["show"].endswith("{\n\\x1b[2J\n")


def test_tail_as_json_is_what_the_api_says(run, events):
    lines = run("tail", "--json", "--no-follow").splitlines()
    assert [json.loads(line) for line in lines] == [event_json(event) for event in events]


def test_tail_begins_where_the_options_say(run, events):
    assert len(run("tail", "--json", "--no-follow", "-n", "1").splitlines()) == 1
    assert run("tail", "--json", "--no-follow", "-n", "0") == ""
    since = "2026-11-22T12:00:01Z"
    assert len(run("tail", "--json", "--no-follow", "--since", since).splitlines()) == 2


def test_tail_follows(vifcast, store, events, until):
    process = vifcast("tail", "--json", "-n", "0")
    until(lambda: process.process.poll() is None)
    while len(process.out) < 3:
        number = store.last_event_id()
        store.write([make_event(at_s=number, operation_id=f"later-{number}")], [])
        until(lambda: True)
    ids = [json.loads(line)["id"] for line in process.out[:3]]
    assert ids == list(range(ids[0], ids[0] + 3))
    assert process.end(signal.SIGINT) == 0
    assert process.errors == ""


def test_tail_ends_quietly_with_its_reader(tmp_path, store):
    store.write([make_event(operation_id=str(n)) for n in range(3000)], [])
    command = f"{sys.executable} -m vifcast tail --json --no-follow -n 3000 | head -n 1"
    done = subprocess.run(
        ["bash", "-c", command],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
        env=os.environ | {"VIFCAST_DATA_DIR": str(tmp_path)},
    )
    assert json.loads(done.stdout)["id"] == 1
    assert done.stderr == ""


def test_tail_is_in_colour_on_a_terminal(tmp_path, events):
    ours, theirs = pty.openpty()
    subprocess.run(
        [sys.executable, "-m", "vifcast", "tail", "--no-follow"],
        stdout=theirs,
        timeout=30,
        check=True,
        env=os.environ | {"VIFCAST_DATA_DIR": str(tmp_path), "TERM": "xterm-256color"},
    )
    os.close(theirs)
    shown = os.read(ours, 65536)
    os.close(ours)
    assert b"\x1b[32m" in shown
    assert b"attach end" in shown


def test_history_of_a_port_is_its_periods_and_events(run, events):
    printed = run("history", "--port", "966bbc6c-3dc7-4512-9d7a-97c83ff5b0e5")
    period, blank, day, *_ = printed.splitlines()
    assert period.startswith("2026-11-22 12:00:02 to now ")
    assert "192.0.2.7" in period
    assert (blank, day) == ("", "2026-11-22 (UTC)")
    # The end says how long it took.
    assert "attach start" not in printed
    assert "attach end" in printed


@pytest.mark.parametrize(
    ("option", "value"),
    [("--ip", "192.0.2.7"), ("--mac", "FA-16-3E-00-00-01"), ("--instance", "instance-1")],
)
def test_history_as_json(run, events, option, value):
    printed = json.loads(run("history", option, value, "--json"))
    assert [each["detached_at"] for each in printed["attachments"]] == [None]
    assert printed["events"][0]["phase"] == "start"


@pytest.mark.parametrize(("at", "count"), [("12:00:02Z", 0), ("12:00:03Z", 1)])
def test_history_at_a_moment_is_who_was_attached_then(run, events, at, count):
    printed = json.loads(run("history", "--ip", "192.0.2.7", "--at", f"2026-11-22T{at}", "--json"))
    assert (len(printed["attachments"]), printed["events"]) == (count, [])


@pytest.fixture
def at_once(store):
    """Two attaches at once, of which no event names the port."""
    store.write(AT_ONCE, [])


def test_history_of_a_port_shows_the_operation_that_no_event_gives_it(run, at_once):
    port_id = "00000017-0000-4000-8000-000000000017"
    (shown,) = [line for line in run("history", "--port", port_id).splitlines() if "by" in line]
    assert "attach end" in shown
    assert "192.0.2.23" in shown
    assert f"port {port_id} (inferred)  by nova-versioned" in shown
    (operation,) = json.loads(run("history", "--port", port_id, "--json"))["operations"]
    assert (operation["port_id"], operation["is_port_inferred"]) == (port_id, True)


def test_history_of_an_instance_shows_inferred_ports(run, at_once):
    printed = run("history", "--instance", AT_ONCE[0].instance_id)
    assert printed.count("(inferred)") == len({each.request_id for each in AT_ONCE})
    assert "port -" not in printed


@pytest.fixture
def moved(store):
    store.write(
        [
            make_event(at_s=0, compute_host="compute-1"),
            make_sighting(
                action="move", at_s=5, instance_id="instance-1", compute_host="compute-2"
            ),
        ],
        [],
    )


def test_history_shows_where_the_instance_was(run, moved):
    period, _, _, attached, move = run("history", "--instance", "instance-1").splitlines()
    assert period.endswith("  private  compute-1 to 2026-11-22 12:00:05, compute-2")
    assert "attach end" in attached
    assert move.split()[1:4] == ["move", "vm-1", "compute-2"]


@pytest.mark.parametrize(
    ("host", "at", "count"),
    [
        ("compute-1", "03", 1),
        ("compute-2", "03", 0),
        ("compute-1", "05", 0),
        ("compute-2", "05", 1),
    ],
)
def test_history_of_a_host_is_what_was_on_it_then(run, moved, host, at, count):
    moment = f"2026-11-22T12:00:{at}Z"
    printed = json.loads(run("history", "--host", host, "--at", moment, "--json"))
    assert (len(printed["attachments"]), printed["events"]) == (count, [])


def test_history_of_nothing(run, store):
    assert run("history", "--ip", "192.0.2.9") == "Nothing known.\n"


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["history"], 2, "give exactly one of"),
        (["history", "--host", "compute-1"], 2, "give --at as well"),
        (["history", "--ip", "1.2.3"], 1, "'1.2.3' is not an IP address"),
        (["history", "--ip", "192.0.2.7", "--at", "2026-11-03T14:03"], 1, "has no time zone"),
        (["tail", "--since", "yesterday"], 1, "is not a time"),
        (["dead-letters", "show", "99"], 3, "there is no dead letter 99"),
    ],
)
def test_mistake_is_reported_in_a_sentence(run, store, arguments, code, sentence):
    printed = run(*arguments, code=code)
    assert sentence in printed
    assert "Traceback" not in printed


@pytest.mark.parametrize("command", [["tail"], ["history", "--ip", "192.0.2.7"], ["db", "version"]])
def test_missing_database_says_what_to_do(run, command):
    assert "there is no database at" in run(*command, code=1)


def test_db_upgrade_makes_the_database(run, database):
    assert f"schema {NEWEST}" in run("db", "upgrade")
    assert database.exists()
    assert f"schema {NEWEST}, this release has {NEWEST}" in run("db", "version")


def test_dead_letters(run, events):
    assert "no JSON" in run("dead-letters", "list")
    (line,) = run("dead-letters", "list", "--json").splitlines()
    assert json.loads(line)["reason_code"] == "not_json"
    printed = run("dead-letters", "show", "1")
    assert "body (2 bytes kept):\n[?" in printed
    assert json.loads(run("dead-letters", "show", "1", "--json"))["body"] == "[?"


def test_no_dead_letters(run, store):
    assert run("dead-letters", "list") == "No dead letters.\n"


def test_what_was_odd_in_an_event_is_shown(store, run):
    note = "interface in the payload has tag = 7, which is not a text"
    store.write([make_event(notes=(note,)), make_event(at_s=1)], [])
    printed = [json.loads(line) for line in run("tail", "--json", "--no-follow").splitlines()]
    assert [each["notes"] for each in printed] == [[note], []]
    found = json.loads(run("history", "--instance", "instance-1", "--json"))
    assert [each["notes"] for each in found["events"]] == [[note], []]
    _, odd, usual = run("tail", "--no-follow").splitlines()
    assert odd.endswith("has odd values: see notes in --json")
    assert "odd" not in usual
