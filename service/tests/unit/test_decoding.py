"""What the API answers becomes the values that it was made of."""

import datetime as dt
import json

import pytest
from msgspec.structs import replace

from host_reports import make_report
from ledger_events import T0, make_event, make_sighting
from vifcast import decoding
from vifcast.gap import Gap, GapReason
from vifcast.host import Host, HostState, Lane, LaneState
from vifcast.model import DeadLetter, FixedIp, HostPeriod, Nic, Source
from vifcast.process import Process, ReadBroker, Role
from vifcast.representation import (
    as_json,
    attachment_json,
    dead_letter_json,
    event_json,
    gap_json,
    host_json,
    process_json,
    without_details,
)
from whole_ledger import whole_ledger


def sent(shown):
    return json.loads(json.dumps(shown))


EVENTS = [
    make_event(phase="start", payload={"a": [1, None, "ä"]}, id=1),
    make_event(
        fixed_ips=(FixedIp("192.0.2.7", 4, "192.0.2.0/24"),), notes=("odd",), id=2, duration_ms=5
    ),
    make_event(phase="error", error_class="PortInUse", error_code=409, id=3),
    make_sighting(nics=(Nic(port_id="p", instance_id=None, device_name="tap1"),), id=4),
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: str(event.event_type))
def test_event(event):
    shown = event_json(event)
    decoded = decoding.event(sent(shown))
    assert event_json(decoded) == shown
    assert replace(decoded, payload=event.payload) == event


@pytest.mark.parametrize("state", [None, *LaneState])
def test_host(state):
    lane = None if state is None else Lane(exchange="vifcast", state=state, reason="because")
    report = None if state is None else make_report(lane=lane, region="north")
    host = Host(
        host="compute-1", region="north", state=HostState.COVERED, last_event_at=T0, report=report
    )
    assert decoding.host(sent(host_json(host))) == host


@pytest.mark.parametrize("hosts", [None, ("compute-1", "compute-2")])
def test_gap(hosts):
    gap = Gap(
        from_at=T0, to_at=None, reason=GapReason.HOST_SILENT, sources=tuple(Source), hosts=hosts,
        detail="no report", region="north",
    )  # fmt: skip
    assert decoding.gap(sent(gap_json(gap))) == gap


@pytest.mark.parametrize("body", [b"[?", "ä\n".encode(), b"\xff\x00"])
def test_dead_letter_is_shown_alike_again(body):
    letter = DeadLetter(
        id=7, reason_code="not_json", reason="no", routing_key="r", size=2, sha256="00", body=body,
        is_whole=True, received_at=T0, broker="cell-1", region="north",
    )  # fmt: skip
    shown = dead_letter_json(letter)
    assert dead_letter_json(decoding.dead_letter(sent(shown))) == shown


def test_what_is_hidden_from_a_projects_users_is_none_or_empty():
    event = decoding.event(sent(without_details(event_json(EVENTS[0]))))
    assert (event.compute_host, event.publisher_id, event.payload) == (None, "", "{}")
    assert event.error_message is None
    gap = Gap(
        from_at=T0, to_at=T0 + dt.timedelta(1), reason=GapReason.NOT_RUNNING, sources=(),
        hosts=("compute-1",), detail="why",
    )  # fmt: skip
    assert decoding.gap(sent(without_details(gap_json(gap)))).hosts is None


def test_process():
    broker = ReadBroker(
        name="cell-1", region="north", broker="controller-1:5672", connected=True, problem=None,
        warning=None, last_received_at=T0, queued=3,
    )  # fmt: skip
    process = Process(
        id="1", role=Role.INGEST, host="controller-1", pid=4711, version="1", started_at=T0,
        seen_at=T0, interval_s=10.0, url=None, brokers=(broker,),
    )  # fmt: skip
    assert decoding.process(sent(process_json(process, T0))) == process


def test_operations_and_attachments():
    events = [
        make_event(phase="start", operation_id="o", region="north"),
        make_event(phase="end", at_s=2, operation_id="o", region="north"),
    ]
    (operation,), (attachment,) = whole_ledger(events)
    assert operation.region == attachment.region == "north"
    assert decoding.operation(sent(as_json(operation))) == operation
    assert attachment.hosts == (HostPeriod("compute-1", None, None),)
    assert decoding.attachment(sent(attachment_json(attachment))) == attachment
    hidden = decoding.attachment(sent(without_details(attachment_json(attachment))))
    assert (hidden.hosts, hidden.compute_host) == ((), None)
