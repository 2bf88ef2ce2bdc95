"""What a real cloud sent (contract/README.md says which), and what the ledger makes of it."""

import datetime as dt
from pathlib import Path

import pytest

from vifcast.model import Source, Status
from vifcast.notification.interpret import interpret
from vifcast.store import AttachmentQuery, OperationQuery

SAMPLES = Path(__file__).parents[3] / "contract" / "samples"
NOW = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)


@pytest.fixture
def operation(store):
    """The one operation that the notifications of one capture make."""

    def make(capture, only=""):
        samples = sorted(SAMPLES.glob(f"{capture}--{only}*.json"))
        events = [interpret(each.read_bytes(), NOW, 1024 * 1024) for each in samples]
        store.write([event for event in events if event is not None], [])
        (found,) = store.operations(OperationQuery()).items
        return found

    return make


@pytest.mark.parametrize("capture", ["zed-stock-attach-network", "zed-handpatched-attach-network"])
def test_port_that_nova_does_not_name_is_the_one_that_differs(store, operation, capture):
    found = operation(capture)
    assert (found.status, found.is_port_inferred) == (Status.SUCCEEDED, True)
    assert found.port_id
    assert found.mac_address.startswith("fa:16:3e:")
    assert found.network_label == "netB"
    assert found.duration_ms > 0
    (address,) = found.fixed_ips
    (period,) = store.attachments(AttachmentQuery(ip=address.ip_address)).items
    assert (period.port_id, period.attached_at) == (found.port_id, found.finished_at)


def test_twins_of_a_patched_cloud_are_one_operation(store, operation):
    found = operation("zed-handpatched-attach-port")
    assert found.status is Status.SUCCEEDED
    assert found.port_id
    assert {each.source for each in store.sources()} == {Source.HAND_PATCH, Source.NOVA_VERSIONED}
    assert {each.operation_id for each in store.events_after(0, 10)} == {found.id}


def test_patched_cloud_without_versioned_notifications_does_not_know_the_port(operation):
    found = operation("zed-handpatched-attach-port", only="interface")
    assert (found.status, found.port_id) == (Status.SUCCEEDED, None)


@pytest.mark.parametrize("capture", ["zed-stock-detach-port", "zed-handpatched-detach-port"])
def test_detach_names_the_port_that_went(store, operation, capture):
    found = operation(capture)
    (period,) = store.attachments(AttachmentQuery(port=found.port_id)).items
    assert (period.attached_at, period.detached_at) == (None, found.finished_at)


def test_attach_that_fails_is_closed_by_the_only_word_of_it(operation):
    found = operation("zed-stock-attach-port-in-use")
    assert (found.status, found.error_class) == (Status.FAILED, "PortInUse")
    assert "still in use" in found.error_message
    assert found.started_at < found.finished_at
    assert found.port_id == "d0fd04a4-aeee-441a-85c2-4b85851c5b57"


def test_detach_of_a_port_that_is_not_there_has_no_start(operation):
    found = operation("zed-stock-detach-port-not-attached")
    assert (found.status, found.started_at) == (Status.FAILED, None)
    assert found.error_class == "PortNotFound"
