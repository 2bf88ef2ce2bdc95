import datetime as dt
import json
from collections import defaultdict
from pathlib import Path

import jsonschema
import pytest
from msgspec.structs import asdict

from vifcast.host import HostReport, PluginState
from vifcast.model import Action, Event, Source
from vifcast.notification.event_types import (
    FAULT,
    HAS_NO_HOST,
    MOVE_LEGACY,
    MOVE_VERSIONED,
    READ,
    SENT_BEFORE_SAVED,
    VERSIONED,
)
from vifcast.notification.interpret import interpret

CONTRACT = Path(__file__).parents[3] / "contract"
SAMPLES = sorted((CONTRACT / "samples").glob("*.json"))
REPORT_SCHEMA = json.loads((CONTRACT / "report.schema.json").read_text())
NOW = dt.datetime(2026, 11, 22, 14, tzinfo=dt.UTC)


def inner(sample):
    return json.loads(json.loads(sample.read_bytes())["oslo.message"])


def is_ours(sample):
    return inner(sample)["event_type"].startswith("compute.instance.interface_")


def is_report(sample):
    return inner(sample)["event_type"] == "vifcast.report"


def test_there_are_samples_of_both_sources():
    sources = {"interface" in inner(sample)["payload"] for sample in SAMPLES if is_ours(sample)}
    assert sources == {True, False}


def is_read(sample):
    return inner(sample)["event_type"] in READ


def those(*event_types):
    return [each for each in SAMPLES if inner(each)["event_type"] in event_types]


def publisher(sample):
    """The host that sent it."""
    return inner(sample)["publisher_id"].replace(":", ".").split(".")[1]


def event(sample):
    found = interpret(sample.read_bytes(), NOW, 1024 * 1024)
    assert isinstance(found, Event)
    assert found.event_type == inner(sample)["event_type"]
    assert found.compute_host == publisher(sample)
    assert found.request_id == inner(sample)["_context_request_id"]
    return found


def test_there_are_samples_of_all_that_nova_sends():
    sampled = {inner(sample)["event_type"] for sample in SAMPLES}
    # Nova never sends this one: a detach that fails has no versioned error.
    missing = (
        READ - sampled - {"instance.interface_detach.error", "compute.instance.force_delete.end"}
    )
    assert missing == {"port.create.end", "port.update.end", "port.delete.end", "vifcast.probe"}


def test_every_sample_is_read():
    assert all(is_read(sample) for sample in SAMPLES)


@pytest.mark.parametrize("sample", those(*VERSIONED), ids=lambda path: path.stem)
def test_versioned_sample_names_the_instance_and_all_its_nics(sample):
    found = event(sample)
    data = inner(sample)["payload"]["nova_object.data"]
    assert found.source is Source.NOVA_VERSIONED
    assert (found.instance_id, found.instance_name) == (data["uuid"], data["display_name"])
    assert (found.project_id, found.port_id) == (data["tenant_id"], None)
    listed = [ip["nova_object.data"] for ip in data["ip_addresses"]]
    assert found.nics is not None
    assert [(nic.port_id, nic.mac_address, nic.device_name) for nic in found.nics] == [
        (ip["port_uuid"], ip["mac"], ip["device_name"]) for ip in listed
    ]
    assert [ip.ip_address for nic in found.nics for ip in nic.fixed_ips] == [
        ip["address"] for ip in listed
    ]
    if found.phase == "error":
        assert found.error_class == data["fault"]["nova_object.data"]["exception"]


@pytest.mark.parametrize("sample", those(*FAULT), ids=lambda path: path.stem)
def test_sample_of_a_failed_call_has_the_error_and_no_secret(sample):
    found = event(sample)
    args = inner(sample)["payload"]["args"]
    assert found.source is Source.NOVA_FAULT
    assert (found.instance_id, found.instance_name) == (
        args["instance"]["uuid"],
        args["instance"]["display_name"],
    )
    assert (found.port_id, found.network_id) == (args["port_id"], args.get("network_id"))
    assert found.error_class in {
        "PortInUse",
        "PortNotFound",
        "InterfaceAttachFailed",
        "RuntimeError",
    }
    assert found.error_message
    assert "{" not in found.error_message
    assert "u'" not in found.error_message
    token = args["instance"]["info_cache"]["_context"]["auth_token"]
    assert token in sample.read_text()
    for secret in (token, "service_catalog", "auth_token"):
        assert secret not in repr(found)


@pytest.mark.parametrize(
    "sample",
    those("compute.instance.create.end", "instance.create.end"),
    ids=lambda path: path.stem,
)
def test_sample_of_a_new_instance_lists_its_nic(sample):
    found = event(sample)
    assert (found.action, found.source) == (Action.CREATE, Source.NOVA_INSTANCE)
    assert found.mac_address == "00:0c:29:0d:11:74"
    assert [ip.ip_address for ip in found.fixed_ips] == ["192.168.1.30"]
    assert found.network_label == "private"
    assert (found.port_id is None) == found.event_type.startswith("compute.")


