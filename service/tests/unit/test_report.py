import datetime as dt
import json
from pathlib import Path

import jsonschema
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from host_reports import outbox, report_body, report_payload
from ledger_events import T0
from notifications import notification
from vifcast.errors import NotificationError
from vifcast.host import HostReport, Lane, LaneState, Outbox, PluginState
from vifcast.notification.interpret import interpret
from vifcast.notification.report import Report

NOW = T0
SCHEMA = json.loads(
    (Path(__file__).parents[3] / "contract" / "report.schema.json").read_text(encoding="utf-8")
)
MOST = 2**63 - 1


def read(payload=None, timestamp="2026-11-22 11:59:00.5", **changes) -> HostReport:
    found = interpret(report_body(payload, timestamp=timestamp, **changes), NOW, 1024 * 1024)
    assert isinstance(found, HostReport)
    return found


def test_report_says_how_the_host_is():
    report = read(message_id="m-1")
    assert report == HostReport(
        host="compute-1",
        message_id="m-1",
        reported_at=dt.datetime(2026, 11, 22, 11, 59, 0, 500_000, tzinfo=dt.UTC),
        received_at=NOW,
        silent_at=dt.datetime(2026, 11, 22, 12, 14, 0, 500_000, tzinfo=dt.UTC),
        state=PluginState.ON,
        reason=None,
        vifcast_nova="0.1.0",
        nova="34.0.0",
        python="3.11.7",
        oslo_messaging="18.3.0",
        hooks=("attach_interface", "detach_interface"),
        interval_s=300,
        started_at=dt.datetime(2026, 11, 22, 11, tzinfo=dt.UTC),
        outbox=Outbox(
            directory="/var/lib/nova/vifcast/outbox",
            depth=0,
            bytes=0,
            oldest_age_s=None,
            sent=412,
            dropped=0,
            is_direct=False,
        ),
    )


def test_clock_that_is_ahead_is_not_believed():
    report = read(timestamp="2026-11-23 00:00:00")
    assert (report.reported_at, report.silent_at) == (NOW, NOW + dt.timedelta(minutes=15))


def test_host_without_an_outbox():
    assert read(report_payload(outbox=None)).outbox is None


def lane(**changes):
    return {"exchange": "vifcast", "state": "used", "reason": None} | changes


@pytest.mark.parametrize("state", LaneState)
def test_lane_says_whether_it_is_used(state):
    parsed = read(report_payload(version="1.1", lane=lane(state=state, reason="so")))
    assert parsed.lane == Lane(exchange="vifcast", state=state, reason="so")
    assert parsed.uses_lane == (state == "used")


@pytest.mark.parametrize("more", [{}, {"lane": None}], ids=["1.0", "no outbox"])
def test_host_that_knows_no_lane_uses_none(more):
    parsed = read(report_payload(**more))
    assert (parsed.lane, parsed.uses_lane) == (None, False)


def test_lane_of_a_host_that_wants_none_has_no_name():
    parsed = read(report_payload(lane=lane(exchange="", state="off")))
    assert parsed.lane == Lane(exchange="", state=LaneState.OFF, reason=None)


def test_state_of_the_lane_of_a_newer_plug_in_is_unknown():
    parsed = read(report_payload(version="1.2", lane=lane(state="parked")))
    assert parsed.lane.state is LaneState.UNKNOWN
    assert parsed.lane.reason == "it reports parked, which this release does not know"


BROKEN_LANES = {
    "text": "used",
    "empty": {},
    "no state": lane(state=None),
    "state is a number": lane(state=1),
    "no exchange": lane(exchange=None),
    "exchange without end": lane(exchange="x" * 256),
    "no reason, not even null": {"exchange": "vifcast", "state": "used"},
    "reason is a list": lane(reason=[]),
}


@pytest.mark.parametrize("broken", BROKEN_LANES.values(), ids=BROKEN_LANES)
def test_broken_lane_is_refused(broken):
    with pytest.raises(NotificationError) as refused:
        read(report_payload(version="1.1", lane=broken))
    assert refused.value.code == "report_invalid"


def test_reason_and_directory_may_be_longer_than_an_id():
    long = "/" + "x" * 1999
    report = read(report_payload(state="off", reason=long, outbox=outbox(directory=long)))
    assert report.reason == report.outbox.directory == long


