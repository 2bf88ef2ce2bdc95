"""A real Nova, a real RabbitMQ, ``vifcast serve``: what the CMP sees of each story."""

import json
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from lab.attacher import Attacher
from nova_story import run_novas_story

from broker_fixtures import Vhost
from nova_bus import bus_channel, start_rpc_server
from vifcast.store import Location, OperationQuery, Store

VIFCAST = [sys.executable, "-m", "vifcast"]
ARRIVAL_S = 30.0
LIVES = 6


@pytest.fixture
def serve(vhost: Vhost, tmp_path: Path) -> Iterator[Path]:
    """``vifcast serve`` on a virtual host of the test's own; gives its data directory.

    Nova's services have started there: the exchange is what their RPC goes through.
    """
    with bus_channel(vhost.url) as channel:
        start_rpc_server(channel, quorum=False)
    data_dir = tmp_path / "data"
    with (tmp_path / "serve.log").open("w") as log:
        process = subprocess.Popen(
            [
                *VIFCAST, "serve", "--transport-url", vhost.transport_url,
                "--data-dir", str(data_dir), "--listen", "127.0.0.1:0",
            ],
            stderr=log,
        )  # fmt: skip
        deadline = time.monotonic() + ARRIVAL_S
        while "reading" not in (tmp_path / "serve.log").read_text():
            assert process.poll() is None, (tmp_path / "serve.log").read_text()
            assert time.monotonic() < deadline, (tmp_path / "serve.log").read_text()
            time.sleep(0.1)
        yield data_dir
        process.terminate()
        assert process.wait(timeout=20) == 0


def events(data_dir: Path, count: int, phase: str | None = None) -> list[dict[str, Any]]:
    """What ``vifcast tail --json`` prints of vifcast-nova's, once ``count`` of them are there.

    With ``phase``, once there are as many of that one; the others are returned, too.
    What Nova itself reports of a failure is in the store beside it.
    """
    deadline = time.monotonic() + ARRIVAL_S
    while True:
        out = subprocess.run(
            [
                *VIFCAST, "tail", "--json", "--no-follow", "--last", "1000",
                "--data-dir", str(data_dir),
            ],
            check=True,
            capture_output=True,
            timeout=60,
        ).stdout  # fmt: skip
        received = [json.loads(line) for line in out.splitlines()]
        ours = [event for event in received if event["source"] == "vifcast-nova"]
        counted = [event for event in ours if phase in (None, event["phase"])]
        if len(counted) >= count or time.monotonic() > deadline:
            return ours
        time.sleep(0.2)  # each look is a process of its own


def test_every_notification_of_nova_is_an_event(vhost: Vhost, serve: Path, tmp_path: Path) -> None:
    run_novas_story(vhost, tmp_path / "nova")
    stored = events(serve, 10)
    assert [(event["action"], event["phase"]) for event in stored] == [
        ("attach", "start"),
        ("attach", "end"),
        ("detach", "start"),
        ("detach", "end"),
        ("attach", "start"),
        ("attach", "error"),
        ("attach", "start"),
        ("attach", "end"),
        ("detach", "start"),
        ("detach", "end"),
    ]
    ends = [event for event in stored if event["phase"] != "start"]
    assert all(event["duration_ms"] is not None for event in ends)
    assert all(event["port_id"] and event["mac_address"] for event in ends)
    assert {event["compute_host"] for event in stored} == {"compute1"}


def test_history_answers_who_had_an_address(vhost: Vhost, serve: Path, tmp_path: Path) -> None:
    run_novas_story(vhost, tmp_path / "nova")
    stored = events(serve, 10)
    end = stored[1]
    out = subprocess.run(
        [
            *VIFCAST, "history", "--ip", end["fixed_ips"][0]["ip_address"],
            "--at", end["occurred_at"], "--json", "--data-dir", str(serve),
        ],
        check=True,
        capture_output=True,
        timeout=60,
    ).stdout  # fmt: skip
    found = json.loads(out)["attachments"]
    assert [(each["instance_id"], each["port_id"]) for each in found] == [
        (end["instance_id"], end["port_id"])
    ]


def test_no_token_reaches_the_store(vhost: Vhost, serve: Path, tmp_path: Path) -> None:
    run_novas_story(vhost, tmp_path / "nova")
    assert len(events(serve, 10)) == 10
    stored = b"".join(file.read_bytes() for file in serve.iterdir())
    assert b"interface_attach" in stored
    assert b"a-secret-token" not in stored


