"""Every endpoint, asked by everybody, for what is theirs and what is not."""

import re
from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest
from fastapi.routing import iter_route_contexts
from subscribed import subscribe

from ledger_events import T0, make_event
from vifcast import times
from vifcast.gap import Gap, GapNote, GapReason
from vifcast.model import DeadLetter, FixedIp, Nic, Source
from vifcast.representation import DETAILS
from vifcast.store import Replaying
from vifcast.subscription.subscription import Owner
from vifcast.token import Role, new_token

# Of project one; none has the other id.
SUBSCRIPTION = "00000000-0000-4000-8000-00000000000a"
NO_SUBSCRIPTION = "00000000-0000-4000-8000-00000000000b"

# What each asks for. "project": its rows, of which a project's own users see their own;
# "system": who sees everything; "all": everybody, known or not; "one": what project one sees.
ENDPOINTS = {
    "/": "all",
    "/v1": "all",
    "/healthz": "all",
    "/readyz": "all",
    "/openapi.json": "all",
    "/v1/schemas": "all",
    "/v1/schemas/io.vifcast.interface.attached": "all",
    "/v1/events": "project",
    "/v1/operations": "project",
    "/v1/attachments": "project",
    "/v1/stream": "project",
    "/v1/gaps": "project",
    "/v1/hosts": "system",
    "/v1/dead-letters": "system",
    "/v1/dead-letters/1": "system",
    "/v1/processes": "system",
    "/v1/reconciliations": "system",
    "/v1/reconciliations/1": "system",
    "/v1/subscriptions": "project",
    f"/v1/subscriptions/{SUBSCRIPTION}": "one",
    f"/v1/subscriptions/{SUBSCRIPTION}/replays": "one",
    "/v1/replays/1": "one",
    "/v1/deliveries": "project",
    "/v1/deliveries/1": "one",
    "/v1/deliveries/1/attempts": "one",
    "/v1/statistics": "project",
    "/v1/instances/instance-one/timeline": "one",
    "/v1/ports/port-one/timeline": "one",
    "/metrics": "system",
}
# What changes something: admins only. None of these is there, or is valid.
WRITES = {
    ("POST", "/v1/dead-letters/retry"): 422,
    ("POST", "/v1/dead-letters/purge"): 422,
    ("POST", "/v1/dead-letters/99/retry"): 404,
    ("DELETE", "/v1/dead-letters/99"): 404,
    ("POST", "/v1/reconciliations"): 422,
}
# What members change in their project, and admins everywhere. None of these is there, or is valid.
WRITES_OF_MEMBERS = {
    ("POST", "/v1/subscriptions"): 422,
    ("PATCH", f"/v1/subscriptions/{NO_SUBSCRIPTION}"): 404,
    ("DELETE", f"/v1/subscriptions/{NO_SUBSCRIPTION}"): 404,
    ("POST", f"/v1/subscriptions/{NO_SUBSCRIPTION}/pause"): 404,
    ("POST", f"/v1/subscriptions/{NO_SUBSCRIPTION}/resume"): 404,
    ("POST", f"/v1/subscriptions/{NO_SUBSCRIPTION}/test"): 404,
    ("POST", f"/v1/subscriptions/{NO_SUBSCRIPTION}/rotate-secret"): 404,
    ("POST", f"/v1/subscriptions/{NO_SUBSCRIPTION}/recover"): 422,
    ("POST", f"/v1/subscriptions/{NO_SUBSCRIPTION}/replays"): 422,
    ("POST", "/v1/deliveries/redeliver"): 422,
    ("POST", "/v1/deliveries/99/redeliver"): 404,
    ("DELETE", "/v1/replays/99"): 404,
}
BODIES = {"/v1/subscriptions": {"url": "http://10.0.0.5/"}}
MEMBERS = {"member of one", "admin of the system"}
# 405, or else they would be of an id.
REFUSED = {
    (method, f"/v1/dead-letters/{name}")
    for method in ("GET", "DELETE")
    for name in ("retry", "purge")
} | {("GET", "/v1/deliveries/redeliver")}
# Of these, the rows are of projects.
ROWS = ("/v1/events", "/v1/operations", "/v1/attachments")

# Who asks: role and project; None is the whole system.
CALLERS = {
    "reader of one": (Role.READER, "one"),
    "member of one": (Role.MEMBER, "one"),
    "reader of two": (Role.READER, "two"),
    "reader of the system": (Role.READER, None),
    "member of the system": (Role.MEMBER, None),
    "admin of the system": (Role.ADMIN, None),
}
OF_SYSTEM = [name for name, (_, project) in CALLERS.items() if project is None]
OF_PROJECT = [name for name in CALLERS if name not in OF_SYSTEM]