def test_reason_without_end_is_cut_and_says_so():
    reason = read(report_payload(state="off", reason="x" * 3000)).reason
    assert reason == "x" * 2000 + "... (cut: it has 3000 characters)"


def test_what_no_database_takes_is_not_kept():
    reason = read(report_payload(state="off", reason="a\0b\ud83d")).reason
    assert reason.encode() == b"a\xef\xbf\xbdb?"


def test_keys_of_a_newer_plug_in_are_passed_over():
    payload = report_payload(version="1.9", mood="good", outbox=outbox(fill=0.5))
    assert read(payload).host == "compute-1"


BROKEN = {
    "no version": {"version": None},
    "version is a number": {"version": 1.0},
    "version without a minor one": {"version": "1"},
    "version with more": {"version": "1.0-rc1"},
    "no host": {"host": None},
    "line break in host": {"host": "compute-1\ncompute-2"},
    "NUL in host": {"host": "compute-1\0"},
    "another line break in host": {"host": "compute-1\u2028compute-2"},
    "terminal's command in a version": {"nova": "34\x1b[2J"},
    "control character in a hook": {"hooks": ["attach\x9binterface"]},
    "empty host": {"host": ""},
    "host is a number": {"host": 7},
    "no version of Nova": {"nova": None},
    "version of Python is a list": {"python": [3, 11]},
    "unknown state": {"state": "well"},
    "no state": {"state": None},
    "reason is no text": {"reason": {"a": 1}},
    "hooks are a text": {"hooks": "attach_interface"},
    "hook is no text": {"hooks": ["attach_interface", 7]},
    "hook is empty": {"hooks": [""]},
    "hooks without end": {"hooks": ["h"] * 101},
    "interval is zero": {"interval_s": 0},
    "interval is a text": {"interval_s": "300"},
    "interval is a fraction": {"interval_s": 0.5},
    "interval is a truth value": {"interval_s": True},
    "interval of more than a day": {"interval_s": 86401},
    "start is no time": {"started_at": "yesterday"},
    "start is a number": {"started_at": 1763809200},
    "outbox is a number": {"outbox": 3},
    "outbox is empty": {"outbox": {}},
    "depth is negative": {"outbox": outbox(depth=-1)},
    "depth is beyond 64 bits": {"outbox": outbox(depth=MOST + 1)},
    "bytes are a text": {"outbox": outbox(bytes="1")},
    "age is negative": {"outbox": outbox(oldest_age_s=-0.1)},
    "age is a text": {"outbox": outbox(oldest_age_s="1 h")},
    "age of ages": {"outbox": outbox(oldest_age_s=1e300)},
    "age is a truth value": {"outbox": outbox(oldest_age_s=True)},
    "sent is missing": {"outbox": {k: v for k, v in outbox().items() if k != "sent"}},
    "dropped is null": {"outbox": outbox(dropped=None)},
    "is_direct is a number": {"outbox": outbox(is_direct=0)},
}


@pytest.mark.parametrize("change", BROKEN.values(), ids=BROKEN)
def test_broken_report_is_refused_by_us_and_by_its_schema(change):
    payload = report_payload(**change)
    with pytest.raises(NotificationError) as refused:
        read(payload)
    assert refused.value.code == "report_invalid"
    assert "see contract/" in str(refused.value)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(payload, SCHEMA["properties"]["payload"])


@pytest.mark.parametrize("odd", ["NaN", "Infinity", "1e999"])
def test_age_that_is_no_number_is_refused(odd):
    body = report_body(report_payload(outbox=outbox(oldest_age_s=4321.5)))
    with pytest.raises(NotificationError, match="oldest_age_s"):
        interpret(body.replace(b"4321.5", odd.encode()), NOW, 1024 * 1024)


@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"])
def test_start_outside_of_all_time_is_refused(moment):
    with pytest.raises(NotificationError, match="started_at"):
        read(report_payload(started_at=moment))


def test_other_major_version_is_refused_by_its_own_code():
    with pytest.raises(NotificationError, match="upgrade vifcast") as refused:
        read(report_payload(version="2.0"))
    assert refused.value.code == "unknown_report_version"