def attach_until_killed(vhost: Vhost, directory: Path, life_s: float) -> int:
    """A Nova that attaches without pause until kill -9; how many attaches had returned."""
    nova = Attacher(vhost.transport_url, str(directory))
    death = threading.Timer(life_s, nova.kill)
    death.start()
    count = 0
    try:
        while True:
            nova.attach(1)
            count += 1
    except (AssertionError, BrokenPipeError):
        death.join()
        nova.end()
        return count


def test_ledger_holds_each_once_however_often_nova_is_killed(
    vhost: Vhost, serve: Path, tmp_path: Path
) -> None:
    directory = tmp_path / "nova"
    directory.mkdir()
    lives_s = [random.uniform(0.1, 2) for _ in range(LIVES)]  # noqa: S311
    returned = sum(attach_until_killed(vhost, directory, life_s) for life_s in lives_s)
    assert returned > LIVES
    survivor = Attacher(vhost.transport_url, str(directory))
    survivor.attach(1)
    returned += 1
    # Not twice as many of any kind: of what Nova was killed in there is a start alone.
    stored = events(serve, returned, "end")
    survivor.end()
    phases = [(event["operation_id"], event["phase"]) for event in stored]
    assert len(set(phases)) == len(phases)
    ended = [operation_id for operation_id, phase in phases if phase == "end"]
    # One may have been at work, its caller not yet answered, whenever Nova was killed.
    assert returned <= len(ended) <= returned + LIVES
    assert {operation_id for operation_id, phase in phases if phase == "start"} >= set(ended)


def run_novas_failures(
    vhost: Vhost, directory: Path, *arguments: str
) -> dict[str, tuple[str, str, str]]:
    """lab.failing: by name the server, the exception's class and its text."""
    directory.mkdir()
    out = subprocess.run(
        [
            sys.executable, "-W", "ignore", "-m", "lab.failing",
            vhost.url, str(directory), *arguments,
        ],
        check=True,
        capture_output=True,
        timeout=120,
    ).stdout  # fmt: skip
    return {name: (server, kind, text) for name, server, kind, text in json.loads(out)}


def ended(data_dir: Path, count: int) -> dict[str, tuple[str | None, str | None, str | None]]:
    """By server the status, class and text of its failed operation, once so many ended."""
    deadline = time.monotonic() + ARRIVAL_S
    with closing(Store.open_for_reading(Location.of_file(data_dir / "vifcast.sqlite3"))) as store:
        while True:
            found = [
                each
                for each in store.operations(OperationQuery(), limit=100).items
                if each.status != "succeeded"
            ]
            done = [each for each in found if each.finished_at is not None]
            if len(done) >= count or time.monotonic() > deadline:
                return {
                    each.instance_id: (each.status, each.error_class, each.error_message)
                    for each in found
                }
            time.sleep(0.1)


def test_failures_of_a_stock_versioned_nova_end_at_once_and_say_why(
    vhost: Vhost, serve: Path, tmp_path: Path
) -> None:
    failed = run_novas_failures(vhost, tmp_path / "nova", "versioned", "none", "messagingv2")
    assert len(failed) == 8
    # Nova refused it before it began, and no operation is made of that.
    del failed["nothing_to_detach"]
    assert ended(serve, len(failed)) == {
        server: ("failed", kind, text) for server, kind, text in failed.values()
    }


def test_what_the_outbox_sends_compressed_is_read(
    vhost: Vhost, serve: Path, tmp_path: Path
) -> None:
    drivers = ("vifcast_outbox", "vifcast")
    with bus_channel(vhost.url) as channel:
        # Nova's exchange, and the lane.
        for exchange in ("nova", "vifcast"):
            channel.queue_declare(f"ours-{exchange}", auto_delete=False)
            channel.queue_bind(f"ours-{exchange}", exchange, "notifications.#")
        failed = run_novas_failures(vhost, tmp_path / "nova", "unversioned", "gzip", *drivers)
        for exchange in ("nova", "vifcast"):
            message = channel.basic_get(f"ours-{exchange}", no_ack=True)
            assert message.headers["compression"] == "application/x-gzip"
    outcomes = ended(serve, len(failed))
    assert {server: kind for server, (_, kind, _) in outcomes.items()} == {
        server: kind for server, kind, _ in failed.values()
    }
    # Two attaches beside seven failures, each with its start.
    assert len(events(serve, 18)) == 18
    assert "dead letter" not in (tmp_path / "serve.log").read_text()