def rows_of(project):
    of_it = {
        "project_id": project,
        "instance_id": f"instance-{project}",
        "port_id": f"port-{project}",
        "operation_id": f"operation-{project}",
        "fixed_ips": (FixedIp("192.0.2.7", 4, None),),
        "payload": {"host": "compute-1", "of": project},
        "notes": ("compute-1 is odd",),
        "error_class": "LibvirtError",
        "error_message": "unable to connect to server at compute-1:16509",
        "nics": (Nic(port_id=f"port-{project}", device_name="tap1"),),
    }
    return [make_event(phase="start", at_s=0, **of_it), make_event(phase="end", at_s=1, **of_it)]


@pytest.fixture(scope="module")
def served(module_serve):
    server = module_serve("memory://", api__auth="token")
    letter = DeadLetter(
        reason_code="not_json", reason="no", routing_key="notifications.info", size=1,
        sha256="00", body=b"?", is_whole=False, received_at=T0,
    )  # fmt: skip
    server.store.start_reconciliation(
        times.now(), cloud="test", project_id=None, fixes=False, requested_by="somebody"
    )
    owner = Owner(name="member", user_id=None, project_id="one", is_system=False,
                  roles=("member", "reader"))  # fmt: skip
    subscribe(server.store, id=SUBSCRIPTION, project_id="one", owner=owner, state="paused")
    day = timedelta(days=1)
    Replaying(server.store).start(SUBSCRIPTION, T0 - day, T0 + day, "member", times.now())
    server.store.write([*rows_of("one"), *rows_of("two"), *rows_of(None)], [letter])
    return server


@pytest.fixture(scope="module")
def clients(served) -> Iterator[dict[str, httpx.Client]]:
    clients = {"nobody": httpx.Client(base_url=served.url)}
    for name, (role, project) in CALLERS.items():
        token, text = new_token(name, role, project, times.now(), None)
        served.store.add_token(token)
        headers = {"authorization": f"Bearer {text}"}
        clients[name] = httpx.Client(base_url=served.url, headers=headers)
    yield clients
    for client in clients.values():
        client.close()


def test_every_endpoint_is_in_the_table(served):
    there = {
        (method, route.path)
        for route in iter_route_contexts(served._http._server.config.app.routes)
        for method in route.methods or ()
        if method != "HEAD" and (method, route.path) not in REFUSED
    }
    shown = {path for method, path in there if method == "GET"}
    for path in list(shown):
        if path.startswith("/ui/static"):
            shown.discard(path)
    assert shown - {"/v1/"} == {template(path) for path in ENDPOINTS}
    changes = {(method, path) for method, path in there if method != "GET"}
    assert changes == {(method, template(path)) for method, path in (*WRITES, *WRITES_OF_MEMBERS)}


def template(path):
    path = path.partition("?")[0].replace("/instance-one/", "/{instance_id}/")
    path = path.replace("/port-one/", "/{port_id}/")
    path = re.sub(r"/[0-9a-f]{8}-[0-9a-f-]{27}(?=/|$)", "/{subscription_id}", path)
    path = re.sub(r"/io\.vifcast\.[a-z.]+$", "/{message_type}", path)
    kinds = {"reconciliations": "reconciliation", "deliveries": "delivery", "replays": "replay"}
    name = kinds.get(path.split("/")[2] if path.count("/") > 1 else "", "letter")
    return re.sub(r"/\d+(?=/|$)", f"/{{{name}_id}}", path)


@pytest.mark.parametrize("path", ENDPOINTS)
@pytest.mark.parametrize("caller", ["nobody", *CALLERS])
def test_who_is_answered(clients, path, caller):
    with clients[caller].stream("GET", path) as answer:
        # A stream has no end.
        if not answer.headers.get("content-type", "").startswith("text/event-stream"):
            answer.read()
    asks = ENDPOINTS[path]
    if asks == "all":
        assert answer.status_code == 200
    elif caller == "nobody":
        assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
        assert answer.headers["www-authenticate"].startswith("Bearer ")
    elif asks == "system" and caller in OF_PROJECT:
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
        assert "does not allow this to token" in answer.json()["detail"]
    elif asks == "one" and CALLERS[caller][1] == "two":
        assert answer.status_code == 404
    else:
        assert answer.status_code in {200, 204}


@pytest.mark.parametrize(("method", "path"), WRITES)
@pytest.mark.parametrize("caller", ["nobody", *CALLERS])
def test_who_changes_something(clients, method, path, caller):
    content = {"json": {"strange": 1}} if WRITES[method, path] == 422 else {}
    answer = clients[caller].request(method, path, **content)
    valid = {"json": {}} if content else {}
    if caller == "nobody":
        assert answer.status_code == 401
    elif caller == "admin of the system":
        assert answer.status_code == WRITES[method, path]
    else:
        assert clients[caller].request(method, path, **valid).status_code == 403


