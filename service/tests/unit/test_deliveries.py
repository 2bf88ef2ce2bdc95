"""Frames as RabbitMQ sends them, cut in every way that a network can."""

import struct
from collections import deque

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vifcast.bus.deliveries import DeliveryFrames, ReceivedMessage
from vifcast.bus.read_ahead import ReadAhead


def frame(kind, payload, channel=1):
    return struct.pack(">BHI", kind, channel, len(payload)) + payload + b"\xce"


def short(text):
    return bytes([len(text)]) + text.encode()


def delivery(tag, body, routing_key="notifications.info", piece=4096):
    method = b"\x00\x3c\x00\x3c" + short("vifcast-0") + struct.pack(">QB", tag, 0)
    method += short("nova") + short(routing_key)
    header = struct.pack(">HHQH", 60, 0, len(body), 0)
    bodies = [body[at : at + piece] for at in range(0, len(body), piece)]
    return b"".join([frame(1, method), frame(2, header), *(frame(3, each) for each in bodies)])


HEARTBEAT = frame(8, b"", channel=0)


class Connection:
    bytes_recv = 0


def deliveries_in(stream, sizes):
    """Feed the stream in pieces of these sizes; what arrived, and the count of frames."""
    arrived = deque()
    connection = Connection()
    on_frame = DeliveryFrames(arrived)(connection, lambda *_: None)
    pieces = iter(sizes)
    at = 0

    def receive(_count):
        nonlocal at
        size = next(pieces, len(stream))
        at, start = at + size, at
        return stream[start:at]

    reader = ReadAhead(receive)
    rest = b""
    while at < len(stream) or reader.pending:
        rest += reader(1)  # py-amqp reads a frame of which only the beginning is here
        while not whole(rest):
            rest += reader(max(1, wanted(rest)))
        kind, channel, size = struct.unpack_from(">BHI", rest)
        on_frame((kind, channel, rest[7 : 7 + size]))
        rest = b""
        for each in reader.whole_frames():
            on_frame(each)
    return list(arrived), connection.bytes_recv


def wanted(rest):
    size = struct.unpack_from(">BHI", rest)[2] if len(rest) >= 7 else 0
    return (7 + size + 1 if len(rest) >= 7 else 7) - len(rest)


def whole(rest):
    return len(rest) >= 7 and wanted(rest) == 0


def test_delivery_is_its_tag_its_body_and_its_routing_key():
    found, frames = deliveries_in(delivery(7, b"body", "notifications.error"), [])
    assert found == [ReceivedMessage(7, b"body", "notifications.error")]
    assert frames == 3


def test_body_without_a_byte():
    found, _ = deliveries_in(delivery(1, b"") + delivery(2, b"x"), [])
    assert [(each.tag, each.body) for each in found] == [(1, b""), (2, b"x")]


def test_body_in_many_frames():
    body = bytes(range(256)) * 100
    found, _ = deliveries_in(delivery(1, body, piece=1000), [])
    assert found[0].body == body


@given(
    bodies=st.lists(st.binary(max_size=40), min_size=1, max_size=6),
    piece=st.integers(1, 20),
    sizes=st.lists(st.integers(1, 60), max_size=40),
)
def test_cut_anywhere_the_deliveries_are_the_same(bodies, piece, sizes):
    stream = b"".join(
        HEARTBEAT + delivery(tag, body, piece=piece) for tag, body in enumerate(bodies)
    )
    found, frames = deliveries_in(stream, sizes)
    assert [(each.tag, each.body) for each in found] == list(enumerate(bodies))
    assert frames >= 3 * len(bodies)


def test_frame_with_a_broken_end_is_left_to_py_amqp():
    stream = frame(3, b"abc")[:-1] + b"\x00"
    reader = ReadAhead(lambda _count: stream)
    assert reader(0) == b""
    assert list(reader.whole_frames()) == []
    assert reader(len(stream)) == stream


@pytest.mark.parametrize("error", [TimeoutError, ConnectionResetError])
def test_errors_of_the_socket_come_through(error):
    def receive(_count):
        raise error

    with pytest.raises(error):
        ReadAhead(receive)(7)
