"""``vifcast-nova check`` on hosts that are well and hosts that are not."""

import json
import os

import pytest
from lab import broker, checking, plain
from vifcast_nova.outbox.bus import fingerprint

ROOT = os.geteuid() == 0
NOBODY = 65534


def test_healthy_host_is_ok_in_every_line_and_left_as_it_was(check, url, tmpdir):
    checked = check("--config-file", checking.write_conf(tmpdir, url))
    assert checked.not_ok() == [], checked.output
    assert checked.code == 0
    assert json.loads(checked.output)["is_fine"] is True
    names = [line["name"] for line in checked.lines]
    assert names == [
        "python",
        "nova.conf",
        "driver",
        "entry point",
        "publisher",
        "hook points",
        "hand-patch",
        "[vifcast]",
        "nova-compute",
        "outbox",
        "broker",
        "exchange",
        "lane",
    ]
    assert os.listdir(str(tmpdir)) == ["nova.conf"]
    assert checked.line("exchange").startswith("OK nova: ")


def test_it_makes_no_exchange_and_no_queue(check, tmpdir):
    own = broker.new_vhost()
    conf = checking.write_conf(tmpdir, broker.transport_url(own))
    for _ in range(2):
        assert "not there yet" in check("--config-file", conf).line("exchange")


def test_text_says_what_json_says(check, url, tmpdir):
    conf = checking.write_conf(tmpdir, url, drivers=["vifcast_outbox"])
    lines = check("--config-file", conf).lines
    checked = check("--config-file", conf, text=True)
    assert checked.code == 1
    for line in lines:
        assert "%-4s  %s: %s\n" % (line["level"], line["name"], line["text"]) in checked.output
        assert line["advice"] is None or "-> %s\n" % line["advice"] in checked.output
    assert checked.output.splitlines()[-1].endswith("Failed: driver.")


def test_missing_driver_line_fails_and_names_the_line_to_add(check, url, tmpdir):
    conf = checking.write_conf(tmpdir, url, drivers=["vifcast_outbox"])
    checked = check("--config-file", conf)
    assert checked.code == 1
    assert checked.not_ok() == ["driver"]
    assert "Add the line `driver = vifcast`" in checked.line("driver")


def test_drivers_in_one_line_are_explained(check, url, tmpdir):
    conf = checking.write_conf(tmpdir, url, drivers=["vifcast_outbox, vifcast"])
    checked = check("--config-file", conf)
    assert checked.code == 1
    assert "One line for each" in checked.line("driver")


@pytest.mark.parametrize(
    ("drivers", "said"),
    [
        (["noop", "vifcast_outbox", "vifcast"], "Remove `driver = noop`"),
    ],
)
def test_driver_beside_the_wrong_ones_is_a_warning(check, url, tmpdir, drivers, said):
    conf = checking.write_conf(tmpdir, url, drivers=drivers)
    checked = check("--config-file", conf)
    assert checked.code == 0
    assert checked.not_ok() == ["driver"]
    assert said in checked.line("driver")


def test_hand_patched_nova_is_a_warning(patched_nova, url, tmpdir):
    conf = checking.write_conf(tmpdir, url)
    check = checking.Checker(patched_nova)
    checked = check("--config-file", conf)
    check.close()
    assert checked.code == 0
    assert checked.not_ok() == ["hand-patch"]
    said = checked.line("hand-patch")
    for suffix in ("attach.start", "attach.end", "detach.start", "detach.end"):
        assert "compute.instance.interface_" + suffix in said
    assert "vifcast-nova patch revert" in said


def test_unknown_nova_fails_and_says_what_is_missing(unknown_nova, url, tmpdir):
    conf = checking.write_conf(tmpdir, url)
    check = checking.Checker(unknown_nova)
    checked = check("--config-file", conf)
    check.close()
    assert checked.code == 1
    assert checked.not_ok() == ["hook points"]
    assert "has no _process_instance_vif_deleted_event" in checked.line("hook points")


