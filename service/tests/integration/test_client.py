"""``vifcast.client`` and a running service, or what else may answer at its address."""

import datetime as dt
import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from ledger_events import T0, make_event
from vifcast import times
from vifcast.client import Client
from vifcast.errors import (
    AccessDeniedError,
    ApiError,
    ApiUnreachableError,
    InvalidValueError,
    NotFoundError,
)
from vifcast.model import Phase, Status
from vifcast.token import Role, new_token


@pytest.fixture(scope="module")
def server(module_serve):
    server = module_serve("memory://", api__auth="token")
    events = [
        make_event(
            phase=phase, at_s=number, operation_id=f"o{number}", port_id=f"p{number}",
            instance_id=f"i{number % 2}", project_id=f"project-{number % 2}",
        )
        for number in range(30)
        for phase in ("start", "end")
    ]  # fmt: skip
    server.store.write(events, [])
    return server


def token_of(server, **changes):
    given = {"role": Role.READER, "project_id": None, "expires_at": None} | changes
    token, text = new_token("test", created_at=times.now(), **given)
    server.store.add_token(token)
    return text


@pytest.fixture(scope="module")
def client(server):
    with Client(server.url, token_of(server)) as client:
        yield client


def test_pages_follow_each_other_without_gap_or_repeat(client, monkeypatch):
    monkeypatch.setattr("vifcast.client.paged.AT_ONCE", 7)
    ids = [event.id for event in client.events()]
    assert ids == sorted(ids, reverse=True)
    assert len(set(ids)) == 60
    assert [event.id for event in client.events(order="oldest_first")] == ids[::-1]
    assert len(list(client.operations())) == 30
    assert {each.port_id for each in client.attachments()} == {f"p{n}" for n in range(30)}


def test_filters_may_be_values_of_python(client):
    found = list(client.events(phase=Phase.START, since=T0 + dt.timedelta(seconds=28)))
    assert [each.operation_id for each in found] == ["o29", "o28"]
    assert list(client.operations(status=Status.OVERDUE)) == []
    assert len(list(client.attachments(open=True, instance="i1", project=None))) == 15
    # Milliseconds have a plus in their zone.
    east = (T0 + dt.timedelta(seconds=3)).astimezone(dt.timezone(dt.timedelta(hours=5)))
    assert len(list(client.attachments(at=east))) == 4


def test_cursor_of_the_newest_leads_on_to_newer_ones(client):
    page = client.event_page(limit=1)
    after = client.event_page(cursor=page.next_cursor, oldest_first=True)
    assert (after.items, after.next_cursor) == ([], page.next_cursor)
    before = client.event_page(cursor=page.next_cursor, limit=2)
    assert [each.id for each in before.items] == [page.items[0].id - 1, page.items[0].id - 2]


def test_timelines(client):
    entries = list(client.timeline(port="p3"))
    assert [each["kind"] for each in entries if each["kind"] != "gap"] == [
        "operation",
        "attachment",
    ]
    with pytest.raises(NotFoundError, match=r"nothing is known of port 'p\?3'"):
        list(client.timeline(port="p?3"))
    with pytest.raises(InvalidValueError, match="give one of them"):
        client.timeline()


def test_statistics(client):
    found = client.statistics(since=T0, until=T0 + dt.timedelta(hours=1))
    assert found.items[0].attach.succeeded == 30


def test_what_the_api_refuses_is_its_own_sentence(server, client):
    with pytest.raises(InvalidValueError, match="has no time zone"):
        list(client.events(since="2026-11-03"))
    with pytest.raises(InvalidValueError, match="prot"):
        list(client.events(prot="p1"))
    with pytest.raises(NotFoundError, match="there is no dead letter 99"):
        client.dead_letter(99)


def test_project_users_see_their_own_and_no_hosts(server):
    with Client(server.url, token_of(server, project_id="project-1")) as client:
        found = list(client.attachments())
        assert {each.project_id for each in found} == {"project-1"}
        assert {each.compute_host for each in found} == {None}
        assert {each.publisher_id for each in client.events()} == {""}
        with pytest.raises(AccessDeniedError, match="vifcast:host:list does not allow"):
            list(client.hosts())
        with pytest.raises(AccessDeniedError, match="Nova shows compute hosts to admins only"):
            list(client.attachments(host="compute-1"))


@pytest.mark.parametrize("token", [None, "vfc_0123_wrong"])
def test_no_token_or_a_wrong_one(server, token):
    with Client(server.url, token) as client, pytest.raises(AccessDeniedError) as refused:
        list(client.events())
    assert "vifcast token" in str(refused.value)
    assert "wrong" not in str(refused.value)


