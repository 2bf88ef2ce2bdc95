"""``vifcast doctor`` where the API asks for a token, has TLS, or is a process of its own."""

import re
import signal

import pytest
from click.testing import CliRunner

from database_fixtures import EVERY_NEW_SERVER_DATABASE
from publisher import Publisher
from vifcast.cli import main
from vifcast.doctor import queues


@pytest.fixture
def publish(vhost):
    """As with ``amqp_durable_queues = true`` in nova.conf."""
    publisher = Publisher(vhost.url, durable=True)
    yield publisher
    publisher.close()


@pytest.fixture
def lines(tmp_path, monkeypatch):
    """Run the doctor with a configuration; its lines on ``serve``, as level and text."""
    monkeypatch.setattr(queues, "_PAUSE_S", 0.2)

    def run(text):
        conf = tmp_path / "doctor.conf"
        conf.write_text(text)
        arguments = ["doctor", "--data-dir", str(tmp_path), "--config-file", str(conf)]
        result = CliRunner().invoke(main, arguments)
        assert not result.exception or isinstance(result.exception, SystemExit), result.exception
        assert "s3cret" not in result.output
        return re.findall(r"^(\w+) +serve: (.*)$", result.output, re.MULTILINE)

    return run


KEYSTONE = """
[keystone_authtoken]
www_authenticate_uri = http://127.0.0.1:1/v3
auth_url = http://127.0.0.1:1/v3
auth_type = password
username = vifcast
password = s3cret
project_name = service
user_domain_id = default
project_domain_id = default
"""


def port_of(url):
    return url.rstrip("/").rpartition(":")[2]


def reports(server):
    """Whether its process says in the database that it reads."""
    return [each for process in server.store.processes() for each in process.brokers
            if each.connected]  # fmt: skip


@pytest.mark.parametrize("auth", ["token", "keystone"])
@pytest.mark.usefixtures("publish")
def test_api_that_asks_for_a_token(lines, serve, vhost, until, tmp_path, auth):
    conf = tmp_path / "vifcast.conf"
    conf.write_text(KEYSTONE)
    server = serve(vhost.transport_url, api__auth=auth, config_file=conf)
    until(lambda: reports(server))
    found = lines(
        f"[ingest]\ntransport_url = {vhost.transport_url}\n{KEYSTONE}"
        f"[api]\nauth = {auth}\nlisten = 127.0.0.1:{port_of(server.url)}\n"
    )
    assert [level for level, _ in found] == ["OK", "OK"], found
    assert re.search(r"\(serve on \S+, process \d+\) reads 127.0.0.1:\d+; last rec", found[0][1])
    assert found[1][1].endswith(f" answers at {server.url}readyz.")


@pytest.mark.usefixtures("publish")
def test_certificate_of_another_name_on_every_address(lines, serve, vhost, until, authority):
    cert, key = map(str, authority.certificate_for("DNS:nic.example"))
    server = serve(
        vhost.transport_url, api__auth="token", api__listen="0.0.0.0:0",
        api__ssl_cert_file=cert, api__ssl_key_file=key,
    )  # fmt: skip
    until(lambda: reports(server))
    of_api = f"[api]\nauth = token\nlisten = 0.0.0.0:{port_of(server.url)}\nssl_cert_file = "
    broker = f"[ingest]\ntransport_url = {vhost.transport_url}\n"
    found = lines(f"{broker}{of_api}{cert}\n")
    assert [level for level, _ in found] == ["OK", "OK"], found
    assert f"answers at https://127.0.0.1:{port_of(server.url)}/readyz" in found[1][1]

    # A certificate that has been renewed on disk, and not yet by the process.
    other = authority.certificate_for("DNS:other.example")[0]
    other.write_text(other.read_text().split("-----END CERTIFICATE-----")[0]
                     + "-----END CERTIFICATE-----\n")  # fmt: skip
    found = lines(f"{broker}{of_api}{other}\n")
    assert [level for level, _ in found] == ["OK", "WARN", "OK"], found
    assert f"its certificate is not the one in {other}" in found[1][1]


@pytest.mark.usefixtures("publish")
@EVERY_NEW_SERVER_DATABASE
@pytest.mark.timeout(600)
def test_ingest_and_api_of_their_own(lines, vifcast, vhost, new_location, until, tmp_path):
    connection = new_location.url.render_as_string(hide_password=False)
    broker = f"[database]\nconnection = {connection}\n[ingest]\ntransport_url = "
    conf = tmp_path / "vifcast.conf"
    conf.write_text(f"{broker}{vhost.transport_url}\n")

    def start(role):
        process = vifcast(role, "--config-file", str(conf), "--listen", "127.0.0.1:0")
        until(lambda: " at http://" in process.errors, 120)
        url = re.search(r"(?:page and API|health and metrics) at (\S+),", process.errors)[1]
        return process, port_of(url)

    api, api_port = start("api")
    text = f"{conf.read_text()}[api]\nlisten = 127.0.0.1:{api_port}\n"
    ((level, said),) = lines(text)
    assert (level, "but no process reads the bus" in said) == ("FAIL", True)

    ingest, health_port = start("ingest")
    until(lambda: "reading vifcast at" in ingest.errors, 60)
    with_health = f"{text}[health]\nlisten = 127.0.0.1:{health_port}\n"
    found = lines(with_health)
    assert [level for level, _ in found] == ["OK", "OK"], found
    found = lines(f"{text}[health]\nlisten =\n")
    assert [level for level, _ in found] == ["OK", "OK"], found
    assert "(ingest on " in found[0][1]

    assert api.end(signal.SIGTERM) == 0
    found = lines(with_health)
    assert [level for level, _ in found] == ["OK", "WARN"], found
    assert "no process has the API and the page" in found[1][1]
