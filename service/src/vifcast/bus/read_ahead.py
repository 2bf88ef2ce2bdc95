"""Read a connection in large pieces instead of frame by frame.

py-amqp asks the socket for the seven bytes of a frame's header, then for its payload, then for
the one byte that ends it: nine system calls for one message. Its transport reads through one
function, which this wraps with a buffer; frames that are whole in the buffer are cut out there.
That function is not part of py-amqp's documented interface; where a release has none, nothing
is changed and reading is merely slower.
"""

from collections.abc import Iterator
from struct import Struct
from typing import Any

_PIECE = 256 * 1024
_HEADER = Struct(">BHI")  # type, channel, size of the payload
_END = 0xCE


class ReadAhead:
    """Stands in for a socket's ``recv``."""

    def __init__(self, receive: Any) -> None:
        self._receive = receive
        self._piece = b""
        self._at = 0

    @property
    def pending(self) -> bool:
        """Whether bytes are here already, so that reading will not wait for a first one."""
        return self._at < len(self._piece)

    def __call__(self, count: int) -> bytes:
        """Up to ``count`` bytes; blocks, and times out, as the socket does."""
        if not self.pending:
            self._piece = bytes(self._receive(max(count, _PIECE)))
            self._at = 0
        taken = self._piece[self._at : self._at + count]
        self._at += len(taken)
        return taken

    def whole_frames(self) -> Iterator[tuple[int, int, bytes]]:
        """The frames that are here as a whole, each gone once it is given.

        Between frames only: whoever reads through ``recv`` must not be inside one.
        """
        while len(self._piece) - self._at >= _HEADER.size:
            kind, channel, size = _HEADER.unpack_from(self._piece, self._at)
            start = self._at + _HEADER.size
            end = start + size
            # Not here yet, or broken: py-amqp waits for the one and refuses the other.
            if len(self._piece) <= end or self._piece[end] != _END:
                return
            self._at = end + 1
            yield kind, channel, self._piece[start:end]


def read_ahead(connection: Any) -> ReadAhead | None:
    """Buffer the reads of an open ``amqp.Connection``; None where that is not possible."""
    transport = getattr(connection, "transport", None)
    receive = getattr(transport, "_quick_recv", None)
    if transport is None or not callable(receive):
        return None
    reader = ReadAhead(receive)
    transport._quick_recv = reader  # noqa: SLF001 - see the top
    return reader
