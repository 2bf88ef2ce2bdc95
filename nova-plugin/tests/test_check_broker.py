"""``vifcast-nova check`` and the broker: gone, frozen, refusing, misconfigured."""

import socket

import kombu
from lab import broker, checking
from lab.own_broker import OwnBroker

HOST = "broker"


def test_nobody_listening_fails_at_once(check, tmpdir):
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    url = "rabbit://nova:sesame@127.0.0.1:%d/" % listener.getsockname()[1]
    checked = check("--config-file", checking.write_conf(tmpdir, url))
    listener.close()
    assert checked.code == 1
    assert checked.not_ok() == [HOST]
    assert "nothing listens on that port" in checked.line(HOST)
    assert "sesame" not in checked.output + checked.errors


def test_wrong_password_fails_and_is_not_printed(check, url, tmpdir):
    place = url.split("@")[1]
    conf = checking.write_conf(tmpdir, "rabbit://vifcast-test:sesame@" + place)
    checked = check("--config-file", conf)
    assert checked.code == 1
    assert checked.not_ok() == [HOST]
    assert "RabbitMQ refuses user vifcast-test" in checked.line(HOST)
    assert "sesame" not in checked.output + checked.errors


def test_right_password_is_not_printed(check, url, tmpdir):
    password = url.split("@")[0].rsplit(":", 1)[1]
    conf = checking.write_conf(tmpdir, url)
    checked = check("--config-file", conf, text=True)
    assert checked.code == 0
    assert ":%s@" % password not in checked.output
    assert "rpcpassword" not in checked.output


def test_missing_virtual_host_fails(check, url, tmpdir):
    conf = checking.write_conf(tmpdir, url + "-of-nobody")
    checked = check("--config-file", conf)
    assert checked.code == 1
    assert "virtual host at the end of transport_url" in checked.line(HOST)


def test_frozen_broker_fails_in_time(check, tmpdir):
    own = OwnBroker()
    try:
        own.suspend()
        conf = checking.write_conf(tmpdir, broker.transport_url(own.url))
        checked = check("--config-file", conf, "--timeout", "1")
    finally:
        own.end()
    assert checked.code == 1
    assert checked.not_ok() == [HOST]
    assert "no answer within 1 s" in checked.line(HOST)


def test_one_of_two_hosts_is_a_warning(check, url, tmpdir):
    user, place = url[len("rabbit://") :].split("@")
    first = "%s@127.0.0.1:1" % user
    conf = checking.write_conf(tmpdir, "rabbit://%s,%s@%s" % (first, user, place))
    checked = check("--config-file", conf)
    assert checked.code == 0
    assert checked.line(HOST).startswith("WARN reached: 127.0.0.1:")
    assert "Not reached: 127.0.0.1:1" in checked.line(HOST)


def test_url_that_is_none_fails_and_is_not_quoted(check, tmpdir):
    conf = checking.write_conf(tmpdir, "rabbit://nova:sesame/@controller:port/")
    checked = check("--config-file", conf)
    assert checked.code == 1
    assert checked.line(HOST).startswith("FAIL")
    assert "sesame" not in checked.output + checked.errors


def test_exchange_that_is_there_is_ok_and_another_durability_fails(check, tmpdir):
    own = broker.new_vhost()
    with kombu.Connection(own) as connection:
        kombu.Exchange("nova", "topic", durable=False)(connection.channel()).declare()
    url = broker.transport_url(own)
    checked = check("--config-file", checking.write_conf(tmpdir, url))
    assert checked.not_ok() == []
    assert checked.line("exchange").startswith("OK nova: there.")
    durable = "[oslo_messaging_rabbit]\namqp_durable_queues = true"
    checked = check("--config-file", checking.write_conf(tmpdir, url, options=durable))
    assert checked.code == 1
    assert checked.not_ok() == ["exchange"]
    assert "inequivalent arg 'durable'" in checked.line("exchange")


def test_other_transport_is_a_warning(check, tmpdir):
    conf = checking.write_conf(tmpdir, "kombu+memory:////")
    checked = check("--config-file", conf)
    assert checked.code == 0
    assert checked.line(HOST).startswith("WARN")
    assert "not tried" in checked.line(HOST)
