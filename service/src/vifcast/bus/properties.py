"""Reads the coding of a body from the properties of its delivery (AMQP 0-9-1, 4.2.6.1)."""

from struct import Struct, error

from amqp.exceptions import FrameSyntaxError
from amqp.serialization import loads

from vifcast.notification.coding import Coding, coding_of

_FLAGS = Struct(">H")
_CONTENT_TYPE, _CONTENT_ENCODING, _HEADERS, _MORE_FLAGS = 0x8000, 0x4000, 0x2000, 0x0001
_COMPRESSION = b"compression"
_UNREADABLE = "headers that cannot be read"
_REMEMBERED = 1000


class Codings(dict[bytes, Coding | None]):
    """Codings by raw properties: a publisher sends the same ones with every message."""

    def __missing__(self, properties: bytes) -> Coding | None:
        """Read the properties, and remember their coding."""
        if len(self) >= _REMEMBERED:
            self.clear()
        coding = self[properties] = read_coding(properties)
        return coding


def read_coding(properties: bytes) -> Coding | None:
    """The coding that flags and properties of a content header name; None for a plain body."""
    try:
        (flags,) = _FLAGS.unpack_from(properties)
        at = _FLAGS.size
        more = flags
        while more & _MORE_FLAGS:
            (more,) = _FLAGS.unpack_from(properties, at)
            at += _FLAGS.size
        content_type = content_encoding = ""
        if flags & _CONTENT_TYPE:
            content_type, at = _short_text(properties, at)
        if flags & _CONTENT_ENCODING:
            content_encoding, at = _short_text(properties, at)
    except (IndexError, error):
        return coding_of("", "", _UNREADABLE)
    compression = None
    if flags & _HEADERS and _COMPRESSION in properties:
        compression = _compression(properties, at)
    return coding_of(content_type, content_encoding, compression)


def _compression(properties: bytes, at: int) -> str | None:
    try:
        ((headers,), _) = loads("F", properties, at)
    except (FrameSyntaxError, ValueError, LookupError, TypeError, error):
        return _UNREADABLE
    found = headers.get("compression")
    if isinstance(found, bytes):
        found = found.decode("latin-1")
    return None if found in (None, "") else str(found)


def _short_text(properties: bytes, at: int) -> tuple[str, int]:
    end = at + 1 + properties[at]
    return properties[at + 1 : end].decode("utf-8", "replace"), end
