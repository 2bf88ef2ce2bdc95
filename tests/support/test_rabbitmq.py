"""The broker of the tests: what a client sees of it, and that nothing of it stays."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pika
import pika.exceptions
import pytest

from broker_api import API_VARIABLE, URL_VARIABLE, BrokerAPI
from broker_fixtures import Vhost
from rabbitmq import RabbitMQ
from server_process import ServerError

SCRIPT = Path(__file__).with_name("rabbitmq.py")
QUEUE = "kept"


@pytest.fixture(scope="module")
def broker() -> Iterator[RabbitMQ]:
    """One broker process for this module; a test that ends it starts it again."""
    with RabbitMQ() as running:
        yield running


def publish(url: str, count: int = 1) -> None:
    """Put ``count`` persistent messages into a durable queue, confirmed by the broker."""
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        channel.queue_declare(QUEUE, durable=True)
        for _ in range(count):
            channel.basic_publish("", QUEUE, b"x", pika.BasicProperties(delivery_mode=2))


def ready_count(url: str) -> int:
    """What the broker answers a client that declares the queue."""
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        count: int = connection.channel().queue_declare(QUEUE, durable=True).method.message_count
        return count


def until(is_so: Callable[[], bool], timeout_s: float = 10) -> bool:
    """Ask until it is so; returns whether it became so in time."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if is_so():
            return True
        time.sleep(0.05)
    return False


def listens(port: int) -> bool:
    """Whether somebody takes connections on that loopback port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_vhost_of_a_test_takes_messages_and_counts_them(vhost: Vhost) -> None:
    publish(vhost.url, 3)
    assert until(lambda: vhost.queue_depth(QUEUE) == 3)


def test_depth_of_an_unknown_queue_is_an_error(vhost: Vhost) -> None:
    with pytest.raises(LookupError, match="No queue nowhere"):
        vhost.queue_depth("nowhere")


def test_transport_url_is_the_same_place_in_oslo_words(vhost: Vhost) -> None:
    assert vhost.transport_url == vhost.url.replace("amqp://", "rabbit://")


def test_removed_vhost_refuses_clients(broker: RabbitMQ) -> None:
    broker.create_vhost("short lived")
    publish(broker.url("short lived"))
    broker.delete_vhost("short lived")
    with pytest.raises(pika.exceptions.AMQPConnectionError):
        publish(broker.url("short lived"))


def test_user_without_rights_is_refused_and_with_rights_is_not(broker: RabbitMQ) -> None:
    broker.add_user("outsider", "secret")
    broker.add_user("insider", "secret", "/")
    publish(broker.url().replace("guest:guest", "insider:secret"))
    with pytest.raises(pika.exceptions.AMQPConnectionError):
        publish(broker.url().replace("guest:guest", "outsider:secret"))


def test_persistent_messages_survive_restart_and_kill(broker: RabbitMQ) -> None:
    broker.create_vhost("survivor")
    publish(broker.url("survivor"), 2)
    broker.restart()
    assert ready_count(broker.url("survivor")) == 2
    broker.kill()
    assert not listens(broker.port)
    broker.start()
    assert ready_count(broker.url("survivor")) == 2


def test_frozen_broker_takes_connections_and_answers_nothing_until_it_goes_on(
    broker: RabbitMQ,
) -> None:
    broker.suspend()
    try:
        assert listens(broker.port)
        assert not broker.is_ready()
    finally:
        broker.resume()
    assert until(broker.is_ready)


def test_clients_can_be_cut_off(broker: RabbitMQ) -> None:
    broker.create_vhost("cut")
    connection = pika.BlockingConnection(pika.URLParameters(broker.url("cut")))
    assert until(lambda: broker.close_connections("cut") == 1)
    with pytest.raises(pika.exceptions.AMQPError):
        connection.channel()


@pytest.mark.parametrize("trouble", ["stop", "kill", "suspend"])
def test_renewed_broker_runs_and_nothing_is_in_it(broker: RabbitMQ, trouble: str) -> None:
    broker.create_vhost("leftover")
    broker.add_user("leftover", "secret", "/")
    publish(broker.url())
    getattr(broker, trouble)()
    broker.renew()
    assert broker.queues("/") == []
    assert [each["name"] for each in broker.call("GET", "/api/vhosts")] == ["/"]
    assert [each["name"] for each in broker.call("GET", "/api/users")] == ["guest"]
    publish(broker.url())


def test_starting_twice_says_so(broker: RabbitMQ) -> None:
    with pytest.raises(ServerError, match="runs already"):
        broker.start()


def test_handle_from_the_environment_is_the_same_broker(
    broker: RabbitMQ, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(URL_VARIABLE, broker.base_url)
    monkeypatch.setenv(API_VARIABLE, broker.api_url)
    found = RabbitMQ.from_environment()
    assert isinstance(found, BrokerAPI)
    assert found.is_ready()
    assert found.port == broker.port


def traces(folder: Path) -> list[str]:
    """Processes and files that a broker with its temporary folder in ``folder`` left."""
    found = [str(path) for path in folder.iterdir()]
    for process in Path("/proc").glob("[0-9]*"):
        try:
            environment = (process / "environ").read_bytes()
        except OSError:
            continue
        if (
            f"TMPDIR={folder}\0".encode() in environment
            or f"HOME={folder}/".encode() in environment
        ):
            found.append((process / "cmdline").read_text())
    return found


def run_script(folder: Path, *command: str) -> "subprocess.Popen[str]":
    """``rabbitmq.py run -- command`` with its temporary files in ``folder``."""
    return subprocess.Popen(
        [sys.executable, SCRIPT, "run", "--", *command],
        env={**os.environ, "TMPDIR": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def test_run_exits_as_its_command_does_and_leaves_nothing(tmp_path: Path) -> None:
    # A queue that is declared shows that the variables lead to a broker.
    command = (
        "import os, pika, sys;"
        f"pika.BlockingConnection(pika.URLParameters(os.environ['{URL_VARIABLE}'] + '/%2F'));"
        "sys.exit(7)"
    )
    with run_script(tmp_path, sys.executable, "-c", command) as process:
        assert process.wait() == 7
    assert traces(tmp_path) == []


def test_run_ends_everything_when_a_signal_ends_it(tmp_path: Path) -> None:
    with run_script(tmp_path, "sh", "-c", "echo up; exec sleep 20") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=15) == 130
    assert traces(tmp_path) == []


def test_no_broker_outlives_a_killed_run(tmp_path: Path) -> None:
    with run_script(tmp_path, "sh", "-c", "echo $$; exec sleep 20") as process:
        assert process.stdout is not None
        command = int(process.stdout.readline())
        process.kill()
        process.wait()
        # The command is nobody's now; the broker has a guard.
        os.kill(command, signal.SIGKILL)
        assert until(lambda: traces(tmp_path) == [])