@pytest.mark.parametrize(("method", "path"), WRITES)
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"strange": 1}'])
def test_who_may_not_change_anything_is_refused_whatever_the_body(clients, method, path, body):
    headers = {"content-type": "application/json"}
    for caller in set(CALLERS) - {"admin of the system"}:
        for at in (path, path.replace("99", "ninety-nine")):
            answer = clients[caller].request(method, at, content=body, headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), at


@pytest.mark.parametrize(("method", "path"), WRITES_OF_MEMBERS)
@pytest.mark.parametrize("caller", ["nobody", *CALLERS])
def test_who_changes_something_of_a_project(clients, method, path, caller):
    body = None if path.endswith(("pause", "resume", "test")) else BODIES.get(path, {})
    answer = clients[caller].request(method, path, json=body)
    if caller == "nobody":
        assert answer.status_code == 401
    elif caller in MEMBERS:
        assert answer.status_code == WRITES_OF_MEMBERS[method, path]
    else:
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


@pytest.mark.parametrize(("method", "path"), WRITES_OF_MEMBERS)
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"strange": 1}'])
def test_who_may_not_change_a_project_is_refused_whatever_the_body(clients, method, path, body):
    headers = {"content-type": "application/json"}
    for caller in set(CALLERS) - MEMBERS:
        answer = clients[caller].request(method, path, content=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), caller


@pytest.mark.parametrize("caller", OF_PROJECT)
@pytest.mark.parametrize(
    "path", ["/v1/instances/instance-{}/timeline", "/v1/ports/port-{}/timeline"]
)
def test_a_project_sees_the_timeline_of_its_own_alone(clients, caller, path):
    own = CALLERS[caller][1]
    answer = clients[caller].get(path.format(own))
    kinds = {each["kind"] for each in answer.json()["items"]}
    assert {"operation", "attachment"} <= kinds
    for hidden in ("compute-1", "tap1", *(f'"{name}"' for name in DETAILS)):
        assert hidden not in answer.text
    for other in {"one", "two", None} - {own}:
        refused = clients[caller].get(path.format(other))
        unknown = clients[caller].get(path.format("nobody"))
        assert refused.status_code == unknown.status_code == 404
        assert (
            refused.json()["detail"].partition("'")[0] == unknown.json()["detail"].partition("'")[0]
        )


@pytest.mark.parametrize("caller", OF_PROJECT)
def test_a_project_counts_its_own_operations_alone(clients, caller):
    asked = {"since": "2026-11-01T00:00:00Z", "until": "2026-12-01T00:00:00Z"}
    (found,) = clients[caller].get("/v1/statistics", params=asked).json()["items"]
    assert found["total"]["succeeded"] == 1
    assert clients[caller].get("/v1/statistics", params=asked | {"project": "x"}).status_code == 403
    for name, value in (("group_by", "host"), ("host", "compute-1")):
        refused = clients[caller].get("/v1/statistics", params=asked | {name: value})
        assert refused.status_code == 403
        assert refused.json()["detail"].startswith(f"parameter {name}: '{value}' asks by compute")


@pytest.mark.parametrize("path", ROWS)
@pytest.mark.parametrize("caller", OF_PROJECT)
def test_csv_has_the_same_columns_for_all_and_no_more_rows(clients, path, caller):
    accept = {"accept": "text/csv"}
    head, *lines = clients[caller].get(path, headers=accept).text.splitlines()
    of_admin = clients["admin of the system"].get(path, headers=accept).text.splitlines()
    assert head == of_admin[0]
    assert len(lines) == len(clients[caller].get(path).json()["items"])
    assert "compute-1" not in "".join(lines)


@pytest.mark.parametrize("path", ROWS)
@pytest.mark.parametrize("caller", OF_PROJECT)
def test_a_project_sees_its_own_and_no_detail_of_the_cloud(clients, path, caller):
    own = CALLERS[caller][1]
    answer = clients[caller].get(path)
    assert answer.json()["items"]
    assert {each["project_id"] for each in answer.json()["items"]} == {own}
    assert clients[caller].get(path, params={"project": own}).json() == answer.json()
    for hidden in ("compute-1", "tap1", *(f'"{name}"' for name in DETAILS)):
        assert hidden not in answer.text
    for other in {"one", "two"} - {own}:
        asked = clients[caller].get(path, params={"project": other})
        assert asked.status_code == 403
        assert f"the token is for project {own}" in asked.json()["detail"]
        by_id = clients[caller].get(path, params={"instance": f"instance-{other}"})
        assert by_id.json()["items"] == []
    of_none = clients[caller].get(path, params={"instance": "instance-None"})
    assert of_none.json()["items"] == []


