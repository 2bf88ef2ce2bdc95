import json
import socket
from pathlib import Path

import httpx
import pytest

from ledger_events import T0, make_event, make_sighting
from vifcast.model import DeadLetter, FixedIp, Nic
from vifcast.store.queries import write_cursor

SNAPSHOT = Path(__file__).with_name("openapi.json")


@pytest.fixture
def server(serve):
    server = serve("memory://")
    attach = {"fixed_ips": (FixedIp("192.0.2.7", 4, None),), "operation_id": "one"}
    server.store.write(
        [
            make_event(phase="start", at_s=0, **attach),
            make_event(phase="end", at_s=1, **attach),
            make_event(
                phase="error", at_s=9, operation_id="two", error_class="PortInUse",
                instance_name="<script>alert(1)</script>", instance_id="instance-2",
            ),
        ],
        [
            DeadLetter(
                reason_code="not_json", reason="no", routing_key="notifications.info", size=1,
                sha256="00", body=b"?", is_whole=False, received_at=T0,
            )
        ],
    )  # fmt: skip
    return server


@pytest.fixture
def client(server):
    with httpx.Client(base_url=server.url) as client:
        yield client


def test_events(client):
    answer = client.get("/v1/events", params={"ip": "192.0.2.7", "limit": 1})
    assert answer.status_code == 200
    (event,) = answer.json()["items"]
    assert (event["phase"], event["duration_ms"]) == ("end", 1000)
    following = client.get(
        "/v1/events",
        params={"ip": "192.0.2.7", "limit": 1, "cursor": answer.json()["next_cursor"]},
    )
    assert [each["phase"] for each in following.json()["items"]] == ["start"]
    assert following.json()["next_cursor"] is None


def test_attachments_by_host_and_moment(server, client):
    moved = make_sighting(action="move", at_s=5, instance_id="instance-1", compute_host="compute-2")
    server.store.write([moved], [])
    moved_at = "2026-11-22T12:00:05.000000Z"

    def on(host, at_s):
        asked = {"host": host, "at": f"2026-11-22T12:00:0{at_s}Z"}
        return client.get("/v1/attachments", params=asked).json()["items"]

    assert on("compute-2", 4) == on("compute-1", 6) == []
    assert on("compute-1", 4) == on("compute-2", 6)
    (found,) = on("compute-2", 6)
    assert found["compute_host"] == "compute-2"
    assert found["hosts"] == [
        {"compute_host": "compute-1", "since_at": None, "until_at": moved_at},
        {"compute_host": "compute-2", "since_at": moved_at, "until_at": None},
    ]
    page = client.get("/ui/find", params={"q": "port-1"}).text
    assert f'compute-1</a> <small>until <time datetime="{moved_at}"' in page
    # The page finds what was on a host, too.
    asked = {"q": "compute-2", "at": "2026-11-22T12:00:06Z"}
    assert 'title="port-1"' in client.get("/ui/find", params=asked).text
    assert 'title="port-1"' in client.get("/ui/find", params={"q": "compute-2"}).text
    asked["at"] = "2026-11-22T12:00:04Z"
    assert "No NIC is known here then" in client.get("/ui/find", params=asked).text


def test_operations(client):
    answer = client.get("/v1/operations", params={"status": "failed"})
    assert [each["error_class"] for each in answer.json()["items"]] == ["PortInUse"]


@pytest.mark.parametrize(
    ("at", "count"), [("2026-11-22T12:00:00Z", 0), ("2026-11-22T12:00:01Z", 1)]
)
def test_attachments_at_a_moment(client, at, count):
    answer = client.get("/v1/attachments", params={"ip": "192.0.2.7", "at": at})
    assert len(answer.json()["items"]) == count


def test_dead_letters(client):
    (letter,) = client.get("/v1/dead-letters").json()["items"]
    assert client.get(f"/v1/dead-letters/{letter['id']}").json() == letter
    missing = client.get("/v1/dead-letters/99")
    assert missing.status_code == 404
    assert missing.json()["detail"] == "there is no dead letter 99"


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/v1/events?ip=1.2.3", "'1.2.3' is not an IP address; write one such as"),
        ("/v1/events?mac=aunt", "'aunt' is not a MAC address"),
        ("/v1/events?since=yesterday", "'yesterday' is not a time"),
        ("/v1/attachments?at=2026-11-03T14:03", "has no time zone; add Z for UTC"),
        ("/v1/events?instnace=x", "there is no parameter instnace"),
        ("/v1/events?limit=0", "parameter limit: input should be greater than or equal to 1"),
        ("/v1/events?phase=middle", "parameter phase: input should be 'start', 'end' or 'error'"),
        ("/v1/events?order=up", "parameter order"),
        ("/v1/operations?cursor=x", "is not a cursor"),
        ("/v1/dead-letters/aunt", "parameter letter_id"),
        (f"/v1/dead-letters/{2**63}", "parameter letter_id: input should be less than"),
        (f"/v1/events?cursor={write_cursor(2**63)}", "is not a cursor"),
        (f"/v1/dead-letters?cursor={write_cursor(-(2**63) - 1)}", "is not a cursor"),
    ],
)
def test_bad_parameter_is_a_problem_in_a_sentence(client, path, sentence):
    answer = client.get(path)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert sentence in answer.json()["detail"]
    assert answer.json()["code"] in {"value_invalid", "request_invalid"}