@pytest.mark.parametrize("publisher", ["compute.compute-2", "compute-1", "network.compute-1", ""])
def test_report_of_another_host_than_its_publishers_is_refused(publisher):
    with pytest.raises(NotificationError, match=r"'compute-1'.* publisher_id") as refused:
        read(publisher_id=publisher)
    assert refused.value.code == "report_invalid"


def test_name_that_is_too_long_is_refused():
    with pytest.raises(NotificationError) as refused:
        read(report_payload(host="h" * 256))
    assert refused.value.code == "field_too_long"


def test_payload_that_is_no_object_is_refused():
    with pytest.raises(NotificationError) as refused:
        read(payload=["on"])
    assert refused.value.code == "payload_not_object"


def test_types_that_are_read_have_the_keys_of_the_schema():
    ours = msgspec.json.schema(Report)["$defs"]
    contract = SCHEMA["properties"]["payload"]
    parts = {"Report": contract} | {
        f"{name.title()}Report": contract["properties"][name] for name in ("outbox", "lane")
    }
    for name, part in parts.items():
        assert ours[name]["properties"].keys() == part["properties"].keys()
        # What may be null may be left out, too; but of the lane, which came later.
        can_be_null = {key for key in part["required"] if "null" in _types(part["properties"][key])}
        lenient = can_be_null if name != "LaneReport" else set()
        assert set(ours[name]["required"]) == set(part["required"]) - lenient


def _types(part):
    return part.get("type", "")


@pytest.mark.parametrize("key", ["reason", "outbox"])
def test_what_may_be_null_may_be_left_out(key):
    payload = report_payload()
    del payload[key]
    assert getattr(read(payload), key) is None


def test_refusal_names_the_place_and_what_was_expected():
    with pytest.raises(NotificationError) as refused:
        read(report_payload(outbox=outbox(depth="1")))
    assert str(refused.value) == (
        "the vifcast.report is not valid at `$.outbox.depth`: expected `int`, got `str`; "
        "see contract/"
    )
    lacking = {key: value for key, value in report_payload().items() if key != "state"}
    with pytest.raises(NotificationError, match=r"at `\$`: object missing required field `state`"):
        read(lacking)
    with pytest.raises(NotificationError, match=r"at `\$\.nova`: a control character"):
        read(report_payload(nova="34\x1b[2J"))


# Whatever its schema allows is read.
characters = st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp"])
text = st.text(characters, min_size=1, max_size=255)
count = st.integers(0, MOST)
moments = st.datetimes(dt.datetime(1970, 1, 1), dt.datetime(9000, 1, 1))  # noqa: DTZ001
payloads = st.fixed_dictionaries(
    {
        "version": st.integers(0, 99).map("1.{}".format),
        "host": st.text(characters, min_size=1, max_size=247),
        **dict.fromkeys(("vifcast_nova", "nova", "python", "oslo_messaging"), text),
        "state": st.sampled_from(["on", "off", "hand_patched"]),
        "reason": st.none() | st.text(st.characters(codec="utf-8")),
        "hooks": st.lists(text, max_size=5),
        "interval_s": st.integers(1, 86400),
        "started_at": st.builds(
            "{}{}".format, moments.map(dt.datetime.isoformat), st.sampled_from(["", "Z", "+00:00"])
        ),
        "outbox": st.none()
        | st.fixed_dictionaries(
            {
                "directory": st.none() | st.text(st.characters(codec="utf-8")),
                "depth": count,
                "bytes": count,
                "oldest_age_s": st.none() | st.integers(0, 2**32 - 1) | st.floats(0, 2**32 - 1),
                "sent": count,
                "dropped": count,
                "is_direct": st.booleans(),
            }
        ),
    },
    optional={
        "lane": st.none()
        | st.fixed_dictionaries(
            {
                "exchange": st.text(st.characters(codec="utf-8"), max_size=255),
                "state": st.sampled_from([each.value for each in LaneState]),
                "reason": st.none() | st.text(st.characters(codec="utf-8")),
            }
        )
    },
)


@given(payload=payloads)
def test_whatever_the_schema_allows_is_read(payload):
    publisher_id = f"compute.{payload['host']}"
    whole = notification("vifcast.report", payload=payload, publisher_id=publisher_id)
    jsonschema.validate(whole, SCHEMA)
    report = read(payload)
    assert (report.state, report.interval_s) == (payload["state"], payload["interval_s"])
    assert (report.lane is None) == (payload.get("lane") is None)
