"""How answers are sent: compressed, as CSV, not at all where nothing changed, and how often."""

import csv
import gzip
import io
import logging
import re

import httpx
import pytest

from ledger_events import attach_or_detach, make_event, make_letter
from vifcast import times
from vifcast.request_id import RequestIdFilter

REQUEST_ID = re.compile(r"req-[0-9a-f-]{36}")
OF_CALLER = "req-6a1d2f0e-8a5b-4b52-9c55-0f4c1b3a7d21"
LISTS = [
    "events",
    "operations",
    "attachments",
    "gaps",
    "hosts",
    "dead-letters",
    "processes",
    "reconciliations",
]


@pytest.fixture
def server(serve):
    server = serve("memory://")
    for number in range(20):
        server.store.write(attach_or_detach(number, port_id=f"port-{number}"), [])
    server.store.write(
        [make_event(instance_name='=1+1,"x"', port_id="x", operation_id="x")], [make_letter()]
    )
    server.store.start_reconciliation(
        times.now(), cloud="test", project_id=None, fixes=False, requested_by="somebody"
    )
    return server


@pytest.fixture
def client(server):
    with httpx.Client(base_url=server.url) as client:
        yield client


def rows(answer):
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


@pytest.mark.parametrize("name", LISTS)
def test_list_is_csv_for_who_asks_for_it(client, name):
    answer = client.get(f"/v1/{name}", headers={"accept": "text/csv"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; header=present; charset=utf-8"
    assert answer.headers["vary"].startswith("Accept")
    as_json = client.get(f"/v1/{name}")
    assert as_json.headers["vary"].startswith("Accept")
    items = as_json.json()["items"]
    assert len(rows(answer)) == len(items)
    for row, item in zip(rows(answer), items, strict=True):
        assert list(row) == list(item)


@pytest.mark.parametrize("subject", ["ports/port-3", "instances/instance-1"])
def test_timeline_is_csv_with_what_entries_of_all_kinds_have(client, subject):
    answer = client.get(f"/v1/{subject}/timeline?limit=2", headers={"accept": "text/csv"})
    assert answer.headers["content-type"] == "text/csv; header=present; charset=utf-8"
    items = client.get(f"/v1/{subject}/timeline?limit=2").json()["items"]
    assert len(items) == 2
    for row, item in zip(rows(answer), items, strict=True):
        assert (row["at"], row["kind"]) == (item["at"], item["kind"])
        shown = item[item["kind"]]
        assert (row["port_id"], row["compute_host"]) == (shown["port_id"], shown["compute_host"])
        assert row["until_at"] == (shown.get("finished_at") or shown.get("detached_at") or "")
    one = client.get(f"/v1/{subject}/timeline?limit=1", headers={"accept": "text/csv"})
    following = one.headers["link"].partition(">")[0].removeprefix("<")
    second = client.get(f"/v1/{subject}/timeline{following}", headers={"accept": "text/csv"})
    assert rows(one) + rows(second) == rows(answer)


def test_body_that_cannot_be_read_is_400(client):
    answer = client.post(
        "/v1/dead-letters/retry",
        content=b'{"reason": "\xff"}',
        headers={"content-type": "application/json"},
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "http_error")
    assert answer.json()["title"] == "Bad request"


def test_csv_has_the_next_page_in_a_link_and_no_formulas(client):
    headers = {"accept": "text/csv"}
    first = client.get("/v1/events?port=x&limit=1", headers=headers)
    assert [row["instance_name"] for row in rows(first)] == ['\'=1+1,"x"']
    assert "link" not in first.headers
    answer = client.get("/v1/operations?action=attach&limit=15", headers=headers)
    found = rows(answer)
    following = answer.links["next"]["url"]
    found += rows(client.get(f"/v1/operations{following}", headers=headers))
    assert len({row["id"] for row in found}) == len(found) == 21


def test_long_answer_is_compressed_and_a_short_one_is_not(client):
    headers = {"accept-encoding": "gzip"}
    with client.stream("GET", "/v1/events", headers=headers) as answer:
        sent = b"".join(answer.iter_raw())
    assert answer.headers["content-encoding"] == "gzip"
    plain = client.get("/v1/events", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert gzip.decompress(sent) == plain.content
    assert len(sent) < len(plain.content) / 5
    assert "content-encoding" not in client.get("/v1/events?limit=1&port=none").headers


@pytest.mark.parametrize("path", ["/v1/operations", "/v1/dead-letters/1", "/v1/attachments?port=x"])
@pytest.mark.parametrize("accept", ["application/json", "text/csv"])
def test_what_has_not_changed_is_not_sent_again(server, client, path, accept):
    headers = {"accept": accept}
    answer = client.get(path, headers=headers)
    tag = answer.headers["etag"]
    assert tag.startswith('W/"')
    assert answer.headers["cache-control"] == "private, no-cache"
    for known in (tag, f'"other", {tag}', tag.removeprefix("W/"), "*"):
        again = client.get(path, headers=headers | {"if-none-match": known})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag
    assert client.get(path, headers=headers | {"if-none-match": 'W/"other"'}).status_code == 200
    server.store.write(attach_or_detach(99, port_id="port-99"), [])
    changed = client.get("/v1/operations", headers=headers | {"if-none-match": tag})
    assert changed.status_code == 200


def test_errors_and_health_have_no_tag(client):
    assert "etag" not in client.get("/v1/dead-letters/99").headers
    assert "etag" not in client.get("/healthz").headers


def test_who_asks_too_often_is_refused_until_later(serve):
    server = serve("memory://", api__rate_limit="3/hour")
    with httpx.Client(base_url=server.url) as client:
        allowed = [client.get("/v1/events") for _ in range(3)]
        refused = client.get("/v1/events")
    assert [each.status_code for each in allowed] == [200] * 3
    for left, answer in zip((2, 1, 0, 0), [*allowed, refused], strict=True):
        assert answer.headers["ratelimit-policy"] == '"default";q=3;w=3600'
        assert re.fullmatch(rf'"default";r={left};t=\d+', answer.headers["ratelimit"])
    assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
    assert 0 < int(refused.headers["retry-after"]) <= 3600
    assert "at most 3 requests in 3600 s" in refused.json()["detail"]


def test_without_a_limit_there_are_no_headers_of_it(client):
    assert "ratelimit" not in client.get("/v1/events").headers


@pytest.mark.parametrize("path", ["/v1/events", "/v1/nothing", "/healthz", "/v1/events?limit=0"])
def test_every_answer_has_a_request_id_of_its_own(client, path):
    found = {client.get(path).headers["x-openstack-request-id"] for _ in range(2)}
    assert len(found) == 2
    assert all(REQUEST_ID.fullmatch(each) for each in found)


@pytest.mark.parametrize("sent", [OF_CALLER, f"{OF_CALLER} evil", "something"])
def test_log_of_a_request_has_its_id_and_the_callers(server, client, monkeypatch, caplog, sent):
    monkeypatch.setattr(server.store, "events", lambda *_, **__: 1 / 0)
    caplog.handler.addFilter(RequestIdFilter())
    with caplog.at_level(logging.ERROR):
        answer = client.get("/v1/events", headers={"x-openstack-request-id": sent})
    own = answer.headers["x-openstack-request-id"]
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    (record,) = caplog.records
    expected = f"[{OF_CALLER} {own}] " if sent == OF_CALLER else f"[{own}] "
    assert record.request == expected
    assert "ZeroDivisionError" in caplog.text


def test_long_body_is_refused(client):
    long = b" " * 65537
    assert client.post("/v1/dead-letters/retry", content=long).status_code == 413
    chunks = iter([b"{", b"}"])
    assert client.post("/v1/dead-letters/retry", content=chunks).status_code == 411


def test_parameter_that_is_given_twice_is_refused(client):
    for path in ("attachments?open=true&open=false", "operations?port=a&host=b&port=a"):
        answer = client.get(f"/v1/{path}")
        assert answer.status_code == 422
        assert "is given more than once" in answer.json()["detail"]