@pytest.mark.parametrize(
    "sample",
    those("compute.instance.delete.end", "instance.delete.end"),
    ids=lambda path: path.stem,
)
def test_sample_of_a_deleted_instance_is_its_end(sample):
    found = event(sample)
    assert (found.action, found.nics) == (Action.DELETE, None)


@pytest.mark.parametrize(
    "sample",
    those(*MOVE_LEGACY - HAS_NO_HOST, *MOVE_VERSIONED - HAS_NO_HOST),
    ids=lambda path: path.stem,
)
def test_sample_of_a_move_names_the_host_where_the_instance_is_now(sample):
    found = event(sample)
    assert (found.action, found.source) == (Action.MOVE, Source.NOVA_INSTANCE)
    assert found.instance_id
    payload = inner(sample)["payload"]
    payload_host = payload.get("nova_object.data", payload)["host"]
    # An evacuated instance's new host is saved after this is sent.
    assert (payload_host != found.compute_host) == (found.event_type in SENT_BEFORE_SAVED)


@pytest.mark.parametrize("sample", those(*HAS_NO_HOST), ids=lambda path: path.stem)
def test_sample_of_an_offloaded_instance_names_no_host(sample):
    found = interpret(sample.read_bytes(), NOW, 1024 * 1024)
    assert isinstance(found, Event)
    assert (found.action, found.compute_host) == (Action.MOVE, None)


@pytest.mark.parametrize(
    "sample",
    those("compute.instance.finish_resize.end", *MOVE_VERSIONED),
    ids=lambda path: path.stem,
)
def test_sample_of_a_move_lists_the_nics_of_the_instance(sample):
    found = interpret(sample.read_bytes(), NOW, 1024 * 1024)
    assert isinstance(found, Event)
    assert found.nics
    assert [ip.ip_address for ip in found.fixed_ips] == ["192.168.1.3"]
    assert found.mac_address == "fa:16:3e:4c:2c:30"


@pytest.mark.parametrize(
    "sample",
    those("compute.instance.create_ip.end", "compute.instance.delete_ip.end"),
    ids=lambda path: path.stem,
)
def test_sample_of_changed_addresses_lists_the_present_ones(sample):
    found = event(sample)
    assert (found.action, found.source) == (Action.SIGHTING, Source.NOVA_INSTANCE)
    assert [ip.ip_address for ip in found.fixed_ips] == ["10.0.0.4"]


def test_events_of_several_sources_about_one_request_are_one_operation():
    of_request = defaultdict(list)
    for sample in SAMPLES:
        found = interpret(sample.read_bytes(), NOW, 1024 * 1024)
        if isinstance(found, Event) and found.cause == "api":
            of_request[found.request_id, found.instance_id, found.action].append(found)
    for twins in of_request.values():
        assert len({event.correlation_id for event in twins}) == 1
    sources = {frozenset(event.source for event in twins) for twins in of_request.values()}
    assert {Source.HAND_PATCH, Source.NOVA_VERSIONED} in sources
    assert {Source.NOVA_FAULT, Source.NOVA_VERSIONED} in sources


@pytest.mark.parametrize(
    "sample", [each for each in SAMPLES if is_ours(each)], ids=lambda path: path.stem
)
def test_sample_about_a_nic_is_an_event(sample):
    found = event(sample)
    sent = inner(sample)["payload"].get("interface")
    assert found.source is (Source.HAND_PATCH if sent is None else Source.VIFCAST_NOVA)
    assert found.instance_id
    if sent is not None:
        assert (found.port_id, found.mac_address) == (sent["port_id"], sent["mac_address"])
        assert [ip.ip_address for ip in found.fixed_ips] == [
            ip["ip_address"] for ip in sent["fixed_ips"]
        ]
    if found.phase == "error":
        assert found.error_class
        assert found.error_message


@pytest.mark.parametrize(
    "sample", [each for each in SAMPLES if is_report(each)], ids=lambda path: path.stem
)
def test_sample_of_a_report_is_one_and_keeps_to_its_schema(sample):
    jsonschema.validate(inner(sample), REPORT_SCHEMA)
    report = interpret(sample.read_bytes(), NOW, 1024 * 1024)
    assert isinstance(report, HostReport)
    sent = inner(sample)["payload"]
    for name in ("host", "vifcast_nova", "nova", "python", "oslo_messaging", "state", "reason"):
        assert getattr(report, name) == sent[name]
    assert list(report.hooks) == sent["hooks"]
    assert (report.outbox is None) == (sent["outbox"] is None)
    if report.outbox is not None:
        shown = asdict(report.outbox)
        assert shown == {name: sent["outbox"][name] for name in shown}


def test_there_is_a_sample_of_every_state():
    states = {inner(sample)["payload"]["state"] for sample in SAMPLES if is_report(sample)}
    assert states == set(PluginState)
