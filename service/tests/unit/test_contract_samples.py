import datetime as dt
import json
from pathlib import Path

import pytest

from vifcast.model import Source
from vifcast.notification.interpret import interpret

SAMPLES = sorted((Path(__file__).parents[3] / "contract" / "samples").glob("*.json"))
NOW = dt.datetime(2026, 11, 22, 14, tzinfo=dt.UTC)


def inner(sample):
    return json.loads(json.loads(sample.read_bytes())["oslo.message"])


def is_ours(sample):
    return inner(sample)["event_type"].startswith("compute.instance.interface_")


def test_there_are_samples_of_both_sources():
    sources = {"interface" in inner(sample)["payload"] for sample in SAMPLES if is_ours(sample)}
    assert sources == {True, False}


@pytest.mark.parametrize(
    "sample", [each for each in SAMPLES if not is_ours(each)], ids=lambda path: path.stem
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
