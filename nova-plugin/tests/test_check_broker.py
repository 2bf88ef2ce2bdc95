"""``vifcast-nova check`` and the broker: gone, frozen, refusing, misconfigured."""

import socket
import sys

import kombu
import pytest
from lab import broker, checking, durable
from lab.own_broker import make_certificate
from vifcast_nova.cli.check import transport

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


@pytest.mark.parametrize("password", ["e", "password"])
def test_password_that_is_a_word_does_not_blot_out_ours(check, url, tmpdir, password):
    place = url.split("@")[1]
    conf = checking.write_conf(tmpdir, "rabbit://vifcast-test:%s@%s" % (password, place))
    said = check("--config-file", conf).line(HOST)
    assert "RabbitMQ refuses user vifcast-test with this password" in said
    assert "***" not in said


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("no user nova:sesame@h, 'sesame'", "no user nova:***@h, '***'"),
        ("amqp://nova:ses%61me@h/ and amqp://o@h", "amqp://***@h/ and amqp://***@h"),
        ("open sesames, unsesame", "open sesames, unsesame"),
    ],
)
def test_password_in_the_words_of_others_is_blotted_out(text, shown):
    wanted = {"hosts": [{"password": None}, {"password": "sesame"}]}
    assert transport.without_secrets(text, wanted) == shown


def test_process_that_tries_it_ending_early_is_reported(check, url, tmpdir):
    conf = checking.write_conf(tmpdir, url)
    checked = check("--config-file", conf, environment={"PYTHONHOME": "/nowhere"})
    assert checked.code == 1
    assert checked.not_ok() == [HOST]
    assert "the process that tries it ended with exit code 1" in checked.line(HOST)
    assert "Error: No module named" in checked.line(HOST)
    assert "no answer within" not in checked.line(HOST)


def test_process_that_tries_it_not_starting_is_reported(monkeypatch):
    from vifcast_nova.cli.check import connection

    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    (answer,) = connection.ask({"hosts": [{"password": None}], "timeout_s": 1})
    assert answer["kind"] == "broken"
    assert "could not be started" in answer["text"]
    assert "No such file or directory" in answer["text"]


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


def test_frozen_broker_fails_in_time(check, own_broker, tmpdir):
    conf = checking.write_conf(tmpdir, broker.transport_url(own_broker.url))
    own_broker.suspend()
    try:
        checked = check("--config-file", conf, "--timeout", "1")
    finally:
        own_broker.resume()
    assert checked.code == 1
    assert checked.not_ok() == [HOST]
    assert "no answer within 1 s" in checked.line(HOST)


def test_broker_whose_alarm_is_on_is_a_warning(check, own_broker, tmpdir):
    conf = checking.write_conf(tmpdir, broker.transport_url(own_broker.url))
    own_broker.raise_disk_alarm()
    try:
        checked = check("--config-file", conf)
    finally:
        own_broker.clear_disk_alarm()
    assert checked.code == 0
    assert checked.not_ok() == [HOST]
    assert checked.line(HOST).startswith("WARN reached: 127.0.0.1:")
    assert "it takes no notifications: its memory or disk alarm is on" in checked.line(HOST)


def with_tls(own_broker, directory, ca):
    """A nova.conf that goes to the own broker's TLS port; ``ca``: the file to trust, or None."""
    url = "rabbit://guest:guest@127.0.0.1:%d/" % own_broker.tls_port
    options = "[oslo_messaging_rabbit]\nssl = true\nssl_ca_file = %s" % ca if ca else ""
    return checking.write_conf(directory, url, options=options)


def test_tls_with_the_right_ca_is_ok(check, own_broker, certificates, tmpdir):
    checked = check("--config-file", with_tls(own_broker, tmpdir, certificates + "/cert.pem"))
    assert checked.not_ok() == [], checked.output
    assert "127.0.0.1:%d as guest" % own_broker.tls_port in checked.line(HOST)


def test_tls_with_another_ca_fails(check, own_broker, tmpdir):
    make_certificate(str(tmpdir))
    checked = check("--config-file", with_tls(own_broker, tmpdir, str(tmpdir.join("cert.pem"))))
    assert checked.code == 1
    assert checked.not_ok() == [HOST]
    assert "TLS failed" in checked.line(HOST)
    assert "CERTIFICATE_VERIFY_FAILED" in checked.line(HOST)
    assert "Correct [oslo_messaging_rabbit] ssl and its certificates" in checked.line(HOST)


