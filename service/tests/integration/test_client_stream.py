"""The client and the command that follow the stream, while what they follow breaks."""

import json
import signal
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice

import pytest

from ledger_events import attach_or_detach, make_event
from vifcast import serve as serving
from vifcast import times
from vifcast.api.stream.limits import Limits
from vifcast.client import Client, StreamGap
from vifcast.errors import (
    AccessDeniedError,
    ApiError,
    ApiUnreachableError,
    InvalidValueError,
    NotFoundError,
)
from vifcast.model import Event, Operation, Status
from vifcast.representation import event_json
from vifcast.token import Role, new_token


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def test_events_come_with_their_operations(serve):
    server = serve("memory://")
    server.store.write(attach_or_detach(1, at_s=0), [])
    with Client(server.url) as client:
        start, end = islice(client.stream(after=0), 2)
        assert isinstance(start, Event)
        assert (start.id, start.phase) == (1, "start")
        assert isinstance(end, Operation)
        assert end.status is Status.SUCCEEDED
        (behind,) = islice(client.stream(after=1, phase="end"), 1)
        assert isinstance(behind, Operation)


def test_id_of_another_database_is_a_gap(serve):
    server = serve("memory://")
    server.store.write([make_event()], [])
    with Client(server.url) as client:
        assert next(client.stream(after=99)) == StreamGap(before=None)


@pytest.fixture
def checked_often(monkeypatch):
    """Whether a token still holds."""
    monkeypatch.setattr(serving, "Limits", lambda **given: Limits(**given, recheck_s=0.1))


@pytest.mark.usefixtures("checked_often")
def test_what_the_api_refuses_ends_it(serve):
    server = serve("memory://", api__auth="token")
    with Client(server.url) as client, pytest.raises(AccessDeniedError, match="vifcast token"):
        next(client.stream())
    token, text = new_token("t", Role.READER, None, times.now(), None)
    server.store.add_token(token)
    with Client(server.url, text) as client:
        with pytest.raises(InvalidValueError, match="prot"):
            next(client.stream(prot="p1"))
        stream = client.stream(after=0)
        server.store.write([make_event(at_s=0)], [])
        assert isinstance(next(stream), Operation)
        assert isinstance(next(stream), Event)
        server.store.revoke_token(token.id, times.now())
        with pytest.raises(AccessDeniedError):
            next(stream)


@pytest.fixture
def scripted():
    """A server that plays what it is given, and closes each connection then; what it was asked."""
    answers: list[tuple[int, dict[str, str], bytes]] = []
    asked: list[str | None] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.headers["last-event-id"])
            status, headers, body = answers.pop(0) if len(answers) > 1 else answers[0]
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
            self.close_connection = True

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def play(*given):
        answers[:] = given
        return Client(f"http://127.0.0.1:{server.server_port}", "token")

    play.asked = asked
    yield play
    server.shutdown()
    server.server_close()


def message_of(number):
    event = make_event(at_s=number, operation_id=f"o{number}")
    shown = event_json(event) | {"id": number}
    return f"event: event\ndata: {json.dumps(shown)}\nid: {number}\n\n".encode()


SSE = {"content-type": "text/event-stream; charset=utf-8"}
FIRST = b"retry: 1\nid: 0\n\n"
TOO_MANY = (429, {"retry-after": "0"}, b'{"code": "rate_limited", "detail": "slow down"}')
BUSY = (503, {"retry-after": "0"}, b'{"code": "stream_refused", "detail": "1000 streams"}')
PROXY = (502, {"content-type": "text/html"}, b"<h1>Bad gateway")
CUT = b'event: event\ndata: {"id": 3'


def test_goes_on_behind_the_last_event_after_a_break_a_429_and_a_503(scripted):
    said = []
    client = scripted(
        TOO_MANY,
        (200, SSE, FIRST + message_of(1) + message_of(2) + CUT),
        BUSY,
        PROXY,
        (200, SSE, FIRST.replace(b"0", b"2") + message_of(3)),
        (200, SSE, b"event: dropped\ndata: {}\n\n" + message_of(9)),
        (200, SSE, message_of(4)),
    )
    with client:
        stream = client.stream(on_break=lambda why: said.append(why and str(why)))
        assert [each.id for each in islice(stream, 4)] == [1, 2, 3, 4]
    assert scripted.asked == [None, None, "2", "2", "2", "3", "3"]
    refused, resumed, busy, again = said
    assert "HTTP 429: slow down" in refused
    assert "cannot answer now: 1000 streams" in busy
    assert resumed is again is None


def test_breaks_are_logged_if_nobody_asks_for_them(scripted, caplog):
    with caplog.at_level("INFO"), scripted(BUSY, (200, SSE, message_of(1))) as client:
        next(client.stream())
    assert [each for each in caplog.messages if each.startswith("the stream")] == [
        f"the stream waits: {client.url} cannot answer now: 1000 streams",
        "the stream goes on",
    ]


