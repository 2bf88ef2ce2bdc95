"""Read a connection in large pieces instead of frame by frame.

py-amqp asks the socket for the seven bytes of a frame's header, then for its
payload, then for the one byte that ends it: nine system calls for one message.
Its transport reads through one function, which this wraps with a buffer. That
function is not part of py-amqp's documented interface; where a release has none,
nothing is changed and reading is merely slower.
"""

from typing import Any

_PIECE = 256 * 1024


class Reader:
    """Stands in for a socket's ``recv``."""

    def __init__(self, receive: Any) -> None:
        self._receive = receive
        self._piece = memoryview(b"")

    @property
    def pending(self) -> bool:
        """Whether bytes are here already, so that reading will not wait for a first one."""
        return bool(self._piece)

    def __call__(self, count: int) -> bytes:
        """Up to ``count`` bytes; blocks, and times out, as the socket does."""
        if not self._piece:
            if count >= _PIECE:
                return bytes(self._receive(count))
            self._piece = memoryview(self._receive(_PIECE))
        taken = self._piece[:count]
        self._piece = self._piece[count:]
        return bytes(taken)


def read_ahead(connection: Any) -> Reader | None:
    """Buffer the reads of an open ``amqp.Connection``; None where that is not possible."""
    transport = getattr(connection, "transport", None)
    receive = getattr(transport, "_quick_recv", None)
    if transport is None or not callable(receive):
        return None
    reader = Reader(receive)
    transport._quick_recv = reader  # noqa: SLF001 - see the top
    return reader
