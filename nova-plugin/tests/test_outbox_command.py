"""``vifcast-nova outbox`` sends or deletes orphaned notifications when asked to."""

import os

import pytest
from lab import broker, checking, plain
from lab.leftover import Leftover
from vifcast_nova.outbox import process
from vifcast_nova.outbox.bus import fingerprint

ROOT = os.geteuid() == 0


@pytest.fixture
def conf(bus_url, directory, tmpdir):
    url = broker.transport_url(bus_url)
    return checking.write_conf(tmpdir, url, options="outbox_dir = %s" % directory)


@pytest.fixture
def elsewhere():
    """Another bus, by a password of its own."""
    return broker.new_vhost().replace("guest:guest@", "guest:sesame@")


@pytest.fixture
def outbox(check, conf):
    """``outbox("send", WHAT)``: its exit code, and what it said."""

    def outbox(*words):
        said = check.run(["outbox"] + list(words) + ["--config-file", conf])
        assert "sesame" not in said.output + said.errors
        return said.code, said.output + said.errors

    return outbox


def test_left_for_another_bus_is_listed_and_sent_on_request(
    service, directory, bus, outbox, check, conf, elsewhere
):
    there = fingerprint(plain.Service(elsewhere, directory).transport)
    Leftover(elsewhere, directory, 3).kill()
    checked = check("--config-file", conf)
    assert (checked.code, checked.not_ok()) == (1, ["outbox"])
    for word in ("3 notifications", elsewhere.split("@")[1], "outbox send " + there):
        assert word in checked.output
    assert "sesame" not in checked.output
    assert "3 since" in outbox("list")[1]
    assert "ORPHANED: outbox send %s, or outbox forget %s." % (there, there) in outbox("list")[1]
    code, said = outbox("send", there)
    assert (code, said.split()[0]) == (0, "3")
    assert "ORPHANED" not in outbox("list")[1]
    start(service)
    assert numbers(bus) == [0, 1, 2]
    assert outbox("send", there)[0] == 1


def test_left_for_another_bus_is_forgotten_when_it_is_to_be(
    directory, outbox, check, conf, elsewhere
):
    there = fingerprint(plain.Service(elsewhere, directory).transport)
    folder = Leftover(elsewhere, directory, 3).kill()
    assert outbox("forget", there)[0] == 0
    assert not os.path.exists(folder)
    assert check("--config-file", conf).code == 0


def test_what_a_living_process_has_for_another_bus_is_left_to_it(
    directory, outbox, check, conf, elsewhere
):
    there = fingerprint(plain.Service(elsewhere, directory).transport)
    left = Leftover(elsewhere, directory, 3)
    try:
        assert check("--config-file", conf).code == 0
        assert "sent by the process that wrote them" in outbox("list")[1]
        assert outbox("send", there)[0] == outbox("forget", there)[0] == 1
        assert len(os.listdir(left.folder)) == 4
    finally:
        left.kill()


def test_what_was_set_aside_is_sent_again(bus_url, service, directory, bus, outbox):
    folder = Leftover(bus_url, directory, 3).kill()
    aside = os.path.join(directory, "aside")
    os.mkdir(aside)
    for name in os.listdir(folder):
        if name != "lock":
            target = "%s-%s" % (os.path.basename(folder), name)
            os.rename(os.path.join(folder, name), os.path.join(aside, target))
    for name in ("foreign", "%s-copy" % target):
        with open(os.path.join(aside, name), "w"):
            pass
    os.makedirs(os.path.join(aside, "folder", "in-it"))
    assert "6 files" in outbox("list")[1]
    code, said = outbox("send", "aside")
    assert (code, said.split()[0]) == (0, "3")
    for name in ("foreign", "folder", "%s-copy" % target):
        assert "%s: its name is not that of a notification" % os.path.join(aside, name) in said
    start(service)
    assert numbers(bus) == [0, 1, 2]
    assert len(os.listdir(aside)) == 3
    assert outbox("forget", "aside") == (0, "3 deleted.\n")
    assert os.listdir(aside) == []
    assert outbox("send", "aside")[0] == 1
    assert len(os.listdir(directory)) == 2  # this process's spool


def test_what_cannot_be_done_is_named_and_leaves_nothing_behind(directory, outbox):
    """And is not reported as an output that cannot be written."""
    os.mkdir(directory)
    aside = os.path.join(directory, "aside")
    os.mkdir(aside)
    name = os.path.join(aside, "x-00000000000000000001.json")
    os.mkdir(name)  # cannot be read as a file
    code, said = outbox("send", "aside")
    assert code == 1
    assert "Not changed: %s: Is a directory." % name in said
    assert os.listdir(directory) == ["aside"]


def test_what_nova_compute_would_send_is_not_forgotten(bus_url, directory, outbox, service):
    folder = Leftover(bus_url, directory, 2).kill()
    here = fingerprint(service.transport)
    for action in ("send", "forget"):
        code, said = outbox(action, here)
        assert (code, "nova-compute itself sends" in said) == (1, True)
    assert len(os.listdir(folder)) == 3


def test_unreadable_directory_is_not_reported_as_empty(check, bus_url, tmpdir):
    tmpdir.join("file").write("")
    directory = str(tmpdir.join("file", "outbox"))
    url = broker.transport_url(bus_url)
    conf = checking.write_conf(tmpdir, url, options="outbox_dir = %s" % directory)
    said = check.run(["outbox", "list", "--config-file", conf])
    assert (said.code, said.output) == (1, "")
    assert "%s: Not a directory" % directory in said.errors


def test_root_leaves_everything_to_its_owner(service, directory, outbox, elsewhere):
    there = fingerprint(plain.Service(elsewhere, directory).transport)
    folder = Leftover(elsewhere, directory, 1).kill()
    owner = 12345 if ROOT else os.geteuid()
    if ROOT:
        for folder_, _, names in list(os.walk(directory)):
            for path in [folder_] + [os.path.join(folder_, name) for name in names]:
                os.chown(path, owner, -1)
        path = os.path.dirname(directory)
        while path != "/tmp":
            os.chmod(path, 0o755)
            path = os.path.dirname(path)
    code, said = outbox("send", there)
    assert code == 0, said
    assert not os.path.exists(folder)
    for folder_, _, names in os.walk(directory):
        for path in [folder_] + [os.path.join(folder_, name) for name in names]:
            assert os.stat(path).st_uid == owner


def start(service):
    process.of(service.conf, service.transport, os.getpid()).adoption.look_around()
    process.of(service.conf, service.transport, os.getpid()).start()


def numbers(bus):
    return [n["payload"]["number"] for n in bus.take()]
