"""``vifcast status`` of processes that were killed."""

import datetime as dt
import json
import socket

import pytest
from click.testing import CliRunner

from vifcast import times
from vifcast.cli import main
from vifcast.process import Process, Role


@pytest.fixture
def server(serve, until):
    """One that runs, beside what a test says."""
    server = serve("memory://")
    until(lambda: [1 for each in server.store.processes() if each.brokers[0].connected])
    return server


@pytest.fixture
def killed(server):
    """Note a process that reported itself last a while ago."""

    def note(process_id, **changes):
        now = times.now()
        values = {
            "id": process_id, "role": Role.SERVE, "host": socket.gethostname(), "pid": 7,
            "version": "0.1.0", "started_at": now - dt.timedelta(hours=3),
            "seen_at": now - dt.timedelta(hours=2), "interval_s": 10, "url": None, "brokers": (),
        }  # fmt: skip
        server.store.keep_process(Process(**values | changes))

    return note


@pytest.fixture
def status(server):
    def run(*arguments, where="here"):
        here = {"VIFCAST_DATA_DIR": str(server.store.location.path.parent)}
        environment = here if where == "here" else {"VIFCAST_URL": server.url}
        return CliRunner().invoke(main, ["status", *arguments], env=environment)

    return run


@pytest.mark.parametrize("where", ["here", "there"])
def test_one_that_was_replaced_is_no_trouble(status, killed, where):
    killed("0b9c61f0a4d2")
    found = status(where=where)
    assert found.exit_code == 0, found.output
    assert found.stdout.count("gone since ") == found.stdout.count(", replaced\n") == 1
    shown = [json.loads(line) for line in status("--json", where=where).stdout.splitlines()]
    assert sorted(each["is_silent"] for each in shown) == [False, True]
    killed("0b9c61f0b5e3")
    assert status(where=where).exit_code == 1


@pytest.mark.parametrize("where", ["here", "there"])
def test_one_on_another_host_is_silent(status, killed, where):
    killed("0b9c61f0a4d2", host="controller-9")
    found = status(where=where)
    assert found.exit_code == 1
    assert "SILENT since " in found.stdout
    assert "(id 0b9c61f0)" in found.stdout


def test_silent_one_is_forgotten(status, killed, server):
    killed("0b9c61f0a4d2", host="controller-9")
    killed("0b9c61f0b5e3", host="controller-9")
    (running,) = (each.id for each in server.store.processes() if each.pid != 7)
    for asked, code, why in (
        ("nope", 3, "there is no process 'nope'"),
        ("", 3, "there is no process ''"),
        ("0b9c61f0", 1, "the ids of 2 processes begin with '0b9c61f0'"),
        (running, 1, "reports itself, so it runs"),
    ):
        refused = status("--forget", asked)
        assert (refused.exit_code, refused.stdout) == (code, "")
        assert why in refused.stderr
    remote = status("--forget", "0b9c61f0a", where="there")
    assert (remote.exit_code, "cannot be forgotten over the API" in remote.stderr) == (1, True)
    assert status("--forget", "0b9c61f0a").exit_code == 0
    assert status("--forget", "0b9c61f0").stdout == "Process 0b9c61f0b5e3 is no longer listed.\n"
    assert [each.id for each in server.store.processes()] == [running]
    assert status().exit_code == 0
