"""The ledger is corrected by itself once a gap has closed."""

import datetime as dt
import json
import subprocess
import sys
import threading
from contextlib import closing

import pytest
from click.testing import CliRunner

from fake_cloud import OWN_PROJECT
from publisher import Publisher
from reconciled import attach, open_nics
from vifcast import times
from vifcast.cli import main
from vifcast.config import ReconcileSettings, load_settings
from vifcast.errors import CloudError, ConfigError, ReconcileError
from vifcast.gap import Gap, GapNote, GapReason
from vifcast.model import Source
from vifcast.reconcile import after_gap
from vifcast.reconcile.after_gap import Reconciler, keep_reconciling
from vifcast.reconcile.cloud import CloudReader
from vifcast.store import EventQuery, GapQuery

# openstacksdk 4.18 says it of what it does itself, whatever it is asked.
pytestmark = pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")

SETTINGS = ReconcileSettings(clouds={None: "test"}, after_gap=True, settle_s=0.0)


@pytest.fixture
def reconciler(store):
    return Reconciler(store, SETTINGS, lambda _seconds: False)


@pytest.fixture
def keep(store):
    def note(subject="queue:vifcast:nova", *, is_open=False, before_s=60):
        now = times.now()
        gap = Gap(
            from_at=now - dt.timedelta(seconds=before_s + 10),
            to_at=None if is_open else now - dt.timedelta(seconds=before_s),
            reason=GapReason.DISCONNECTED,
            sources=(Source.HAND_PATCH,),
            hosts=None,
            detail="lost",
        )
        store.keep_gaps("vifcast", [GapNote(subject, gap)], {})

    return note


def reconciled(store):
    page = store.gaps(GapQuery(), now=times.now())
    return [each.reconciled_at is not None for each in page.items]


def test_nothing_is_read_as_long_as_no_gap_has_closed(cloud, store, reconciler, keep):
    cloud.on_request = lambda path: pytest.fail(f"the cloud was asked for {path}")
    assert reconciler.run_once()
    keep(is_open=True)
    assert reconciler.run_once()
    assert reconciled(store) == [False]


def test_gaps_that_have_closed_are_reconciled_in_one_run(cloud, store, reconciler, keep):
    cloud.add(1)
    cloud.add(2)
    store.write([attach(1), attach(3)], [])
    for name in ("nova", "neutron"):
        keep(f"queue:vifcast:{name}")
    keep("queue:vifcast:other", is_open=True, before_s=90)
    asked = []
    cloud.on_request = asked.append
    assert reconciler.run_once()
    assert set(open_nics(store)) == {"port-1", "port-2"}
    assert sorted(reconciled(store)) == [False, True, True]
    assert len([path for path in asked if "servers/detail" in path]) == 1
    assert reconciler.run_once()
    assert len([path for path in asked if "servers/detail" in path]) == 1


def test_gap_that_closes_after_the_cloud_was_read_waits_for_the_next_run(
    cloud, store, reconciler, keep
):
    cloud.add(1)
    store.write([attach(1)], [])
    keep()
    cloud.on_request = lambda _path: keep("queue:vifcast:neutron", before_s=-60)
    assert reconciler.run_once()
    assert sorted(reconciled(store)) == [False, True]


def test_nics_that_are_changing_are_looked_at_again_before_the_gap_is_reconciled(
    cloud, store, reconciler, keep
):
    cloud.add(1)
    cloud.add(2, server="server-2")
    keep()
    cloud.servers[1]["OS-EXT-STS:task_state"] = "spawning"
    assert not reconciler.run_once()
    assert (set(open_nics(store)), reconciled(store)) == ({"port-1"}, [False])
    # By then another one is: it was no difference when the gap was over.
    cloud.servers[1]["OS-EXT-STS:task_state"] = None
    cloud.add(3, server="server-3")
    cloud.servers[2]["OS-EXT-STS:task_state"] = "spawning"
    assert reconciler.run_once()
    assert (set(open_nics(store)), reconciled(store)) == ({"port-1", "port-2"}, [True])


def test_cloud_that_does_not_answer_changes_nothing(cloud, store, reconciler, keep, tmp_path):
    cloud.clouds_yaml(tmp_path, api_timeout=1)
    store.write([attach(1)], [])
    keep()
    cloud.broken["/compute/v2.1/servers/detail"] = lambda handler: handler.answer(500, {})
    with pytest.raises(CloudError):
        reconciler.run_once()
    assert (set(open_nics(store)), reconciled(store)) == ({"port-1"}, [False])


def test_credentials_that_do_not_show_all_reconcile_nothing(cloud, store, reconciler, keep):
    cloud.is_admin = False
    cloud.add(1, project=OWN_PROJECT)
    keep()
    with pytest.raises(ReconcileError):
        reconciler.run_once()
    assert reconciled(store) == [False]


