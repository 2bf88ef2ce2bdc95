"""Bytes that are no HTTP request: counted, and in the log once a minute at most."""

import logging
import socket
from urllib.parse import urlsplit

import httpx
import pytest

from vifcast.malformed_requests import MalformedRequests
from vifcast.metrics import Metrics

WEBSOCKET = (
    b"GET /v1/stream HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


def send(url, data):
    address = urlsplit(url)
    with socket.create_connection((address.hostname, address.port), timeout=30) as connection:
        connection.sendall(data)
        return connection.recv(1000)


def count_of(text):
    line = next(each for each in text.splitlines() if each.startswith("vifcast_http_malformed_re"))
    return float(line.split()[1])


@pytest.mark.parametrize("data", [b"\x16\x03\x01\r\n\r\n", b"GET\r\n\r\n", WEBSOCKET])
def test_many_are_one_line_of_the_log_and_a_number_in_the_metrics(serve, caplog, data):
    caplog.set_level(logging.INFO)
    server = serve("memory://")
    for _ in range(20):
        assert send(server.url, data)
    said = [
        each.message
        for each in caplog.records
        if each.levelno >= logging.WARNING and each.name.startswith(("uvicorn", "vifcast.malf"))
    ]
    assert len(said) == 1, said
    assert "from 127.0.0.1 cannot be understood" in said[0]
    assert count_of(httpx.get(f"{server.url}metrics").text) >= 20


def test_the_rest_of_a_minute_is_one_line_with_their_number(caplog):
    now = 100.0
    noted = MalformedRequests(Metrics(), clock=lambda: now)
    for _ in range(5):
        noted.note("192.0.2.9", "Invalid HTTP request received.")
    assert len(caplog.messages) == 1
    now = 159.0
    noted.report()
    assert len(caplog.messages) == 1
    now = 160.0
    noted.report()
    assert len(caplog.messages) == 2
    assert caplog.messages[1].startswith(
        "4 more requests cannot be understood, the last from 192.0"
    )
    now = 300.0
    noted.report()
    assert len(caplog.messages) == 2
    noted.note("192.0.2.9", "Invalid HTTP request received.")
    assert len(caplog.messages) == 3
