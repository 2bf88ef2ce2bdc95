import datetime as dt
import json
from dataclasses import asdict
from pathlib import Path

import jsonschema
import pytest

from vifcast.model import HostReport, PluginState, Source
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


@pytest.mark.parametrize(
    "sample",
    [each for each in SAMPLES if not is_ours(each) and not is_report(each)],
    ids=lambda path: path.stem,
)
def test_sample_of_something_else_is_passed_over(sample):
    assert interpret(sample.read_bytes(), NOW, 1024 * 1024) is None


@pytest.mark.parametrize(
    "sample", [each for each in SAMPLES if is_ours(each)], ids=lambda path: path.stem
)
def test_sample_about_a_nic_is_an_event(sample):
    event = interpret(sample.read_bytes(), NOW, 1024 * 1024)
    assert event is not None
    told = inner(sample)["payload"].get("interface")
    assert event.source is (Source.HAND_PATCH if told is None else Source.VIFCAST_NOVA)
    assert event.event_type == inner(sample)["event_type"]
    assert event.instance_id
    assert event.compute_host
    assert event.request_id
    if told is not None:
        assert (event.port_id, event.mac_address) == (told["port_id"], told["mac_address"])
        assert [ip.ip_address for ip in event.fixed_ips] == [
            ip["ip_address"] for ip in told["fixed_ips"]
        ]
    if event.phase == "error":
        assert event.error_class
        assert event.error_message


@pytest.mark.parametrize(
    "sample", [each for each in SAMPLES if is_report(each)], ids=lambda path: path.stem
)
def test_sample_of_a_report_is_one_and_keeps_to_its_schema(sample):
    jsonschema.validate(inner(sample), REPORT_SCHEMA)
    report = interpret(sample.read_bytes(), NOW, 1024 * 1024)
    assert isinstance(report, HostReport)
    told = inner(sample)["payload"]
    for name in ("host", "vifcast_nova", "nova", "python", "oslo_messaging", "state", "reason"):
        assert getattr(report, name) == told[name]
    assert list(report.hooks) == told["hooks"]
    assert (report.outbox is None) == (told["outbox"] is None)
    if report.outbox is not None:
        shown = asdict(report.outbox)
        assert shown == {name: told["outbox"][name] for name in shown}


def test_there_is_a_sample_of_every_state():
    told = {inner(sample)["payload"]["state"] for sample in SAMPLES if is_report(sample)}
    assert told == set(PluginState)