def test_thread_tries_again_until_the_cloud_answers(cloud, store, keep, until, monkeypatch, caplog):
    monkeypatch.setattr(after_gap, "_LOOK_S", 0.05)
    monkeypatch.setattr(after_gap, "_FIRST_PAUSE_S", 0.05)
    monkeypatch.setattr(after_gap, "_MAX_PAUSE_S", 0.1)
    caplog.set_level("INFO", "vifcast")
    failures = []

    def breaks(handler):
        failures.append(handler.path)
        handler.answer(403, {"error": {"code": 403, "message": "no"}})

    cloud.add(1)
    cloud.broken["/network/v2.0/ports"] = breaks
    keep()
    stopping = threading.Event()
    thread = threading.Thread(target=keep_reconciling, args=(store, SETTINGS, None, stopping))
    thread.start()
    try:
        until(lambda: len(failures) > 2)
        assert reconciled(store) == [False]
        cloud.broken.clear()
        until(lambda: reconciled(store) == [True])
    finally:
        stopping.set()
        thread.join(20)
    assert set(open_nics(store)) == {"port-1"}
    warnings = [record for record in caplog.records if record.levelname == "WARNING"]
    assert len(warnings) == 1
    assert "not reconciled after a gap, trying again: cloud test: " in warnings[0].message
    assert "reconciled with cloud test after 1 gaps: 1 NICs in the cloud, 0 in the ledger, 1 " in (
        caplog.text
    )


def test_serve_reconciles_once_the_broker_is_back(
    cloud, serve, private_rabbitmq, until, monkeypatch
):
    monkeypatch.setattr(after_gap, "_LOOK_S", 0.2)
    with closing(Publisher(private_rabbitmq.url("/"))):
        server = serve(
            private_rabbitmq.transport_url("/"),
            reconcile__cloud="test",
            reconcile__after_gap=True,
            reconcile__settle_s=0,
        )
        until(lambda: "nova" in server.store.bindings_of("vifcast", [])[0])
    cloud.add(1)
    private_rabbitmq.restart()
    with closing(Publisher(private_rabbitmq.url("/"))):
        until(lambda: reconciled(server.store) and all(reconciled(server.store)), 60)
    assert set(open_nics(server.store)) == {"port-1"}


def test_fix_of_the_whole_cloud_reconciles_the_gaps(cloud, store, found, keep):
    cloud.add(1)
    keep()
    found(code=1)
    found("--fix", "--project", "project-1", code=0)
    assert reconciled(store) == [False]
    found("--fix")
    assert reconciled(store) == [True]


def test_after_gap_needs_a_cloud():
    with pytest.raises(ConfigError, match="no cloud is set: set cloud to the name of one in"):
        load_settings(overrides={"reconcile.after_gap": True})
    assert not load_settings(overrides={"reconcile.cloud": "one"}).reconcile.after_gap


@pytest.mark.parametrize("is_there", [True, False], ids=["nic is there", "nic is not there"])
@pytest.mark.parametrize("action", ["attach", "detach"])
def test_operation_that_was_interrupted_is_settled(
    cloud, store, found, interrupted, action, is_there
):
    if is_there:
        cloud.add(1)
    # One that is well: the ledger is that of this cloud.
    cloud.add(2, server="server-2")
    store.write([attach(2, "server-2"), *interrupted(action)], [])
    assert ("port-1" in open_nics(store)) == (action == "detach")
    report = found("--fix")
    assert report["fixed"] == (is_there != (action == "detach"))
    assert ("port-1" in open_nics(store)) == is_there
    sources = [each.source for each in store.events(EventQuery(port="port-1")).items]
    assert (Source.RECONCILE in sources) == bool(report["fixed"])


@pytest.fixture
def interrupted():
    """The events of an attach or detach of port-1 in whose middle nova-compute died."""

    def events(action):
        fault = {
            "error_class": "OperationInterrupted",
            "error_message": "interrupted: nova-compute ended before this operation did; ask Nova "
            "whether the NIC is there",
            "error_code": 500,
        }
        about = {"operation_id": "killed"}
        before = [attach(1, at_s=-60)] if action == "detach" else []
        return [
            *before,
            attach(1, action=action, phase="start", at_s=0, **about),
            attach(1, action=action, phase="error", at_s=30, **about, **fault),
        ]

    return events


def test_reader_is_that_of_the_command(cloud):
    reader = after_gap.open_cloud("test", None)
    assert isinstance(reader, CloudReader)
    reader.close()


def test_nothing_of_openstack_is_imported_before_a_gap():
    code = "import sys, vifcast.serve; sys.exit('openstack' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_json_of_the_gap(store, keep, tmp_path):
    keep()
    result = CliRunner().invoke(main, ["gaps", "--json", "--data-dir", str(tmp_path)])
    assert json.loads(result.stdout)["reconciled_at"] is None
