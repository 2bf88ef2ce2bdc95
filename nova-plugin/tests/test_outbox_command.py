"""``vifcast-nova outbox``: what nobody sends is sent, or forgotten, when somebody says so."""

import os

import pytest
from lab import broker, checking, plain
from lab.leftover import Leftover
from vifcast_nova.outbox import process
from vifcast_nova.outbox.bus import fingerprint

ROOT = os.geteuid() == 0


@pytest.fixture
def directory(tmpdir):
    return str(tmpdir.join("outbox"))


@pytest.fixture
def service(bus_url, directory):
    return plain.Service(bus_url, directory)


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


def test_left_for_another_bus_is_told_and_sent_when_it_is_to_be(
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
    assert "outbox forget " + there in outbox("list")[1]
    code, said = outbox("send", there)
    assert (code, said.split()[0]) == (0, "3")
    assert "NOBODY" not in outbox("list")[1]
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
        assert "the process that wrote them sends them" in outbox("list")[1]
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
    with open(os.path.join(aside, "foreign"), "w"):
        pass
    assert "4 files" in outbox("list")[1]
    code, said = outbox("send", "aside")
    assert (code, said.split()[0]) == (0, "3")
    start(service)
    assert numbers(bus) == [0, 1, 2]
    assert os.listdir(aside) == ["foreign"]
    assert outbox("forget", "aside")[0] == 0
    assert os.listdir(aside) == []


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
    process.of(service.conf, service.transport, os.getpid()).look_around()
    process.of(service.conf, service.transport, os.getpid()).start()


def numbers(bus):
    return [n["payload"]["number"] for n in bus.take()]
