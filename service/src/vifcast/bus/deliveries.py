"""Deliveries straight from AMQP frames.

py-amqp makes an object of every message, reads its properties and sends it through two
dispatchers; that is most of what a notification costs that turns out to be about something
else. We need of a delivery its tag, its routing key, its body and how that is coded. So this takes
the frames of a delivery (AMQP 0-9-1, 2.3.5 and 4.2: a method frame, a content header frame,
body frames) and leaves all others to py-amqp, through the ``frame_handler`` that its Connection
accepts.
"""

from collections import deque
from collections.abc import Callable
from struct import Struct
from typing import Any, NamedTuple

from amqp.method_framing import frame_handler

from vifcast.bus.properties import Codings
from vifcast.notification.coding import Coding

_METHOD, _HEADER, _BODY = 1, 2, 3
_BASIC_DELIVER = b"\x00\x3c\x00\x3c"
_TAG = Struct(">Q")
_BODY_SIZE = Struct(">4xQ")  # after class and weight
_PROPERTIES = 12  # where they begin, with their flags

Frame = tuple[int, int, bytes]


class ReceivedMessage(NamedTuple):
    """A body as it is on the bus, and what acknowledges it; ``coding`` is None for a plain one."""

    tag: Any
    body: bytes
    routing_key: str
    coding: Coding | None = None


class DeliveryFrames:
    """Puts deliveries into ``arrived``; all other frames go where they always went."""

    def __init__(self, arrived: deque[ReceivedMessage]) -> None:
        self._arrived = arrived

    def __call__(self, connection: Any, callback: Any) -> Callable[[Frame], bool]:
        """What py-amqp calls for every frame; True once a method or message is complete."""
        usual = frame_handler(connection, callback)
        arrived = self._arrived
        codings = Codings()
        coding: Coding | None = None
        tag = 0
        routing_key = ""
        missing = -1  # bytes of the body under way; below zero there is none
        pieces: list[bytes] = []

        def on_frame(frame: Frame) -> bool:
            nonlocal tag, routing_key, missing, coding
            kind, _channel, payload = frame
            if kind == _METHOD and payload.startswith(_BASIC_DELIVER):
                tag, routing_key = _read_deliver(payload)
                missing = 0
            elif missing >= 0 and kind == _HEADER:
                (missing,) = _BODY_SIZE.unpack_from(payload)
                coding = codings[payload[_PROPERTIES:]]
            elif missing > 0 and kind == _BODY:
                pieces.append(payload)
                missing -= len(payload)
            else:
                return bool(usual(frame))
            # The heartbeat is judged by it.
            connection.bytes_recv += 1
            if missing > 0 or kind == _METHOD:
                return False
            arrived.append(ReceivedMessage(tag, b"".join(pieces), routing_key, coding))
            pieces.clear()
            missing = -1
            return True

        return on_frame


def _read_deliver(payload: bytes) -> tuple[int, str]:
    """Delivery tag and routing key of a basic.deliver method frame."""
    at = 4
    at += 1 + payload[at]  # consumer tag
    (tag,) = _TAG.unpack_from(payload, at)
    at += 8 + 1  # the tag, and whether it is redelivered
    at += 1 + payload[at]  # exchange
    return tag, payload[at + 1 : at + 1 + payload[at]].decode("utf-8", "replace")