@pytest.mark.parametrize("path", [*ROWS, "/v1/gaps"])
@pytest.mark.parametrize("caller", OF_PROJECT)
def test_a_project_cannot_search_by_what_it_cannot_see(clients, path, caller):
    answer = clients[caller].get(path, params={"host": "compute-1"})
    assert answer.status_code == 403
    assert "Nova shows compute hosts to admins only" in answer.json()["detail"]


@pytest.mark.parametrize("caller", OF_PROJECT)
def test_a_project_sees_when_something_may_be_missing_but_not_where(served, clients, caller):
    at = {"at": "2026-11-22T12:00:05Z"}
    for path in ("/v1/gaps", "/v1/attachments"):
        answer = clients[caller].get(path, params=at)
        assert answer.status_code == 200
        for gap in answer.json().get("gaps", answer.json()["items"]):
            assert not gap.keys() & DETAILS


@pytest.mark.parametrize("path", ROWS)
@pytest.mark.parametrize("caller", OF_SYSTEM)
def test_the_system_sees_all_and_everything_of_it(clients, path, caller):
    answer = clients[caller].get(path)
    assert {each["project_id"] for each in answer.json()["items"]} == {"one", "two", None}
    assert all("compute_host" in each for each in answer.json()["items"])
    of_two = clients[caller].get(path, params={"project": "two", "host": "compute-1"}).json()
    assert {each["project_id"] for each in of_two["items"]} == {"two"}


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_names_broker_and_database_to_the_system_alone(clients, path):
    for caller in ("nobody", *OF_PROJECT):
        assert clients[caller].get(path).json().keys() == {"status", "version"}
    for caller in OF_SYSTEM:
        assert "broker" in clients[caller].get(path).json()["ingest"]


def test_unknown_token_does_not_close_what_is_open(served):
    headers = {"authorization": "Bearer vfc_a_b"}
    assert httpx.get(f"{served.url}healthz", headers=headers).status_code == 200
    assert httpx.get(f"{served.url}v1/events", headers=headers).status_code == 401


def test_metrics_count_requests_by_route_and_who_was_refused(clients):
    nobody, admin = clients["nobody"], clients["admin of the system"]

    def value(name, **labels):
        shown = ",".join(f'{label}="{of}"' for label, of in labels.items())
        for line in admin.get("/metrics").text.splitlines():
            if line.startswith(f"{name}{{{shown}}} "):
                return float(line.split()[-1])
        return 0.0

    refused = value("vifcast_authentication_failures_total", reason="not_authenticated")
    letters = {"route": "/v1/dead-letters/{letter_id}", "status": "200"}
    shown = value("vifcast_http_requests_total", **letters)
    strange = value("vifcast_http_requests_total", route="none", status="404")
    assert nobody.get("/v1/events").status_code == 401
    assert admin.get("/v1/dead-letters/1").status_code == 200
    assert admin.get("/strange/path").status_code == 404
    assert value("vifcast_authentication_failures_total", reason="not_authenticated") == refused + 1
    assert value("vifcast_http_requests_total", **letters) == shown + 1
    assert value("vifcast_http_requests_total", route="none", status="404") == strange + 1
    assert value("vifcast_http_request_seconds_count", route=letters["route"]) > 0
    assert value("vifcast_database_connections", state="in_use") >= 0


@pytest.mark.parametrize("caller", OF_PROJECT)
def test_a_project_does_not_see_that_single_hosts_are_silent(served, clients, caller):
    note = GapNote(
        "host:compute-9",
        Gap(
            from_at=T0, to_at=T0 + timedelta(hours=1), reason=GapReason.HOST_SILENT,
            sources=(Source.VIFCAST_NOVA,), hosts=("compute-9",), detail="compute-9 was silent",
        ),
    )  # fmt: skip
    served.store.keep_gaps("vifcast", [note], {})
    listed = {"reason": "host_silent"}
    assert clients["reader of the system"].get("/v1/gaps", params=listed).json()["items"]
    assert clients[caller].get("/v1/gaps", params=listed).json()["items"] == []


def test_steps_of_a_timeline_are_of_the_projects_own_events(served, clients):
    foreign = make_event(
        phase="end", at_s=1, project_id=None, instance_id="instance-one", port_id="port-one",
        operation_id="operation-one", source=Source.NOVA_VERSIONED, message_id="of-nobody",
    )  # fmt: skip
    served.store.write([foreign], [])
    path = "/v1/instances/instance-one/timeline"
    assert "of-nobody" in clients["reader of the system"].get(path).text
    assert "of-nobody" not in clients["reader of one"].get(path).text
