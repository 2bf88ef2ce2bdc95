"""The samples of Nova's own notification documents; make test-service fetches them."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from notifications import body
from vifcast.model import Event, Source
from vifcast.notification.event_types import READ
from vifcast.notification.interpret import interpret

SAMPLES = Path(__file__).parents[3] / ".cache" / "nova-samples"
NOW = dt.datetime(2026, 11, 22, 14, tzinfo=dt.UTC)

ABOUT_NICS = {
    "instance-create-end": "create",
    "instance-delete-end": "delete",
    "instance-delete-end_compute_down": "delete",
    "instance-delete-end_not_scheduled": "delete",
    "instance-interface_attach-start": "attach",
    "instance-interface_attach-end": "attach",
    "instance-interface_attach-error": "attach",
    "instance-interface_detach-start": "detach",
    "instance-interface_detach-end": "detach",
    "instance-live_migration_post_dest-end": "move",
    "instance-rebuild-end": "move",
    "instance-resize_finish-end": "move",
    "instance-resize_revert-end": "move",
    "instance-shelve_offload-end": "move",
    "instance-unshelve-end": "move",
}


def sample(path: Path) -> dict[str, Any]:
    """The sample with what it refers to put in its place."""
    found: dict[str, Any] = _resolved(json.loads(path.read_text()), path.parent)
    return found


def _resolved(value: Any, folder: Path) -> Any:
    """``$ref`` names a file to begin with, the keys beside it what is different."""
    if isinstance(value, list):
        return [_resolved(each, folder) for each in value]
    if not isinstance(value, dict):
        return value
    own = {key: _resolved(each, folder) for key, each in value.items() if key != "$ref"}
    if "$ref" not in value:
        return own
    path = folder / value["$ref"].removesuffix("#")
    return _merged(_resolved(json.loads(path.read_text()), path.parent), own)


def _merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    merged = base | over
    for key in base.keys() & over.keys():
        if isinstance(base[key], dict) and isinstance(over[key], dict):
            merged[key] = _merged(base[key], over[key])
    return merged


def event_of(name: str) -> Event | None:
    inner = sample(SAMPLES / f"{name}.json")
    found = interpret(body(**inner), NOW, 1 << 20)
    assert found is None or isinstance(found, Event)
    return found


def test_every_sample_under_an_event_type_that_we_read_is_among_these():
    read = {
        path.stem
        for path in SAMPLES.glob("*.json")
        if json.loads(path.read_text())["event_type"] in READ
    }
    # That of a failure that is not about NICs.
    read.discard("compute-exception")
    assert read == set(ABOUT_NICS), "make test-service fetches them"


@pytest.mark.parametrize("name", ABOUT_NICS)
def test_sample_about_nics_is_an_event(name):
    event = event_of(name)
    assert event is not None
    assert event.action == ABOUT_NICS[name]
    data = sample(SAMPLES / f"{name}.json")["payload"]["nova_object.data"]
    assert event.instance_id == data["uuid"]
    assert event.instance_name == data["display_name"]
    assert event.project_id == data["tenant_id"]
    assert event.request_id == data["request_id"]
    assert event.compute_host == data["host"]
    if event.action == "delete":
        assert (event.source, event.nics) == (Source.NOVA_INSTANCE, None)
        return
    listed = {
        (ip["port_uuid"], ip["mac"], ip["address"], ip["label"], ip["device_name"])
        for ip in (each["nova_object.data"] for each in data["ip_addresses"])
    }
    assert event.nics is not None
    assert listed == {
        (nic.port_id, nic.mac_address, ip.ip_address, nic.network_label, nic.device_name)
        for nic in event.nics
        for ip in nic.fixed_ips
    }


def test_sample_of_a_failure_says_why():
    event = event_of("instance-interface_attach-error")
    assert event is not None
    fault = sample(SAMPLES / "instance-interface_attach-error.json")["payload"]["nova_object.data"][
        "fault"
    ]["nova_object.data"]
    assert event.error_class == fault["exception"]
    assert event.error_message == fault["exception_message"]


def test_every_other_sample_is_passed_over():
    paths = [path for path in SAMPLES.glob("*.json") if path.stem not in ABOUT_NICS]
    assert len(paths) > 100
    for path in paths:
        assert event_of(path.stem) is None, path.stem
