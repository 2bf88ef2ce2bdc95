"""Operations that nova-compute did not live to end, from the bus to the answers."""

import httpx
import pytest

from database_fixtures import EVERY_DATABASE
from ledger_events import T0
from notifications import PORT, body, interface, payload
from vifcast.model import Event, Nic, Status
from vifcast.notification.interpret import interpret
from vifcast.notification.reconcile import sighting_event
from vifcast.store import AttachmentQuery, OperationQuery
from vifcast.times import now

WORDS = (
    "interrupted: nova-compute ended before this operation did; ask Nova whether the NIC is there"
)
FAULT = {"exception": "OperationInterrupted()", "message": WORDS, "code": 500}


def wire(action, phase, number, **more):
    """The body that vifcast-nova sends; ``number`` names the operation and orders in time."""
    operation_id = f"0d5c0000-0000-4000-8000-{number // 10:012d}"
    return body(
        f"compute.instance.interface_{action}.{phase}",
        message_id=f"m-{number}",
        timestamp=f"2026-11-22 12:00:{number:02d}.000000",
        payload=payload(interface=interface(operation_id=operation_id), **more),
    )


def read(raw):
    event = interpret(raw, T0, 1024 * 1024)
    assert isinstance(event, Event)
    return event


def interrupted(action, number=20):
    return [
        read(wire(action, "start", number)),
        read(wire(action, "error", number + 5, **FAULT)),
    ]


ATTACHED = [("attach", "start", 10), ("attach", "end", 12)]


def opened(store):
    return [each.port_id for each in store.attachments(AttachmentQuery(is_open=True)).items]


@EVERY_DATABASE
@pytest.mark.parametrize("is_there", [True, False], ids=["nic is there", "nic is not there"])
@pytest.mark.parametrize("action", ["attach", "detach"])
def test_interrupted_operation_is_failed_and_moves_nothing_until_it_is_settled(
    store, action, is_there
):
    if action == "detach":
        store.write([read(wire(*each)) for each in ATTACHED], [])
    store.write(interrupted(action), [])
    failed = store.operations(OperationQuery(status=Status.FAILED)).items
    assert [
        (each.action, each.error_class, each.error_message, each.error_code) for each in failed
    ] == [(action, "OperationInterrupted", WORDS, 500)]
    assert opened(store) == ([PORT] if action == "detach" else [])
    nic = Nic(instance_id=failed[0].instance_id if is_there else None, port_id=PORT)
    store.write([sighting_event(nic, now(), {})], [])
    assert opened(store) == ([PORT] if is_there else [])
    # What it said of itself stays.
    assert store.operations(OperationQuery(status=Status.FAILED)).items == failed


def test_page_and_api_say_that_nova_is_to_be_asked(serve):
    server = serve("memory://")
    server.store.write(interrupted("attach"), [])
    with httpx.Client(base_url=server.url) as client:
        assert f"OperationInterrupted: {WORDS}" in client.get("/ui/").text
        (operation,) = client.get("/v1/operations").json()["items"]
    assert (operation["status"], operation["error_message"]) == ("failed", WORDS)
