"""Several hosts in the transport URL, and TLS to them. On real RabbitMQs."""

import re
import uuid

import pytest

from notifications import body, interface, payload
from publisher import Publisher
from rabbitmq import RabbitMQ
from vifcast.bus import link
from vifcast.config import load_settings
from vifcast.doctor.examine import examine

_TLS = """
listeners.ssl.local = 127.0.0.1:{{tls}}
ssl_options.cacertfile = {ca}
ssl_options.certfile = {certificate}
ssl_options.keyfile = {key}
ssl_options.verify = verify_none
"""


@pytest.fixture(scope="module")
def second(authority):
    """A broker beside the shared one, which also speaks TLS, as localhost."""
    certificate, key = authority.certificate_for("DNS:localhost")
    text = _TLS.format(ca=authority.certificate, certificate=certificate, key=key)
    with RabbitMQ(configuration=text) as broker:
        yield broker


@pytest.fixture
def in_order(monkeypatch):
    """Have the hosts tried in the order of the URL."""
    monkeypatch.setattr(link.random, "sample", lambda hosts, _: list(hosts))


def nic(number):
    identity = str(uuid.UUID(int=number))
    return body(payload=payload(interface=interface(operation_id=identity, port_id=identity)))


def tls_url(second, query, host="localhost"):
    return f"rabbit://guest:guest@{host}:{second.tls_port}/?ssl=1{query}"


def test_tls_with_the_right_authority(serve, second, authority, until):
    publisher = Publisher(second.url("/"))
    server = serve(tls_url(second, f"&ssl_ca_file={authority.certificate}"))
    until(server.state.is_healthy)
    for number in range(300):
        publisher(nic(number))
    publisher.close()
    until(lambda: server.store.last_event_id() == 300)


def test_tls_without_an_authority_is_not_verified(serve, second, until):
    server = serve(tls_url(second, "", host="127.0.0.1"))
    until(server.state.is_healthy)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_what_is_wrong_with_tls_is_said(serve, second, authority, wrong_authority, until, host):
    ca, sentence = {
        "127.0.0.1": (authority.certificate, "its certificate is for another name (IP address"),
        "localhost": (
            wrong_authority.certificate,
            "its certificate fails the check against ssl_ca_file",
        ),
    }[host]
    server = serve(tls_url(second, f"&ssl_ca_file={ca}", host=host))
    until(lambda: server.state.problem)
    assert f"no broker answers at {host}:{second.tls_port} (TLS: {sentence}" in server.state.problem


def test_tls_to_a_port_without_it_is_said(serve, vhost, until):
    server = serve(f"{vhost.transport_url}?ssl=1")
    until(lambda: server.state.problem)
    assert "TLS: that port does not speak TLS" in server.state.problem


def test_authority_that_is_not_there_is_said(serve, vhost, until):
    server = serve(f"{vhost.transport_url}?ssl=1&ssl_ca_file=/nowhere.pem")
    until(lambda: server.state.problem)
    assert "the file in ssl_ca_file or ssl_cert_file does not exist" in server.state.problem


def both(second, vhost):
    """The transport URL of ``second`` and the shared broker, in this order."""
    second.create_vhost(vhost.name)
    address = second.base_url.removeprefix("amqp://")
    return vhost.transport_url.replace("rabbit://", f"rabbit://{address},")


def test_next_host_is_read_once_the_first_is_gone(
    serve, second, vhost, publish, until, in_order, caplog
):
    caplog.set_level("INFO", "vifcast")
    url = both(second, vhost)
    first_publisher = Publisher(second.url(vhost.name))
    server = serve(url, ingest__retry_max_s=30.0)
    until(server.state.is_healthy)
    first_publisher(nic(1))
    until(lambda: server.store.last_event_id() == 1)
    first_publisher.close()
    second.stop()
    try:
        until(lambda: f"reading vifcast at 127.0.0.1:{vhost.broker.port}" in caplog.text)
        # The first pause, and no later, longer one.
        (pause,) = re.findall(r"retrying until it works, first in (\S+) s", caplog.text)
        assert float(pause) <= 0.5
        publish(nic(2))
        until(lambda: server.store.last_event_id() == 2)
    finally:
        second.start()


def test_host_that_is_frozen_is_passed_over(serve, second, vhost, until, in_order):
    url = both(second, vhost)
    second.suspend()
    try:
        server = serve(url, ingest__connect_timeout_s=0.5)
        until(server.state.is_healthy)
        assert server.state.broker == f"127.0.0.1:{second.port}, 127.0.0.1:{vhost.broker.port}"
    finally:
        second.resume()


def test_host_that_refuses_is_passed_over(serve, second, vhost, until, in_order):
    url = both(second, vhost)
    refused = url.replace("rabbit://guest:guest@", "rabbit://guest:wrong@", 1)
    server = serve(refused)
    until(server.state.is_healthy)


@pytest.fixture
def doctor(tmp_path):
    """The lines of ``vifcast doctor``, as they come."""

    def lines(url):
        settings = load_settings(
            overrides={"DEFAULT.data_dir": str(tmp_path), "ingest.transport_url": url}
        )
        return examine(settings, timeout_s=0.5, send_probe=False)

    return lines


def broker_line(lines):
    (line,) = (line for line in lines if line.name == "broker")
    return line


def test_doctor_says_what_is_wrong_with_tls(doctor, second, authority):
    right = f"&ssl_ca_file={authority.certificate}"
    assert broker_line(doctor(tls_url(second, right))).level == "OK"
    line = broker_line(doctor(tls_url(second, right, host="127.0.0.1")))
    assert "TLS: its certificate is for another name" in line.text
    assert line.advice.startswith("Use the host name of its certificate in transport_url")
    line = broker_line(doctor(f"rabbit://guest:guest@localhost:{second.tls_port}/"))
    assert line.level == "FAIL"


def test_doctor_comes_to_an_end_where_the_broker_freezes(doctor, second):
    url = second.transport_url("/")
    on_the_way = doctor(url)
    assert [next(on_the_way).name, next(on_the_way).name] == ["configuration", "broker"]
    second.suspend()
    try:
        by_name = {line.name: line for line in on_the_way}
        assert by_name["exchange"].text == by_name["queue"].text == "no answer in time."
        assert by_name["database"].level == "FAIL"
        assert "no answer within 0.5 s" in broker_line(doctor(url)).text
    finally:
        second.resume()
