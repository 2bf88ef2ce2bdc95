"""``vifcast-nova check`` on what publishes Nova's own notifications: does Nova wait for it?"""

import os
import subprocess

import pytest
from lab import checking
from lab.compute import nova_major

WRITE = (
    "`driver = vifcast_outbox`",
    "`driver = vifcast`",
    "[oslo_messaging_notifications]",
    "Restart nova-compute",
)


def publisher(checked):
    """The texts of the warnings of that name; nothing has failed."""
    assert checked.code == 0, checked.output
    found = [line for line in checked.lines if line["name"] == "publisher"]
    found = [line for line in found if line["level"] == "WARN"]
    return ["%s -> %s" % (line["text"], line["advice"]) for line in found]


def test_the_two_lines_are_ok_and_say_what_other_services_need(check, url, tmpdir):
    checked = check("--config-file", checking.write_conf(tmpdir, url))
    assert checked.not_ok() == [], checked.output
    said = checked.line("publisher")
    assert said.startswith("OK vifcast_outbox: Nova does not wait for the broker.")
    assert "every service that reads this nova.conf" in said


@pytest.mark.parametrize("notification_format", ["both", "versioned"])
@pytest.mark.parametrize("driver", ["messagingv2", "messaging"])
def test_driver_that_an_attach_waits_for_is_a_warning_with_the_two_lines(
    check, url, tmpdir, driver, notification_format
):
    more = "[notifications]\nnotification_format = %s" % notification_format
    conf = checking.write_conf(tmpdir, url, drivers=[driver, "vifcast"], more=more)
    (said,) = publisher(check("--config-file", conf))
    for words in WRITE:
        assert words in said
    assert "notification_format = %s" % notification_format in said
    assert "every attach and detach" in said
    assert "the API answers 500 after 60 s" in said
    assert "Replace `driver = %s` by `driver = vifcast_outbox`" % driver in said


def test_format_of_this_release_is_known_where_nova_conf_has_none(check, url, tmpdir):
    conf = checking.write_conf(tmpdir, url, drivers=["messagingv2", "vifcast"])
    (said,) = publisher(check("--config-file", conf))
    if nova_major() < 20:
        assert "notification_format = both (the default of this Nova)" in said
        assert "every attach and detach" in said
    else:
        assert "notification_format = unversioned (the default of this Nova)" in said
        assert "An attach that succeeds does not wait." in said


def test_format_in_its_old_section_is_read(check, url, tmpdir):
    more = "[DEFAULT]\nnotification_format = both"
    conf = checking.write_conf(tmpdir, url, drivers=["messagingv2", "vifcast"], more=more)
    (said,) = publisher(check("--config-file", conf))
    assert "every attach and detach" in said


def test_unversioned_is_a_warning_of_what_still_waits(check, url, tmpdir):
    more = "[notifications]\nnotification_format = unversioned"
    conf = checking.write_conf(tmpdir, url, drivers=["messagingv2", "vifcast"], more=more)
    (said,) = publisher(check("--config-file", conf))
    assert "An attach that succeeds does not wait." in said
    assert "an attach or detach that fails" in said
    for words in WRITE:
        assert words in said


def test_no_topics_for_versioned_ones_is_no_wait_of_an_attach(check, url, tmpdir):
    more = "[notifications]\nnotification_format = both\nversioned_notifications_topics ="
    conf = checking.write_conf(tmpdir, url, drivers=["messagingv2", "vifcast"], more=more)
    (said,) = publisher(check("--config-file", conf))
    assert "An attach that succeeds does not wait." in said
    assert "versioned_notifications_topics is empty" in said


def test_state_changes_make_nova_conductor_publish_within_an_attach(check, url, tmpdir):
    more = (
        "[notifications]\nnotification_format = unversioned\n"
        "notify_on_state_change = vm_and_task_state"
    )
    conf = checking.write_conf(tmpdir, url, drivers=["messagingv2", "vifcast"], more=more)
    (said,) = publisher(check("--config-file", conf))
    # From 22 on an attach saves the instance, and nova-conductor publishes that.
    assert ("nova-conductor publishes within" in said) == (nova_major() >= 22)
    assert ("An attach that succeeds does not wait." in said) == (nova_major() < 22)


def test_outbox_beside_messagingv2_sends_twice_and_waits(check, url, tmpdir):
    drivers = ["vifcast_outbox", "messagingv2", "vifcast"]
    more = "[notifications]\nnotification_format = both"
    conf = checking.write_conf(tmpdir, url, drivers=drivers, more=more)
    (said,) = publisher(check("--config-file", conf))
    assert "sent twice, with the same message_id" in said
    assert "every attach and detach" in said
    assert "Remove `driver = messagingv2`" in said


def test_both_envelopes_are_sent_twice(check, url, tmpdir):
    conf = checking.write_conf(tmpdir, url, drivers=["messaging", "messagingv2", "vifcast"])
    (said,) = publisher(check("--config-file", conf))
    assert "messaging and messagingv2" in said
    assert "sent twice, with the same message_id" in said


def test_driver_listed_twice_counts_once(check, url, tmpdir):
    drivers = ["vifcast_outbox", "vifcast_outbox", "vifcast", "vifcast"]
    checked = check("--config-file", checking.write_conf(tmpdir, url, drivers=drivers))
    assert checked.not_ok() == [], checked.output
    drivers = ["messagingv2", "messagingv2", "vifcast"]
    conf = checking.write_conf(tmpdir, url, drivers=drivers)
    (said,) = publisher(check("--config-file", conf))
    assert "twice" not in said


