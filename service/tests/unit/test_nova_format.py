"""Nova's legacy notification as it was on the bus, made of the event again."""

import datetime as dt
import json
from pathlib import Path

import pytest
from subscribed import make_subscription

from notifications import wrap
from vifcast.delivery.formats import request_of
from vifcast.delivery.formats.nova import is_legacy
from vifcast.identity.policy import View
from vifcast.model import Event, Source
from vifcast.notification.confidential import without_secrets
from vifcast.notification.interpret import interpret
from vifcast.subscription.subscription import Format

SAMPLES = sorted((Path(__file__).parents[3] / "contract" / "samples").glob("*.json"))
NOW = dt.datetime(2026, 11, 22, 14, tzinfo=dt.UTC)
MIB = 2**20
NOVA = make_subscription(format=Format.NOVA)
ALL = View(None, has_details=True)
# The rest of the context is not kept, and the project is the instance's, not that of the request.
KEPT = {"_context_request_id", "_context_global_request_id", "_context_user_id"}


def event_of(sample):
    found = interpret(sample.read_bytes(), NOW, max_body_bytes=MIB)
    return found if isinstance(found, Event) else None


EVENTS = {each.stem: event for each in SAMPLES if (event := event_of(each)) is not None}
IS_LEGACY = {name: is_legacy(event) for name, event in EVENTS.items()}


def sent(event):
    request = request_of(NOVA, [event], ALL)
    assert request.headers["Content-Type"] == "application/json"
    return json.loads(request.body)


@pytest.mark.parametrize("name", [name for name, is_one in IS_LEGACY.items() if is_one])
def test_legacy_notification_is_as_it_was(name):
    (sample,) = (each for each in SAMPLES if each.stem == name)
    was = json.loads(json.loads(sample.read_bytes())["oslo.message"])
    made = sent(EVENTS[name])
    for key in ("message_id", "publisher_id", "event_type", "priority", "timestamp"):
        assert made[key] == was[key]
    payload = json.loads(without_secrets(was["payload"]))
    if is_fault := "args" in payload:
        # The whole instance as Nova's object; kept is which one it is.
        instance = payload["args"].pop("instance")
        assert made["payload"]["args"].pop("instance")["uuid"] == instance["uuid"]
    assert made["payload"].keys() == payload.keys()
    assert is_fault or made["payload"] == payload
    # Where nobody is known to have asked, it is the instance's user.
    for key in KEPT & made.keys():
        assert was.get(key) in (made[key], None)


@pytest.mark.parametrize(
    "name",
    [name for name, event in EVENTS.items() if event.source is Source.NOVA_VERSIONED],
)
def test_versioned_notification_becomes_its_legacy_equivalent(name):
    event = EVENTS[name]
    made = sent(event)
    assert made["event_type"] == f"compute.{event.event_type}"
    assert made["message_id"] != event.message_id
    assert sent(event) == made
    again = interpret(wrap(made), NOW, max_body_bytes=MIB)
    assert again.source is Source.HAND_PATCH
    for field in (
        "instance_id", "instance_name", "project_id", "compute_host", "request_id", "action",
        "phase", "occurred_at", "error_class", "error_message", "operation_id",
    ):  # fmt: skip
        assert getattr(again, field) == getattr(event, field), field


def test_samples_have_both_kinds():
    assert set(IS_LEGACY.values()) == {True, False}
