"""What oslo.messaging sends with ``kombu_compression``, on a real RabbitMQ."""

import gzip
import json
import zlib
from pathlib import Path

import amqp
import pytest
from click.testing import CliRunner
from nova_bus import bus_channel, start_rpc_server
from oslo_notifier import OsloNotifier

from notifications import TOKEN, body, interface, payload
from publisher import Publisher
from vifcast.cli import main
from vifcast.store import DeadLetterQuery, EventQuery, OperationQuery

ATTACH = "compute.instance.interface_attach"
METHODS = ["gzip", "zlib", "bzip2", "application/x-bz2", "lzma", "application/x-gzip", "xz", None]
MIB = 1024 * 1024


@pytest.fixture
def served(serve, vhost, until):
    with bus_channel(vhost.url) as channel:
        start_rpc_server(channel, quorum=False)
    server = serve(vhost.transport_url)
    until(server.state.is_healthy)
    return server


@pytest.fixture
def send(vhost):
    """Publish a body with these properties."""
    publisher = Publisher(vhost.url)

    def publish(raw: bytes, **properties):
        message = amqp.Message(raw, **{"content_type": "application/json"} | properties)
        publisher.channel.basic_publish_confirm(message, "nova", "notifications.info", timeout=10)

    yield publish
    publisher.close()


def letters(server):
    return server.store.dead_letters(DeadLetterQuery()).items


@pytest.mark.parametrize("method", METHODS)
def test_notifications_of_a_compressing_nova_are_events(served, vhost, until, method):
    notifier = OsloNotifier(vhost.transport_url, kombu_compression=method)
    for phase in ("start", "end"):
        notifier.info(f"{ATTACH}.{phase}", payload(interface=interface()), request_id="req-1")
        notifier.info("compute.instance.update", payload())
    notifier.close()
    until(lambda: served.metrics.notifications.labels("default", "stored")._value.get() == 2)
    (operation,) = served.store.operations(OperationQuery()).items
    assert (operation.status, operation.port_id) == ("succeeded", interface()["port_id"])
    until(lambda: served.metrics.notifications.labels("default", "skipped")._value.get() == 2)
    assert letters(served) == []


def test_several_ways_of_coding_in_one_queue(served, send, until):
    raw = [body() for _ in range(6)]
    send(raw[0], content_encoding="utf-8")
    send(zlib.compress(raw[1]), content_encoding="utf-8", application_headers=zipped())
    send(gzip.compress(raw[2]), content_encoding="gzip")
    send(raw[3].decode().encode("utf-16"), content_encoding="utf-16")
    send(raw[4], content_encoding="binary", content_type="application/octet-stream")
    send(raw[5], application_headers={"x": "a text about compression"})
    until(lambda: served.metrics.notifications.labels("default", "stored")._value.get() == 6)
    assert letters(served) == []


def test_compressed_bomb_is_a_dead_letter_and_the_next_is_read(served, send, until):
    bomb = zlib.compress(body()[:-1] + b" " * 300 * MIB, 9)
    assert len(bomb) < MIB
    send(bomb, application_headers=zipped())
    send(body())
    until(lambda: served.metrics.notifications.labels("default", "stored")._value.get() == 1)
    (letter,) = letters(served)
    assert (letter.reason_code, letter.size) == ("too_large", len(bomb))
    assert letter.body.startswith(b'{"oslo.version"')
    assert not letter.is_whole
    assert TOKEN.encode() not in letter.body


@pytest.mark.parametrize(
    ("properties", "code"),
    [
        ({"content_encoding": "cp037"}, "unknown_encoding"),
        ({"content_encoding": "utf-16"}, "broken_encoding"),
        ({"content_encoding": "utf-16-le"}, "not_json"),
    ],
)
def test_body_that_cannot_be_opened_is_kept_without_a_byte_of_it(
    served, send, until, tmp_path, properties, code
):
    # Of an odd length, and so no UTF-16, where that is what it should be.
    raw = body()
    raw += b" " * ((len(raw) % 2 == 0) == (code == "broken_encoding"))
    send(raw, **properties)
    until(lambda: letters(served))
    (letter,) = letters(served)
    assert (letter.reason_code, letter.body, letter.is_whole) == (code, b"", False)
    assert letter.size == len(raw)
    assert retry(tmp_path, code=1) == f"     1  kept: nothing of its {len(raw)} bytes was kept\n"