@pytest.mark.parametrize("retry", ["0", "2"])
def test_retry_is_no_cure(check, url, tmpdir, retry):
    drivers = ["messagingv2", "vifcast"]
    conf = checking.write_conf(tmpdir, url, drivers=drivers, more="retry = " + retry)
    (said,) = publisher(check("--config-file", conf))
    assert "retry = %s" % retry in said
    assert "lost" in said
    conf = checking.write_conf(tmpdir, url, more="retry = " + retry)
    assert check("--config-file", conf).not_ok() == []


@pytest.mark.parametrize("drivers", [["vifcast"], ["log", "vifcast"]])
def test_nothing_that_publishes_nova_s_own_is_a_warning(check, url, tmpdir, drivers):
    conf = checking.write_conf(tmpdir, url, drivers=drivers)
    (said,) = publisher(check("--config-file", conf))
    assert "Nova's other notifications are not" in said
    assert "add `driver = vifcast_outbox`" in said


@pytest.mark.parametrize(
    ("driver", "said"),
    [
        ("test", "keeps every notification in memory"),
        ("routing", "routing_config"),
        ("messagingv3", "no driver of that name"),
    ],
)
def test_driver_that_harms_or_hides_is_a_warning(check, url, tmpdir, driver, said):
    drivers = ["vifcast_outbox", "vifcast", driver]
    (found,) = publisher(check("--config-file", checking.write_conf(tmpdir, url, drivers=drivers)))
    assert said in found
    assert driver in found


def test_log_beside_the_two_lines_is_ok(check, url, tmpdir):
    drivers = ["log", "vifcast_outbox", "vifcast"]
    checked = check("--config-file", checking.write_conf(tmpdir, url, drivers=drivers))
    assert checked.not_ok() == [], checked.output


def test_no_topics_for_nic_notifications_fail(check, url, tmpdir):
    checked = check("--config-file", checking.write_conf(tmpdir, url, more="topics ="))
    assert checked.code == 1
    assert checked.not_ok() == ["publisher"]
    assert "topics is empty" in checked.line("publisher")


@pytest.mark.parametrize("drivers", [["vifcast_outbox", "vifcast"], ["log", "vifcast"]])
def test_outbox_that_is_switched_off_is_a_warning(check, url, tmpdir, drivers):
    conf = checking.write_conf(tmpdir, url, drivers=drivers, options="outbox = false")
    checked = check("--config-file", conf)
    assert checked.code == 0
    lines = [line for line in checked.lines if line["name"] == "outbox"]
    assert lines[0]["level"] == "WARN"
    assert "an attach waits for the broker" in lines[0]["text"]
    assert "Remove `outbox = false`" in lines[0]["advice"]
    # What vifcast_outbox holds is looked at all the same.
    assert len(lines) == (2 if "vifcast_outbox" in drivers else 1)


@pytest.fixture
def other_python(tmpdir):
    """A Python without the package."""
    python = tmpdir.mkdir("other").mkdir("bin").join("python3")
    found = subprocess.check_output(["python3", "-c", "import sys; print(sys.executable)"])
    os.symlink(found.decode("utf-8").strip(), str(python))
    return str(python)


@pytest.fixture
def conductor(tmpdir, other_python):
    """Starts a nova-conductor, as far as /proc shows one, of a Python without the package."""
    started = []
    script = tmpdir.join("other", "bin", "nova-conductor")
    script.write("import sys\nprint('up')\nsys.stdout.flush()\nsys.stdin.read()\n")

    def start(*words):
        command = [other_python, str(script)] + list(words)
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, close_fds=True
        )
        started.append(process)
        assert process.stdout.readline() == b"up\n"

    yield start
    for process in started:
        process.stdin.close()
        process.stdout.close()
        process.wait()


def other_services(checked):
    return [line for line in checked.lines if line["name"] == "other services"]


def test_service_of_this_nova_conf_without_the_package_is_a_warning(
    check, url, tmpdir, conductor
):
    conf = checking.write_conf(tmpdir, url)
    conductor("--config-file", conf)
    checked = check("--config-file", conf)
    assert checked.code == 0
    (line,) = other_services(checked)
    assert line["level"] == "WARN"
    python = str(tmpdir.join("other", "bin", "python3"))
    for words in ("nova-conductor", python, "drops vifcast_outbox", "its notifications"):
        assert words in line["text"]
    assert "pip" in line["advice"]


def test_service_of_another_nova_conf_or_with_the_package_is_none(
    check, url, tmpdir, conductor
):
    conf = checking.write_conf(tmpdir, url)
    conductor("--config-file", str(tmpdir.join("another.conf")))
    assert other_services(check("--config-file", conf)) == []
    packages = tmpdir.join("other", "lib", "python3.11", "site-packages")
    packages.ensure("vifcast_nova", "__init__.py")
    conductor("--config-file", conf)
    assert other_services(check("--config-file", conf)) == []


def test_command_that_only_names_a_nova_is_no_service_of_it(check, url, tmpdir, other_python):
    conf = checking.write_conf(tmpdir, url)
    rootwrap = tmpdir.join("nova-rootwrap")
    rootwrap.write("import sys; sys.stdin.read()")
    listens = ["-c", "import sys; sys.stdin.read()", "nova-queens"]
    started = [
        subprocess.Popen([other_python] + words, stdin=subprocess.PIPE, close_fds=True)
        for words in (listens, [str(rootwrap), "/etc/nova/rootwrap.conf"])
    ]
    try:
        assert other_services(check("--config-file", conf)) == []
    finally:
        for process in started:
            process.communicate()


def test_without_vifcast_outbox_other_services_need_nothing(check, url, tmpdir, conductor):
    conf = checking.write_conf(tmpdir, url, drivers=["messagingv2", "vifcast"])
    conductor("--config-file", conf)
    assert other_services(check("--config-file", conf)) == []
