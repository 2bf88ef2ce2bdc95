"""Who may read the stream, for how long, and what becomes of who does not read."""

import signal
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from datetime import timedelta

import httpx
import pytest
from event_stream import EventStream

from ledger_events import attach_or_detach, make_event
from vifcast import serve as serving
from vifcast import times
from vifcast.api.stream.limits import Limits
from vifcast.store import Cutoffs, purge
from vifcast.store.sql import compiled_select
from vifcast.token import Role, new_token

HIDDEN = {"compute_host", "publisher_id", "device_name", "payload", "notes"}

# Connects with the URL and the path that are its arguments, and never reads.
DEAF = """
import socket, sys
connection = socket.create_connection((sys.argv[1], int(sys.argv[2])))
connection.sendall(f"GET {sys.argv[3]} HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n".encode())
print(connection.recv(20), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def limits(monkeypatch):
    """Shorter times than an operator waits for."""

    def shorten(**changes):
        monkeypatch.setattr(serving, "Limits", lambda **given: Limits(**given | changes))

    return shorten


def issued(server, role=Role.READER, project=None, expires_at=None):
    """A new token, and the headers that show it."""
    token, text = new_token("test", role, project, times.now(), expires_at)
    server.store.add_token(token)
    return token, {"Authorization": f"Bearer {text}"}


def metric(server, name, headers=None):
    lines = httpx.get(f"{server.url}metrics", headers=headers).text.splitlines()
    return next((float(line.split()[-1]) for line in lines if line.startswith(f"{name} ")), 0.0)


def test_a_frozen_reader_is_dropped_and_stops_nobody_else(serve, limits, until, caplog):
    limits(send_s=1.0, look_s=0.1)
    server = serve("memory://")
    host, port = server.settings.api.address.host, server.url.split(":")[-1].rstrip("/")
    frozen = subprocess.Popen(
        [sys.executable, "-c", DEAF, host, port, "/v1/stream"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        frozen.stdout.readline()
        frozen.send_signal(signal.SIGSTOP)
        with EventStream(server.url) as stream:
            # More than the kernel takes for it.
            big = {"padding": "x" * 200_000}
            for number in range(100):
                events = attach_or_detach(number, payload=big)
                (*_, last) = [each.id for each in server.store.write(events, [])]
                until(lambda: stream.event_ids[-1:] == [last], 60)  # noqa: B023
            assert len(stream.event_ids) == 200
            dropped = 'vifcast_stream_dropped_total{reason="not_reading"}'
            until(lambda: metric(server, dropped) == 1, 60)
            until(lambda: metric(server, "vifcast_stream_readers") == 1, 60)
            assert not stream.ended.is_set()
        assert "stream of local dropped (not_reading)" in caplog.text
    finally:
        frozen.kill()
        frozen.communicate()


def test_a_look_for_new_events_is_one_query_for_all_readers(serve, limits, until, monkeypatch):
    limits(poll_s=0.05)
    server = serve("memory://")
    looks, statements = [], []
    read = server.store.feed_page

    def look(*arguments, **named):
        looks.append(named)
        return read(*arguments, **named)

    with ExitStack() as steps:
        for number in range(5):
            steps.enter_context(EventStream(server.url, instance=f"instance-{number}"))
        monkeypatch.setattr(server.store, "feed_page", look)

        def note(connection, statement, parameters):
            if "FROM event" in statement:
                statements.append(statement)
            return fetch(connection, statement, parameters)

        fetch = compiled_select._fetch
        monkeypatch.setattr(compiled_select, "_fetch", note)
        # Once nobody catches up any more.
        until(lambda: len(looks) > 5 and all("query" not in named for named in looks[-5:]))
        del looks[:], statements[:]
        until(lambda: len(looks) > 10)
    assert all("query" not in named for named in looks)
    # One may have been under way when counting began, and one when it ended.
    assert abs(len(looks) - len(statements)) <= 2
    assert len(set(statements)) == 1
    assert "WHERE event.id > ? ORDER BY event.id" in " ".join(statements[0].split())
    # Without readers there is none.
    until(lambda: metric(server, "vifcast_stream_readers") == 0)
    seen = len(looks)
    time.sleep(0.5)
    assert len(looks) <= seen + 1


def test_who_falls_behind_gets_the_rest_from_the_store(serve, limits, until):
    limits(waiting_bytes=20_000)
    server = serve("memory://")
    with EventStream(server.url) as stream:
        ids = []
        for number in range(20):
            events = [
                event
                for each in range(20)
                for event in attach_or_detach(number * 20 + each, payload={"padding": "x" * 2000})
            ]
            ids += [each.id for each in server.store.write(events, [])]
        until(lambda: stream.event_ids[-1:] == ids[-1:], 60)
        assert stream.event_ids == ids


def test_heartbeats_come_and_move_the_position(serve, limits, until):
    limits(heartbeat_s=0.3, look_s=0.1)
    server = serve("memory://")
    with EventStream(server.url, instance="another") as stream:
        until(lambda: stream.comments >= 2)
        last = server.store.write(attach_or_detach(1), [])[-1].id
        until(lambda: stream.last_id == str(last))
        assert stream.messages == []


def test_a_project_reads_its_own_without_what_is_for_admins(serve, until):
    server = serve("memory://", api__auth="token")
    _, headers = issued(server, project="project-1")
    _, of_system = issued(server)
    first = [make_event(operation_id=each, project_id=each) for each in ("project-1", "project-2")]
    server.store.write(first, [])
    with (
        EventStream(server.url, headers=headers, after=0) as own,
        EventStream(server.url, headers=of_system, after=0) as everything,
    ):
        new = [
            *attach_or_detach(1, project_id="project-1"),
            *attach_or_detach(2, project_id="project-2"),
            make_event(operation_id="of nobody", project_id=None),
        ]
        server.store.write(new, [])
        until(lambda: len(everything.event_ids) == 7)
        until(lambda: len(own.event_ids) == 3)
        assert {each.data["project_id"] for each in own.messages} == {"project-1"}
        assert all(HIDDEN.isdisjoint(each.data) for each in own.messages)
        assert all("payload" in each.data for each in everything.named("event"))
        answer = httpx.get(
            f"{server.url}v1/events", params={"order": "oldest_first"}, headers=headers
        ).json()
        assert [each.data for each in own.named("event")] == answer["items"]


@pytest.mark.parametrize("query", [{"project": "project-2"}, {"host": "compute-1"}])
def test_a_project_may_not_ask_for_more(serve, query):
    server = serve("memory://", api__auth="token")
    _, headers = issued(server, project="project-1")
    answer = httpx.get(f"{server.url}v1/stream", params=query, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


def test_without_a_token_there_is_no_stream(serve):
    server = serve("memory://", api__auth="token")
    answer = httpx.get(f"{server.url}v1/stream")
    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")


@pytest.mark.parametrize("how", ["revoked", "expired"])
def test_the_streams_of_a_token_that_ends_are_dropped(serve, limits, until, how):
    # As configured it takes 25 seconds at most: the time between looks, and the token's own five.
    assert Limits().recheck_s + 5 < 60
    limits(recheck_s=0.2)
    server = serve("memory://", api__auth="token")
    expires_at = times.now() + timedelta(seconds=5) if how == "expired" else None
    token, headers = issued(server, expires_at=expires_at)
    _, lasting = issued(server)
    with (
        EventStream(server.url, headers=headers) as stream,
        EventStream(server.url, headers=lasting) as other,
    ):
        if how == "revoked":
            server.store.revoke_token(token.id, times.now())
        assert stream.ended.wait(60)
        (message,) = stream.messages
        assert message.name == "dropped"
        assert message.data["reason"] == "not_authenticated"
        assert ("has expired" if how == "expired" else "is revoked") in message.data["detail"]
        assert not other.ended.is_set()


def test_streams_end_with_a_reason_when_the_service_stops(serve, until):
    server = serve("memory://")
    with EventStream(server.url) as stream, EventStream(server.url) as other:
        server.store.write(attach_or_detach(1), [])
        until(lambda: stream.event_ids and other.event_ids)
        stopping = threading.Thread(target=server.stop)
        stopping.start()
        for each in (stream, other):
            assert each.ended.wait(60)
            # uvicorn would wait for two seconds, and cut them off.
            assert each.failure is None
            assert each.messages[-1].name == "dropped"
            assert each.messages[-1].data["reason"] == "stopping"
        stopping.join(60)
        assert not stopping.is_alive()


def test_resuming_from_before_what_was_deleted_is_a_gap(serve, until):
    server = serve("memory://")
    old = [each.id for each in server.store.write(attach_or_detach(1, action="detach"), [])]
    later = make_event(at_s=86400, operation_id="later")
    kept = [each.id for each in server.store.write([later], [])]
    before = later.occurred_at - timedelta(hours=1)
    purge(server.store, Cutoffs(events=before))
    with EventStream(server.url, last_id=str(old[0])) as stream:
        until(lambda: stream.event_ids[-1:] == kept)
        gap = stream.messages[0]
        assert (gap.name, gap.data) == (
            "gap",
            {"reason": "purged", "before": times.to_text(before)},
        )
    with EventStream(server.url, last_id=str(kept[0])) as stream:
        new = [each.id for each in server.store.write([make_event(at_s=86401)], [])]
        until(lambda: stream.event_ids == new)
        assert stream.named("gap") == []


def test_one_caller_cannot_take_the_streams_of_all(serve, until):
    server = serve("memory://", api__auth="token", api__stream_readers_per_caller=2)
    _, first = issued(server)
    _, second = issued(server)
    with ExitStack() as steps:
        own = [steps.enter_context(EventStream(server.url, headers=first)) for _ in range(2)]
        refused = httpx.get(f"{server.url}v1/stream", headers=first)
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_streams")
        assert refused.headers["retry-after"] == "10"
        for word in ("token", "2 streams", "stream_readers_per_caller"):
            assert word in refused.json()["detail"]
        steps.enter_context(EventStream(server.url, headers=second))
        own[0].close()
        until(lambda: metric(server, "vifcast_stream_readers", first) == 2)
        with EventStream(server.url, headers=first) as again:
            assert again.problem is None


def test_without_authentication_all_are_one_caller_and_have_no_limit_of_one(serve):
    server = serve("memory://", api__stream_readers_per_caller=1)
    with EventStream(server.url), EventStream(server.url) as second:
        assert second.problem is None
