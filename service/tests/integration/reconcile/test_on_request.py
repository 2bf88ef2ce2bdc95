"""Comparisons with the cloud that are asked for over HTTP."""

import datetime as dt
import threading

import httpx
import pytest

from database_fixtures import EVERY_DATABASE
from reconciled import attach, open_nics
from vifcast import times
from vifcast.reconcile import on_request
from vifcast.reconciliation import ReconciliationState

pytestmark = pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")

ASKED = {"cloud": "test", "project_id": None, "fixes": True, "requested_by": "somebody"}


@pytest.fixture
def server(cloud, serve):
    server = serve("memory://", reconcile__cloud="test", reconcile__settle_s=0)
    server.store.write([attach(1)], [])
    cloud.add(2, "server-2")
    return server


@pytest.fixture
def client(server):
    with httpx.Client(base_url=server.url) as client:
        yield client


@pytest.fixture
def ended(client, until):
    def wait(answer):
        assert answer.status_code == 202, answer.text
        path = answer.headers["location"]
        until(lambda: client.get(path).json()["state"] != "running", timeout_s=60)
        return client.get(path).json()

    return wait


def test_dry_run_lists_what_differs_and_changes_nothing(server, client, ended):
    found = ended(client.post("/v1/reconciliations", json={}))
    assert (found["state"], found["step"], found["error"]) == ("succeeded", "done", None)
    report = found["report"]
    assert [each["nic"] for each in report["missing"]] == ["port-2"]
    assert [each["nic"] for each in report["stale"]] == ["port-1"]
    assert (report["differences"], report["fixed"]) == (2, 0)
    assert set(open_nics(server.store)) == {"port-1"}
    assert client.get("/v1/reconciliations").json()["items"] == [found]


def test_fix_corrects_the_ledger(server, client, ended, cloud):
    server.store.write([attach(3, server="server-2")], [])
    cloud.add(3, "server-2")
    found = ended(client.post("/v1/reconciliations", json={"fix": True}))
    assert (found["state"], found["report"]["fixed"]) == ("succeeded", 2)
    assert set(open_nics(server.store)) == {"port-2", "port-3"}


def test_failure_says_why(client, ended):
    found = ended(client.post("/v1/reconciliations", json={"project": "nobody's"}))
    assert found["state"] == "failed"
    assert "has no server of project nobody's" in found["error"]


def test_one_runs_at_a_time(server, client, ended, monkeypatch):
    goes_on = threading.Event()
    find = on_request.find_differences
    monkeypatch.setattr(
        on_request, "find_differences", lambda *asked: goes_on.wait(60) and find(*asked)
    )
    first = client.post("/v1/reconciliations", json={})
    second = client.post("/v1/reconciliations", json={})
    assert (second.status_code, second.json()["code"]) == (409, "reconciliation_running")
    assert second.headers["location"] == first.headers["location"]
    goes_on.set()
    assert ended(first)["state"] == "succeeded"
    assert ended(client.post("/v1/reconciliations", json={}))["state"] == "succeeded"


def test_without_a_cloud_it_is_refused(serve):
    answer = httpx.post(f"{serve('memory://').url}v1/reconciliations", json={})
    assert (answer.status_code, answer.json()["code"]) == (409, "reconcile_unconfigured")


@EVERY_DATABASE
def test_one_whose_process_ended_makes_room_after_a_minute(store):
    now = times.now()
    later = now + dt.timedelta(seconds=61)
    first, _ = store.start_reconciliation(now, **ASKED)
    assert store.start_reconciliation(now, **ASKED) == (first, False)
    assert store.reconciliation(first, now).state is ReconciliationState.RUNNING
    assert store.reconciliation(first, later).state is ReconciliationState.INTERRUPTED
    second, is_new = store.start_reconciliation(later, **ASKED)
    assert is_new
    assert store.reconciliation(first, now).state is ReconciliationState.INTERRUPTED
    # Its process was only slow: it is heard no more.
    store.update_reconciliation(first, state=ReconciliationState.SUCCEEDED)
    assert store.reconciliation(first, now).state is ReconciliationState.INTERRUPTED
    page = store.reconciliations(later, limit=1)
    assert [each.id for each in page.items] == [second]
    page = store.reconciliations(later, limit=1, cursor=page.next_cursor)
    assert [each.id for each in page.items] == [first]


@EVERY_DATABASE
def test_the_newest_hundred_are_kept(store):
    now = times.now()
    for _ in range(103):
        number, _ = store.start_reconciliation(now, **ASKED)
        store.update_reconciliation(number, state=ReconciliationState.FAILED)
    assert len(store.reconciliations(now, limit=200).items) == 100
