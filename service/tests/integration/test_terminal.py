"""What the commands print on a terminal: colour, the user's zone, a pager."""

import contextlib
import os
import pty
import subprocess
import sys

import pytest

from ledger_events import make_event

BERLIN = {"TZ": "Europe/Berlin"}


@pytest.fixture
def on_terminal(tmp_path):
    """Run a command on a terminal of 100 columns and 24 lines."""

    def run(*arguments, **environment):
        ours, theirs = pty.openpty()
        variables = {
            "VIFCAST_DATA_DIR": str(tmp_path), "COLUMNS": "100", "LINES": "24", "TERM": "xterm",
        }  # fmt: skip
        inherited = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
        process = subprocess.Popen(
            [sys.executable, "-m", "vifcast", *arguments],
            stdin=theirs, stdout=theirs, env=inherited | variables | environment,
        )  # fmt: skip
        os.close(theirs)
        shown = b""
        # A terminal whose last writer has gone is an error to its reader.
        with contextlib.suppress(OSError):
            while chunk := os.read(ours, 65536):
                shown += chunk
        os.close(ours)
        assert process.wait(60) == 0
        return shown.decode()

    return run


def piped(tmp_path, *arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", "vifcast", *arguments], capture_output=True, text=True, timeout=100,
        check=True, env=os.environ | {"VIFCAST_DATA_DIR": str(tmp_path)} | environment,
    ).stdout  # fmt: skip


@pytest.fixture
def events(store):
    store.write([make_event(at_s=0), make_event(phase="start", at_s=1, operation_id="two")], [])


def test_terminal_shows_the_users_zone_by_name(on_terminal, events, tmp_path):
    assert "2026-11-22 (CET)" in on_terminal("tail", "--no-follow", **BERLIN)
    assert "13:00:00.000" in on_terminal("tail", "--no-follow", **BERLIN)
    for command in ("operations", "attachments", "timeline --port port-1"):
        shown = on_terminal(*command.split(), **BERLIN)
        assert "2026-11-22 13:00:00 CET" in shown, command


def test_utc_if_asked_for_and_in_a_pipe(on_terminal, events, tmp_path):
    assert "2026-11-22 (UTC)" in on_terminal("tail", "--no-follow", "--utc", **BERLIN)
    shown = on_terminal("operations", "--utc", **BERLIN)
    assert "2026-11-22 12:00:00 " in shown
    assert "CET" not in shown
    assert "2026-11-22 (UTC)" in piped(tmp_path, "tail", "--no-follow", **BERLIN)
    assert "12:00:00  " in piped(tmp_path, "operations", **BERLIN)


def test_colour_on_a_terminal_only_and_not_where_it_is_unwanted(on_terminal, events, tmp_path):
    assert "\x1b[32m" in on_terminal("operations")
    assert "\x1b[3" not in on_terminal("operations", NO_COLOR="1")
    assert "\x1b" not in piped(tmp_path, "operations")


@pytest.fixture
def pager(tmp_path):
    """A pager that puts a mark before what it shows."""
    file = tmp_path / "pager"
    file.write_text("#!/bin/sh\necho PAGER\nexec cat\n")
    file.chmod(0o755)
    return {"PAGER": str(file)}


def test_pager_shows_what_is_longer_than_the_terminal(on_terminal, store, events, pager, tmp_path):
    assert "PAGER" not in on_terminal("operations", **pager)
    store.write([make_event(operation_id=f"o{number}") for number in range(30)], [])
    assert on_terminal("operations", **pager).startswith("PAGER")
    assert "PAGER" not in on_terminal("operations", "--no-pager", **pager)
    assert "PAGER" not in on_terminal("operations", "--json", **pager)
    assert "PAGER" not in piped(tmp_path, "operations", **pager)


@pytest.mark.usefixtures("events")
def test_pager_that_cannot_be_used_is_named_and_the_text_shown(on_terminal, store):
    store.write([make_event(at_s=n, operation_id=str(n)) for n in range(40)], [])
    shown = on_terminal("operations", PAGER='"')
    assert shown.count("2026-11-22") > 40
    assert "Traceback" not in shown