@pytest.mark.parametrize("value", ["often", "86401"])
def test_value_that_is_none_is_a_warning_that_says_what_is_taken(check, url, tmpdir, value):
    conf = checking.write_conf(tmpdir, url, options="report_interval_s = %s" % value)
    checked = check("--config-file", conf)
    assert checked.code == 0
    assert checked.not_ok() == ["[vifcast]"]
    assert "report_interval_s is invalid; using the default, 300." in checked.line("[vifcast]")


def test_dollar_before_what_is_no_option_is_a_warning(check, url, tmpdir):
    conf = checking.write_conf(tmpdir, url, options="lane_exchange = $lane")
    checked = check("--config-file", conf)
    assert checked.not_ok() == ["[vifcast]"]
    assert "lane_exchange is invalid; using the default, vifcast." in checked.line("[vifcast]")


def test_outbox_that_is_a_file_fails(check, url, tmpdir):
    place = tmpdir.join("outbox")
    place.write("no directory")
    conf = checking.write_conf(tmpdir, url, options="outbox_dir = %s" % place)
    checked = check("--config-file", conf)
    assert checked.code == 1
    assert checked.not_ok() == ["outbox"]
    assert "it is not a directory" in checked.line("outbox")


def test_outbox_of_another_user_fails_whoever_runs_the_check(check, url, tmpdir):
    # As root, for the user that owns state_path; else for this one.
    outbox = tmpdir.mkdir("outbox")
    conf = checking.write_conf(tmpdir, url, options="outbox_dir = %s" % outbox)
    outbox.chmod(0o500)
    if ROOT:
        os.chown(str(tmpdir), NOBODY, -1)
        for folder in tmpdir.parts()[1:]:
            folder.chmod(folder.stat().mode & 0o777 | 0o011)
    checked = check("--config-file", conf)
    assert checked.code == 1
    assert checked.not_ok() == ["outbox"]
    assert "Permission denied" in checked.line("outbox")


def test_what_waits_is_counted(check, url, bus_url, tmpdir):
    here = fingerprint(plain.Service(bus_url, str(tmpdir)).transport)
    spool = tmpdir.mkdir("outbox").mkdir(here + "-1700000000000000000-7-89abcdef")
    spool.join("lock").write("")
    spool.join("01700000000000000000.json").write("{}")
    conf = checking.write_conf(tmpdir, url, options="outbox_dir = %s/outbox" % tmpdir)
    checked = check("--config-file", conf)
    assert checked.code == 0
    assert checked.line("outbox").startswith("WARN")
    assert "1 notifications wait" in checked.line("outbox")


def test_invalid_nova_conf_is_reported_by_line_and_not_quoted(check, tmpdir):
    conf = tmpdir.join("nova.conf")
    conf.write("[DEFAULT]\npassword sesame\n")
    checked = check("--config-file", str(conf))
    assert checked.code == 1
    assert "line 2 of %s" % conf in checked.line("nova.conf")
    assert "sesame" not in checked.output + checked.errors
    assert "Traceback" not in checked.output + checked.errors


def test_missing_nova_conf_is_reported(check, tmpdir):
    checked = check("--config-file", str(tmpdir.join("nova.conf")))
    assert checked.code == 1
    assert "nova.conf is not there" in checked.line("nova.conf")
    assert [line["name"] for line in checked.lines] == ["python", "nova.conf"]


def test_nova_conf_is_found_where_nova_compute_finds_it(check, url, tmpdir):
    home = tmpdir.mkdir("home")
    checking.write_conf(home.mkdir(".nova"), url)
    checked = check(environment={"HOME": str(home)})
    assert checked.not_ok() == []
    assert str(home.join(".nova", "nova.conf")) in checked.line("nova.conf")


def test_python_without_nova_is_a_fail_with_advice(tmpdir):
    checked = checking.check_without_nova(tmpdir)
    assert checked.code == 1, checked.errors
    assert [line["name"] for line in checked.lines] == ["python"]
    assert "has no Nova" in checked.line("python")
    assert "PYTHON -m vifcast_nova check" in checked.line("python")
    assert checked.errors == ""