def test_nobody_listens():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
        with Client(url, "secret") as client, pytest.raises(ApiUnreachableError) as refused:
            list(client.events())
    assert str(refused.value) == (
        f"{url} refuses connections; is vifcast running there, and on this port?"
    )


def test_no_such_host():
    with Client("http://vifcast.invalid") as client, pytest.raises(ApiUnreachableError) as failed:
        list(client.events())
    assert "there is no host of this name" in str(failed.value)


def test_listens_and_never_answers():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        client = Client(url, timeout_s=0.3)
        with client, pytest.raises(ApiUnreachableError, match="did not answer in time"):
            list(client.events())


@pytest.fixture
def answering():
    """A server that is no vifcast: it answers what it is given."""
    answers = []
    seen = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            seen.append(self.path)
            status, headers, body = answers[0] if len(answers) == 1 else answers.pop(0)
            self.send_response(status)
            for name, value in ({"content-length": str(len(body))} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def client(*given):
        answers[:] = given
        client = Client(f"http://127.0.0.1:{server.server_port}", "token")
        client.seen = seen
        return client

    yield client
    server.shutdown()
    server.server_close()


HTML = {"content-type": "text/html"}


@pytest.mark.parametrize(
    ("answer", "kind", "why"),
    [
        ((200, HTML, b"<h1>It works"), ApiError, r"200 \(text/html\), and not as vifcast does"),
        ((404, HTML, b"<h1>nginx"), ApiError, "with the right port and prefix?"),
        ((404, {}, b'{"detail": "Not Found"}'), ApiError, "and not as vifcast does"),
        ((200, {}, b'{"items": 5}'), ApiError, "does not understand"),
        ((200, {}, b'{"items": [{}], "next_cursor": null}'), ApiError, "does not understand"),
        ((200, {}, b"[]"), ApiError, "does not understand"),
        ((301, {"location": "http://127.0.0.1:1/"}, b""), ApiError, "to http://127.0.0.1:1/"),
        ((401, HTML, b""), AccessDeniedError, "a proxy before it may want credentials"),
        ((502, HTML, b"<h1>Bad"), ApiUnreachableError, "a proxy before it may not reach it"),
        ((503, {}, b'{"code": "store_unavailable", "detail": "the database is away"}'),
         ApiUnreachableError, "cannot answer now: the database is away"),
        ((503, {}, b'{"error": {"message": "Keystone is away"}}'),
         ApiUnreachableError, "Keystone is away"),
        ((403, {}, b'{"code": "forbidden", "detail": "no\\n\\u001b[2Jrole"}'),
         AccessDeniedError, r"no \\x1b\[2Jrole"),
        ((500, {}, b'{"code": "x", "detail": "a mistake"}'), ApiError, "HTTP 500: a mistake"),
    ],
)  # fmt: skip
def test_something_else_answers(answering, answer, kind, why):
    with answering(answer) as client, pytest.raises(kind, match=why):
        list(client.events())


def test_redirection_is_not_followed_with_the_token(answering):
    with answering((302, {"location": "/elsewhere"}, b"")) as client:
        with pytest.raises(ApiError):
            list(client.events())
        assert len(client.seen) == 1


def test_a_client_that_asks_too_much_waits_as_long_as_the_api_says(answering):
    too_many = (429, {"retry-after": "0"}, b'{"code": "too_many_requests", "detail": "wait"}')
    empty = (200, {}, json.dumps({"items": [], "next_cursor": None}).encode())
    with answering(too_many, too_many, empty) as client:
        assert list(client.events()) == []
    with answering(too_many) as client, pytest.raises(ApiError, match="HTTP 429: wait"):
        list(client.events())


@pytest.fixture
def secure(serve, authority):
    cert, key = map(str, authority.certificate_for("IP:127.0.0.1"))
    return serve("memory://", api__ssl_cert_file=cert, api__ssl_key_file=key)


def test_tls(secure, authority, wrong_authority):
    with Client(secure.url, cacert=str(authority.certificate)) as client:
        assert list(client.events()) == []
    for cacert in (None, str(wrong_authority.certificate)):
        with Client(secure.url, cacert=cacert) as client, pytest.raises(ApiUnreachableError) as no:
            list(client.events())
        assert "the authority that signed it with --cacert" in str(no.value)
        assert "certificate verify failed" in str(no.value)


def test_tls_where_there_is_none(server):
    url = server.url.replace("http", "https")
    with Client(url) as client, pytest.raises(ApiUnreachableError, match="speaks no TLS"):
        list(client.events())