def test_tls_port_without_tls_fails_and_names_the_option(check, own_broker, tmpdir):
    checked = check("--config-file", with_tls(own_broker, tmpdir, None))
    assert checked.code == 1
    assert checked.not_ok() == [HOST]
    assert "A port that speaks TLS needs" in checked.line(HOST)


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


@pytest.mark.parametrize(
    "password", ["abc@topsesame/x", "54321#topsesame", "54321?topsesame", "s3c@topsesame#et"]
)
def test_password_that_is_not_encoded_is_reported_and_not_quoted(check, tmpdir, password):
    conf = checking.write_conf(tmpdir, "rabbit://nova:%s@127.0.0.1:1/" % password)
    for words in (["check"], ["outbox", "list"]):
        checked = check.run(words + ["--config-file", conf])
        said = checked.output + checked.errors
        assert checked.code == 1
        assert "@, /, # and ? of the password as %40, %2F, %23 and %3F" in said
        for secret in ("topsesame", "54321", "s3c", "abc"):
            assert secret not in said


def test_second_at_sign_that_does_no_harm_is_none(check, tmpdir):
    conf = checking.write_conf(tmpdir, "rabbit://nova:s3c@topsesame@127.0.0.1:1/nova")
    checked = check("--config-file", conf)
    assert "127.0.0.1:1: nothing listens" in checked.line(HOST)
    assert "topsesame" not in checked.output


def test_invalid_port_is_reported(check, tmpdir):
    conf = checking.write_conf(tmpdir, "rabbit://nova:sesame@127.0.0.1:99999/")
    checked = check("--config-file", conf)
    assert "127.0.0.1:99999 in the transport_url" in checked.line(HOST)
    assert "is not a port" in checked.line(HOST)


@pytest.mark.parametrize("option", ["ssl_ca_file", "ssl_cert_file", "ssl_key_file"])
def test_file_for_tls_that_is_not_there_is_named(check, tmpdir, option):
    options = "[oslo_messaging_rabbit]\nssl = true\n%s = /nowhere/x.pem" % option
    conf = checking.write_conf(tmpdir, "rabbit://nova:sesame@127.0.0.1:1/", options=options)
    checked = check("--config-file", conf)
    assert checked.not_ok() == [HOST]
    assert "%s: /nowhere/x.pem cannot be read (No such file" % option in checked.line(HOST)


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


def test_lane_that_is_not_there_is_a_warning(check, tmpdir):
    url = broker.transport_url(broker.new_vhost())
    checked = check("--config-file", checking.write_conf(tmpdir, url))
    assert checked.code == 0
    assert checked.line("lane").startswith("WARN vifcast: this broker has no such exchange")
    assert "vifcast serve" in checked.line("lane")


def test_lane_that_may_be_written_is_ok_and_nothing_is_put_into_it(check, tmpdir):
    url = broker.new_vhost()
    durable.declare(url, keys=["#"])
    conf = checking.write_conf(tmpdir, broker.transport_url(url))
    assert check("--config-file", conf).line("lane").startswith("OK vifcast: there")
    with kombu.Connection(url) as connection:
        assert kombu.Queue(durable.QUEUE)(connection.channel()).get() is None


@pytest.mark.parametrize("write", ["^nova$|^notifications", "^$|^amq.default$"])
def test_lane_that_may_not_be_written_is_a_warning_with_the_command(check, tmpdir, write):
    url = broker.new_vhost()
    durable.declare(url)
    with kombu.Connection(url) as connection:
        kombu.Exchange("nova", "topic", durable=False)(connection.channel()).declare()
    limited = broker.limited_user(url, write=write)
    conf = checking.write_conf(tmpdir, broker.transport_url(limited))
    checked = check("--config-file", conf)
    user, vhost = limited.split("//")[1].split(":")[0], url.rsplit("/", 1)[1]
    assert checked.line("lane").startswith("WARN vifcast: %s may not write to it" % user)
    command = "set_permissions -p %s %s 'CONFIGURE' '(WRITE)|^vifcast$' 'READ'" % (vhost, user)
    assert command in checked.line("lane")
    assert "sesame" not in checked.output


@pytest.mark.parametrize("option", ["outbox = false", "lane_exchange ="])
def test_lane_that_nova_conf_wants_none_of_is_ok(check, url, tmpdir, option):
    conf = checking.write_conf(tmpdir, url, options=option)
    assert check("--config-file", conf).line("lane").startswith("OK none")


def test_other_transport_is_a_warning(check, tmpdir):
    conf = checking.write_conf(tmpdir, "kombu+memory:////")
    checked = check("--config-file", conf)
    assert checked.code == 0
    assert checked.line(HOST).startswith("WARN")
    assert "not tried" in checked.line(HOST)