@pytest.mark.parametrize(
    ("method", "code"),
    [
        ("application/zstd", "unknown_compression"),
        ("application/x-gzip", "broken_compression"),
        ("application/x-bz2", "broken_compression"),
    ],
)
def test_plain_body_that_is_said_to_be_compressed_is_kept_and_retried(
    served, send, until, tmp_path, method, code
):
    raw = body()
    send(raw, application_headers={"compression": method})
    until(lambda: letters(served))
    (letter,) = letters(served)
    assert (letter.reason_code, letter.is_whole, letter.size) == (code, True, len(raw))
    assert TOKEN.encode() not in letter.body
    assert retry(tmp_path, code=0) == "     1  stored\n"
    assert len(served.store.events(EventQuery()).items) == 1


@pytest.mark.parametrize("wbits", [9, 12, -15])
def test_compressed_body_without_a_header_is_kept_without_a_byte_of_it(
    served, send, until, tmp_path, wbits
):
    compressor = zlib.compressobj(wbits=wbits)
    raw = compressor.compress(body()) + compressor.flush()
    send(raw)
    until(lambda: letters(served))
    (letter,) = letters(served)
    assert (letter.body, letter.is_whole, letter.size) == (b"", False, len(raw))
    assert retry(tmp_path, code=1) == f"     1  kept: nothing of its {len(raw)} bytes was kept\n"


def test_opened_body_that_is_broken_inside_is_kept_and_can_be_retried(
    served, send, until, tmp_path
):
    newer = body(payload=payload(interface=interface(version="2.0")))
    send(zlib.compress(newer), application_headers=zipped())
    until(lambda: letters(served))
    (letter,) = letters(served)
    assert (letter.reason_code, letter.is_whole) == ("unknown_interface_version", True)
    assert letter.size < len(letter.body)
    assert TOKEN.encode() not in letter.body
    assert retry(tmp_path, code=1).startswith("     1  kept: interface.version is '2.0'")


def test_too_large_one_is_stored_once_the_limit_is_raised(serve, vhost, send, until, tmp_path):
    server = serve(vhost.transport_url, ingest__max_body_bytes=1024)
    until(server.state.is_healthy)
    raw = body()
    send(zlib.compress(raw), application_headers=zipped())
    send(raw)
    until(lambda: len(letters(server)) == 2)
    plain, zipped_one = letters(server)
    assert (plain.is_whole, zipped_one.is_whole) == (True, False)
    lines = retry(tmp_path, code=1).splitlines()
    assert lines == ["     1  kept: only its first 1024 bytes were kept", "     2  stored"]
    assert len(server.store.events(EventQuery()).items) == 1


def test_many_bodies_that_become_large_are_all_stored(serve, vhost, send, until):
    server = serve(vhost.transport_url, ingest__batch_wait_ms=500)
    until(server.state.is_healthy)
    for _ in range(40):
        send(zlib.compress(body(payload=payload(x="x" * 1_000_000))), application_headers=zipped())
    until(lambda: server.metrics.notifications.labels("default", "stored")._value.get() == 40)
    until(lambda: vhost.queue_depth("vifcast") == 0)


def test_compressing_publisher_inside_the_process(serve, until):
    server = serve("memory://")
    until(server.state.is_healthy)
    notifier = OsloNotifier("kombu+memory:////", kombu_compression="gzip")
    # It makes the exchange, which vifcast waits for.
    notifier.info("compute.instance.update", payload())
    until(lambda: server.state.warning is None)
    notifier.info(f"{ATTACH}.start", payload(interface=interface()), request_id="req-1")
    until(lambda: server.metrics.notifications.labels("default", "stored")._value.get() == 1)
    notifier.close()


def test_redelivered_compressed_body_is_one_event(serve, vhost, send, until):
    server = serve(vhost.transport_url)
    until(server.state.is_healthy)
    raw = zlib.compress(body())
    for _ in range(3):
        send(raw, application_headers=zipped())
    until(lambda: server.metrics.notifications.labels("default", "duplicate")._value.get() == 2)
    assert len(server.store.events(EventQuery()).items) == 1


def test_reported_attach_ends_whatever_the_spelling_of_its_mac(served, send, until):
    found = Path(__file__).parents[1] / "unit" / "mac_spelling.json"
    for each in json.loads(found.read_text())["publish"]:
        wrapped = {"oslo.version": "2.0", "oslo.message": json.dumps(each["oslo.message"])}
        send(json.dumps(wrapped).encode())
    until(lambda: served.metrics.notifications.labels("default", "stored")._value.get() == 2)
    (operation,) = served.store.operations(OperationQuery()).items
    assert (operation.status, operation.mac_address) == ("succeeded", "aa:bb:cc:05:ba:e0")


def zipped():
    return {"compression": "application/x-gzip"}


def retry(data_dir, code):
    result = CliRunner().invoke(
        main, ["dead-letters", "retry", "--all", "--data-dir", str(data_dir)]
    )
    assert result.exit_code == code, result.output
    return result.output
