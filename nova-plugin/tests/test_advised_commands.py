"""What ``vifcast-nova check`` advises to type on the broker's host, typed there."""

import os
import re
import subprocess

import kombu
import pytest
from lab import broker, checking, durable


@pytest.fixture(scope="module")
def own(own_broker, tmpdir_factory):
    """A broker, and a shell on its host."""
    own = own_broker
    folder = str(tmpdir_factory.mktemp("bin"))
    own.programs(folder)

    def shell(line):
        path = os.pathsep.join([folder, os.environ["PATH"]])
        return subprocess.check_output(["/bin/sh", "-c", line], env=dict(os.environ, PATH=path))

    own.__dict__["shell"] = shell
    return own


def printed(line):
    return re.findall(r"`(rabbitmq[^`]+)`", line)


def test_permission_for_the_lane(check, own, tmpdir):
    own.add_user("narrow", "sesame", "/")
    own.shell("rabbitmqctl set_permissions -p / narrow '.*' '^(nova|amq.default|notif.*)$' '.*'")
    durable.declare(own.url + "/")
    with kombu.Connection(own.url + "/") as connection:
        kombu.Exchange("nova", "topic", durable=False)(connection.channel()).declare()
    url = broker.transport_url(own.url.replace("guest:guest", "narrow:sesame"))
    conf = checking.write_conf(tmpdir, url + "/")
    line = check("--config-file", conf).line("lane")
    assert line.startswith("WARN vifcast: narrow may not write to it")
    look, give = printed(line)
    (row,) = [line for line in own.shell(look).decode().splitlines() if line.startswith("/\t")]
    configure, write, read = row.split("\t")[1:]
    give = give.replace("'CONFIGURE'", "'%s'" % configure).replace("'READ'", "'%s'" % read)
    own.shell(give.replace("(WRITE)", "(%s)" % write))
    assert check("--config-file", conf).line("lane").startswith("OK vifcast: there")


def test_permissions_on_a_virtual_host(check, own, tmpdir):
    own.shell("rabbitmqctl add_vhost 'a cloud' && rabbitmqctl add_user stranger sesame")
    url = broker.transport_url(own.url.replace("guest:guest", "stranger:sesame"))
    conf = checking.write_conf(tmpdir, url + "/a%20cloud")
    line = check("--config-file", conf).line("broker")
    assert "refused for user 'stranger'" in line
    (give,) = printed(line)
    own.shell(give)
    assert check("--config-file", conf).line("broker").startswith("OK reached")
