"""``vifcast.report``: what nova-compute reports about itself, and when it does not."""

import json
import os

import pytest
from lab import broker, contract, durable, forks, wire
from oslo_utils import timeutils

REPORT = "vifcast.report"
FORMAT = "%Y-%m-%d %H:%M:%S.%f"


def run(url, directory, until="sent", interval_s=1, first_on_path=None):
    """What lab.reporting printed."""
    arguments = [url, str(directory), until, str(interval_s)]
    output = forks.run("lab.reporting", *arguments, first_on_path=first_on_path)
    return json.loads(output.splitlines()[-1])


def reports_of(url, directory, **how):
    """``(reports, what lab.reporting printed)``."""
    ear = wire.Wire(url)
    try:
        printed = run(url, directory, **how)
        reports = [n for n in ear.take() if n["event_type"] == REPORT]
    finally:
        ear.close()
    for report in reports:
        contract.check_report(report)
        assert report["_routing_key"] == "notifications.info"
        assert report["publisher_id"] == "compute.compute1"
        assert "a-secret-token" not in json.dumps(report["payload"])
    return reports, printed


def seconds_between(report, later):
    times = [timeutils.parse_strtime(n["timestamp"], FORMAT) for n in (report, later)]
    return timeutils.delta_seconds(*times)


def own_lines(printed):
    """But what it says of the lane, which this broker does not have."""
    lines = [line for line in printed["log"].splitlines() if " vifcast_nova" in line]
    return [line for line in lines if " vifcast_nova.outbox.lane " not in line]


def test_covered_host_says_so_every_interval(tmpdir):
    reports, printed = reports_of(broker.new_vhost(), tmpdir)
    assert len(reports) >= 2
    payload = reports[0]["payload"]
    assert payload["state"] == "on"
    assert payload["reason"] is None
    assert payload["host"] == "compute1"
    assert payload["interval_s"] == 1
    assert payload["nova"].split(".")[0].isdigit()
    assert payload["oslo_messaging"][0].isdigit()
    assert "nova.compute.utils.notify_about_instance_action" in payload["hooks"]
    assert "nova.compute.utils.refresh_info_cache_for_instance" in payload["hooks"]
    assert len(payload["hooks"]) == 7
    assert payload["outbox"]["directory"] == os.path.join(str(tmpdir), "vifcast", "outbox")
    assert payload["outbox"]["is_direct"] is False
    assert payload["version"] == "1.1"
    assert payload["lane"] == {"exchange": "vifcast", "state": "unknown", "reason": None}
    assert reports[-1]["payload"]["lane"] == {
        "exchange": "vifcast",
        "state": "absent",
        "reason": "this broker has no exchange vifcast",
    }
    # Each of those before is sent, or waits still.
    outboxes = [report["payload"]["outbox"] for report in reports[:2]]
    assert [each["sent"] + each["depth"] for each in outboxes] == [0, 1]
    waits_s = [seconds_between(*pair) for pair in zip(reports, reports[1:])]
    assert min(waits_s) >= 0.9
    assert len({report["payload"]["started_at"] for report in reports}) == 1
    (line,) = own_lines(printed)
    assert " INFO " in line
    assert "reports every 1 s" in line


def test_host_whose_lane_is_used_says_so(tmpdir):
    url = broker.new_vhost()
    durable.declare(url)
    reports, _ = reports_of(url, tmpdir)
    states = [r["payload"]["lane"]["state"] for r in reports]
    assert set(states) == {"unknown", "used"}
    assert states == sorted(states)  # once it is known it stays so
    on_lane = durable.take(url, len(reports) + 2)
    assert {n["message_id"] for n in reports} <= {n["message_id"] for n in on_lane}


def test_second_report_comes_soon_after_one_that_does_not_know_the_lane(monkeypatch):
    from vifcast_nova.hooks import install
    from vifcast_nova.notify import host_report

    class Sent(object):
        report_interval_s = 300
        host = "compute1"
        states = ["unknown", "used", "used"]

        def outbox_status(self):
            status = dict.fromkeys(("directory", "depth", "bytes", "sent", "dropped"))
            lane = {"exchange": "vifcast", "state": self.states.pop(0), "reason": None}
            return dict(status, oldest_age_s=None, trouble=None, lane=lane)

        def send_report(self, payload):
            pass

    slept = []

    def sleep(duration_s):
        slept.append(duration_s)
        if len(slept) == 4:
            raise SystemExit

    monkeypatch.setattr(host_report.time, "sleep", sleep)
    with pytest.raises(SystemExit):
        host_report.HostReport(install.Outcome("on", None, []), Sent()).run()
    assert slept[1:] == [host_report.SECOND_AFTER_S, 300, 300]


def test_hand_patched_host_says_so(patched_nova, tmpdir):
    reports, printed = reports_of(broker.new_vhost(), tmpdir, first_on_path=patched_nova)
    payload = reports[0]["payload"]
    assert payload["state"] == "hand_patched"
    assert "interface_detach.end" in payload["reason"]
    assert "nova.compute.utils.refresh_info_cache_for_instance" in payload["hooks"]
    assert len(payload["hooks"]) == 7
    (line,) = own_lines(printed)
    assert " WARNING " in line
    assert "is on" in line
    assert "this Nova is hand-patched" in line


def test_host_that_is_off_says_so_and_why(unknown_nova, tmpdir):
    reports, printed = reports_of(broker.new_vhost(), tmpdir, first_on_path=unknown_nova)
    payload = reports[0]["payload"]
    assert payload["state"] == "off"
    assert "ComputeManager has no _process_instance_vif_deleted_event" in payload["reason"]
    assert payload["hooks"] == []
    assert payload["outbox"]["sent"] >= 0
    (line,) = own_lines(printed)
    assert " WARNING " in line
    assert "is off" in line


def test_interval_of_zero_is_never(tmpdir):
    reports, printed = reports_of(broker.new_vhost(), tmpdir, until="quiet", interval_s=0)
    assert reports == []
    assert own_lines(printed)[0].endswith("no reports")


def test_reports_do_not_pile_up_while_the_broker_is_away(tmpdir):
    nobody = "amqp://guest:guest@127.0.0.1:1/"
    printed = run(nobody, tmpdir, until="waiting=1")
    # One report, the attach's start and end.
    assert printed["waiting"] == 3
    # The next process finds these; its own would only be one more, which it is where it
    # reports before it has adopted them. It adopts them while it starts, which must not get
    # between Nova's imports: on Queens it did. Within four intervals there would be four more.
    printed = run(nobody, tmpdir, until="waiting=3")
    assert printed["waiting"] in (5, 6)


def test_report_that_cannot_be_made_is_logged_once_and_the_next_is_tried(caplog):
    from vifcast_nova.hooks import install
    from vifcast_nova.notify import host_report

    class Broken(object):
        report_interval_s = 1
        asked = 0

        def outbox_status(self):
            self.asked += 1
            if self.asked == 3:
                raise SystemExit
            raise RuntimeError("vifcast-nova is broken on purpose")

    notifier = Broken()
    with pytest.raises(SystemExit):
        host_report.HostReport(install.Outcome("on", None, []), notifier).run()
    assert notifier.asked == 3
    logged = [r for r in caplog.records if r.name == "vifcast_nova.notify.host_report"]
    assert [record.levelname for record in logged] == ["WARNING"]