@pytest.mark.parametrize(
    ("answer", "kind", "why"),
    [
        ((401, {}, b'{"code": "x", "detail": "who are you?"}'), AccessDeniedError, "who are you"),
        ((403, {}, b'{"code": "x", "detail": "not for you"}'), AccessDeniedError, "not for you"),
        ((403, {}, b"<h1>"), AccessDeniedError, "a proxy before it"),
        ((404, {}, b'{"code": "x", "detail": "nothing there"}'), NotFoundError, "nothing there"),
        ((302, {"location": "http://127.0.0.1:1/"}, b""), ApiError, "to http://127.0.0.1:1/"),
        ((200, {"content-type": "text/html"}, b"<h1>"), ApiError, "not as vifcast does"),
        ((200, SSE, b"event: event\ndata: {}\n\n"), ApiError, "does not understand"),
        ((200, SSE, b"event: event\ndata: ?\n\n"), ApiError, "does not understand"),
    ],
)
def test_what_does_not_pass_ends_it(scripted, answer, kind, why):
    with scripted(answer) as client, pytest.raises(kind, match=why) as refused:
        next(client.stream())
    assert not isinstance(refused.value, ApiUnreachableError)


def test_a_kind_of_message_of_a_newer_release_is_passed_over(scripted):
    newer = b'event: overdue\ndata: {"id": 1}\n\n'
    with scripted((200, SSE, newer + message_of(1))) as client:
        assert next(client.stream()).id == 1


class TestTail:
    """``vifcast tail --url`` of a service in a process of its own."""

    @pytest.fixture
    def port(self):
        return free_port()

    @pytest.fixture
    def start(self, vifcast, vhost, port, store):
        options = ("--listen", f"127.0.0.1:{port}", "--data-dir", str(store.location.path.parent))

        def serve():
            return vifcast("serve", *options, VIFCAST_TRANSPORT_URL=vhost.transport_url)

        return serve

    def test_kills_of_the_service_lose_and_repeat_nothing(self, start, port, vifcast, store, until):
        url = f"http://127.0.0.1:{port}"
        number = 0

        def write():
            nonlocal number
            for _ in range(3):
                store.write([make_event(operation_id=f"o{number}", at_s=number)], [])
                number += 1

        service = start()
        until(lambda: is_open(port), 60)
        write()
        tail = vifcast("tail", "--json", "-n", "2", VIFCAST_URL=url)
        until(lambda: len(tail.out) == 2, 60)
        for _ in range(3):
            write()
            shown = number - 1
            until(lambda: len(tail.out) == shown, 60)  # noqa: B023
            service.end(signal.SIGKILL)
            write()
            service = start()
        until(lambda: len(tail.out) == number - 1, 120)
        write()
        until(lambda: len(tail.out) == number - 1, 60)
        shown = [json.loads(line)["operation_id"] for line in tail.out]
        assert shown == [f"o{each}" for each in range(1, number)]
        assert tail.errors.count("Waiting: ") == tail.errors.count("It answers again.\n")

    def test_begins_with_what_occurred_since(self, serve, vifcast, until):
        server = serve("memory://")
        server.store.write([make_event(operation_id=f"o{n}", at_s=n * 60) for n in range(4)], [])
        since = ("--since", "2026-11-22T12:02:00Z")
        tail = vifcast("tail", "--json", *since, VIFCAST_URL=server.url)
        until(lambda: len(tail.out) == 2, 60)
        server.store.write([make_event(operation_id=f"o{n}", at_s=n * 60) for n in (1, 5)], [])
        until(lambda: len(tail.out) == 3, 60)
        shown = [json.loads(line)["operation_id"] for line in tail.out]
        assert shown == ["o2", "o3", "o5"]

    @pytest.mark.usefixtures("checked_often")
    def test_ends_where_it_is_not_let_in_any_more(self, serve, vifcast, until):
        server = serve("memory://", api__auth="token")
        token, text = new_token("t", Role.READER, None, times.now(), None)
        server.store.add_token(token)
        tail = vifcast("tail", "--region", "north", VIFCAST_URL=server.url, VIFCAST_TOKEN=text)
        until(lambda: server._streams._open, 60)
        server.store.write([make_event(region="south"), make_event(region="north", at_s=9)], [])
        until(lambda: len(tail.out) == 2, 60)
        assert "in north" in tail.out[1]
        server.store.revoke_token(token.id, times.now())
        assert tail.wait(60) == 4
        assert "revoked" in tail.errors
        assert "Traceback" not in tail.errors


def is_open(port):
    with socket.socket() as found:
        return found.connect_ex(("127.0.0.1", port)) == 0
