"""By what a subscriber joins the messages of one operation: start, end, overdue, attachment."""

import datetime as dt
import json

import pytest
from nova_notifications import instance_payload, versioned
from subscribed import sent, subscribe

from database_fixtures import EVERY_DATABASE
from notifications import INSTANCE, body, interface, payload
from vifcast import times
from vifcast.delivery.formats import request_of
from vifcast.identity.policy import View
from vifcast.notification.interpret import interpret
from vifcast.store import Upkeep

pytestmark = EVERY_DATABASE

NOW = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
ATTACH = "compute.instance.interface_attach."
OURS = interface()["operation_id"]
NAMED = payload(interface=interface())
STARTED, ENDED = "interface.attach_started", "interface.attached"


def event(raw):
    return interpret(raw, times.now(), 1 << 20)


def of_versioned(phase):
    # The NIC is listed once it is there.
    nics = {} if phase == "end" else {"ip_addresses": []}
    return versioned(f"instance.interface_attach.{phase}", instance_payload(**nics))


def bodies(store, subscription):
    """What is sent now, in the format plain."""
    view = View(None, has_details=True)
    messages = sent(store, subscription, NOW)
    return [json.loads(request_of(subscription, [each], view).body) for each in messages]


@pytest.mark.parametrize(
    "raw",
    [
        lambda phase: body(f"{ATTACH}{phase}", payload=NAMED),
        lambda phase: body(f"{ATTACH}{phase}", payload=payload()),
        of_versioned,
    ],
    ids=["vifcast-nova", "patch", "versioned"],
)
def test_start_end_and_attachment_have_one_operation_id(store, raw):
    subscription = subscribe(store)
    store.write([event(raw("start"))], [])
    first = bodies(store, subscription)
    store.write([event(raw("end"))], [])
    found = first + bodies(store, subscription)
    assert [each["type"] for each in found[:2]] == [STARTED, ENDED]
    (operation_id,) = {each["operation_id"] for each in found}
    assert operation_id is not None
    assert [each["data"]["operation_id"] for each in found[:2]] == [operation_id] * 2


def test_overdue_operation_has_the_id_of_its_start(store):
    now = times.now()
    subscription = subscribe(store, created_at=now - dt.timedelta(days=2))
    began = str((now - dt.timedelta(hours=1)).replace(tzinfo=None))
    store.write([event(body(f"{ATTACH}start", payload=NAMED, timestamp=began))], [])
    assert Upkeep(store).announce_overdue(now) == 1
    started, overdue = bodies(store, subscription)
    assert overdue["type"] == "interface.overdue"
    assert started["operation_id"] == overdue["operation_id"] == OURS
    assert started["data"]["correlation_id"] == overdue["data"]["correlation_id"]


def test_what_several_sources_report_of_an_operation_has_one_correlation_id(store):
    """And the id that vifcast-nova gave it, from when that is known."""
    subscription = subscribe(store, filter=f"action=attach instance={INSTANCE}")
    store.write([event(of_versioned("start"))], [])
    (early,) = bodies(store, subscription)
    assert early["operation_id"] != OURS
    for raw in (
        body(f"{ATTACH}start", payload=NAMED),
        of_versioned("end"),
        body(f"{ATTACH}end", payload=NAMED),
    ):
        store.write([event(raw)], [])
    later = bodies(store, subscription)
    interfaces = [each for each in later if each["type"].startswith("interface.")]
    assert {each["operation_id"] for each in later} == {OURS}
    assert len(interfaces) == 3
    assert {each["data"]["correlation_id"] for each in [early, *interfaces]} == {
        early["data"]["correlation_id"]
    }