def test_largest_number_is_only_not_there(client):
    assert client.get(f"/v1/dead-letters/{2**63 - 1}").status_code == 404


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 200),
        ("/healthz", 200),
        ("/v1/events", 200),
        ("/ui/static/any/site.js", 200),
        ("/v1/events?limit=0", 422),
        ("/nothing", 404),
    ],
)
def test_head_answers_as_get_without_a_body(client, path, status):
    # httpx counts what it has decompressed.
    client.headers["accept-encoding"] = "identity"
    asked, headed = client.get(path), client.head(path)
    assert headed.status_code == asked.status_code == status
    assert headed.headers["content-length"] == str(len(asked.content))
    assert headed.headers["content-type"] == asked.headers["content-type"]
    assert headed.content == b""


def test_head_sends_no_byte_after_the_headers(server):
    address = httpx.URL(server.url)
    with socket.create_connection((address.host, address.port)) as connection:
        connection.sendall(b"HEAD / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        with connection.makefile("rb") as answer:
            assert answer.read().endswith(b"\r\n\r\n")


def test_head_gets_the_status_of_readyz(client, until):
    until(lambda: client.head("/readyz").status_code == 200)


@pytest.mark.parametrize("path", ["/nothing", "/v1/nothing", "/docs", "/ui/static/any/nothing"])
def test_what_is_not_there_is_a_problem(client, path):
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_health_says_how_ingest_is(client, until):
    until(lambda: client.get("/readyz").status_code == 200)
    found = client.get("/healthz").json()
    assert found["status"] == "ok"
    assert found["ingest"]["broker"] == "the broker inside this process"
    assert found["store"]["last_event_id"] == 3


def test_health_and_ready_report_an_unreachable_broker(serve, until):
    server = serve("rabbit://guest:s3cret@127.0.0.1:1/")
    until(lambda: server.state.problem)
    health = httpx.get(f"{server.url}healthz")
    ready = httpx.get(f"{server.url}readyz")
    assert (health.status_code, ready.status_code) == (200, 503)
    assert health.json()["status"] == "degraded"
    assert "127.0.0.1:1 (connection refused)" in health.json()["ingest"]["problem"]
    assert "s3cret" not in health.text


def test_metrics_are_in_prometheus_format(client):
    answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    assert 'vifcast_notifications_total{broker="default",outcome="stored"} 0.0' in answer.text


def test_store_that_fails_is_a_problem_with_503(server, client):
    with server.store._writer.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE event RENAME TO lost")
    answer = client.get("/v1/events")
    assert answer.status_code == 503
    assert "no such table: event" in answer.json()["detail"]
    assert client.get("/healthz").json()["store"]["problem"]


@pytest.mark.parametrize("host", ["evil.example:8733", "[::1", "", "localhost@evil.example"])
def test_other_host_names_are_refused(client, host):
    answer = client.get("/v1/events", headers={"host": host})
    assert answer.status_code == 403
    assert answer.json()["code"] == "host_refused"
    assert client.get("/v1/events", headers={"host": "localhost:8733"}).status_code == 200


@pytest.mark.parametrize("path", ["/", "/v1/events", "/nothing", "/ui/static/any/site.js"])
def test_every_answer_has_the_security_headers(client, path):
    headers = client.get(path).headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"


def test_page_shows_what_there_is_without_running_it(client):
    html = client.get("/ui/").text
    assert "192.0.2.7" in html
    assert "PortInUse" in html
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert" in html
    assert "style=" not in html


def test_pages_show_events_without_an_operation(serve):
    server = serve("memory://")
    nic = Nic(port_id="port-1", mac_address="fa:16:3e:00:00:01")
    born = Nic(instance_id="instance-1", mac_address="fa:16:3e:00:00:02")
    server.store.write(
        [
            make_sighting(nics=(nic,), compute_host=None, instance_name=None),
            make_sighting(action="create", nics=(born,)),
            make_sighting(action="delete", at_s=5, instance_id="instance-1"),
        ],
        [],
    )
    with httpx.Client(base_url=server.url) as client:
        html = client.get("/ui/servers/instance-1").text + client.get("/ui/ports/port-1").text
    assert "None" not in html
    for action in ("port free", "server created", "server deleted"):
        assert f">{action}</span>" in html


@pytest.mark.parametrize(
    ("query", "kind"),
    [
        ("192.0.2.7", "IP address"),
        ("FA-16-3E-00-00-01", "MAC address"),
        ("port-1", "port"),
        ("instance-1", "server id"),
    ],
)
def test_search_box_takes_whatever_one_has(client, query, kind):
    html = client.get("/ui/find", params={"q": query}).text
    assert f'<span class="soft">{kind}</span>' in html
    assert '<span class="tag good">attached</span>' in html


def test_search_at_a_moment(client):
    before = client.get("/ui/find", params={"q": "192.0.2.7", "at": "2026-11-22T11:00Z"})
    assert "Nobody is known to have had it then" in before.text
    bad = client.get("/ui/find", params={"q": "192.0.2.7", "at": "noon"})
    assert bad.status_code == 422
    assert "is not a time" in bad.text


def test_everything_the_page_loads_is_here(client):
    for path in ("site.css", "site.js", "htmx-2.0.11.min.js", "icon.svg", "htmx-LICENSE.txt"):
        assert client.get(f"/ui/static/any/{path}").status_code == 200


def test_openapi_document_is_the_one_agreed_on(client):
    """Set beside the code so that a change of the API is seen in review.

    A wanted change: write what the assertion shows to openapi.json.
    """
    assert client.get("/openapi.json").json() == json.loads(SNAPSHOT.read_text())


def test_mistake_of_ours_is_a_problem_too(server, client, monkeypatch):
    monkeypatch.setattr(server.store, "events", lambda *_, **__: 1 / 0)
    answer = client.get("/v1/events")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert answer.headers["content-type"] == "application/problem+json"
