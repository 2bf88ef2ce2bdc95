"""How a body is coded on the bus, and the plain body of it.

kombu, and so oslo.messaging with ``[oslo_messaging_rabbit] kombu_compression``, compresses the
body and names the method in the header ``compression``; what it calls ``application/x-gzip`` is a
zlib stream without gzip's own header (kombu/compression.py). Others write ``gzip`` into
``content_encoding``, as HTTP does.
"""

import bz2
import lzma
import zlib
from collections.abc import Callable
from typing import NamedTuple, Protocol

from vifcast.errors import NotificationError, NotOpenedError
from vifcast.notification.envelope import short

# What xz may want for itself, beside the body: its strongest preset takes 65 MiB.
_LZMA_MEMORY = 100 * 1024 * 1024

_ADVICE = "set [oslo_messaging_rabbit] kombu_compression there to gzip, or to nothing"


class Coding(NamedTuple):
    """Of a body that is not plain UTF-8; None for what it is not.

    ``is_text`` is False where ``content_type`` is that of something binary.
    """

    compression: str | None
    charset: str | None
    is_text: bool


class _Decompressor(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


def _zlib() -> _Decompressor:
    # Either header, zlib's or gzip's.
    return zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)


def _xz() -> _Decompressor:
    return lzma.LZMADecompressor(memlimit=_LZMA_MEMORY)


_ZLIB = ("gzip", "zlib", "deflate", "x-gzip", "application/zlib", "application/gzip",
         "application/x-gzip")  # fmt: skip
_BZ2 = ("bz2", "bzip", "bzip2", "x-bzip2", "application/x-bz2", "application/x-bzip2")
_XZ = ("lzma", "xz", "application/x-lzma", "application/x-xz")
_DECOMPRESSORS: dict[str, Callable[[], _Decompressor]] = {
    **dict.fromkeys(_ZLIB, _zlib),
    **dict.fromkeys(_BZ2, bz2.BZ2Decompressor),
    **dict.fromkeys(_XZ, _xz),
}

# ``binary`` is kombu's word for bytes of which it knows nothing.
_PLAIN = frozenset({"", "utf-8", "utf8", "ascii", "us-ascii", "binary", "identity", "7bit", "8bit"})
# Not every codec of Python's: some take time that grows with the square of the length.
_CHARSETS = {
    "utf-8-sig": "utf-8-sig", "utf-16": "utf-16", "utf-16le": "utf-16-le", "utf-16-le": "utf-16-le",
    "utf-16be": "utf-16-be", "utf-16-be": "utf-16-be", "utf-32": "utf-32", "latin-1": "latin-1",
    "latin1": "latin-1", "iso-8859-1": "latin-1", "iso8859-1": "latin-1", "iso-8859-15":
    "iso8859-15", "windows-1252": "cp1252", "cp1252": "cp1252",
}  # fmt: skip
_TEXTS = ("", "application/json", "application/octet-stream", "application/data")


def coding_of(content_type: str, content_encoding: str, compression: str | None) -> Coding | None:
    """The coding that these properties name; None for a plain body."""
    charset = content_encoding.strip().lower().replace("_", "-")
    if compression is None and charset in _DECOMPRESSORS:
        compression, charset = charset, ""
    kind = content_type.partition(";")[0].strip().lower()
    is_text = kind in _TEXTS or kind.startswith("text/") or kind.endswith("+json")
    if compression is None and charset in _PLAIN and is_text:
        return None
    return Coding(compression, None if charset in _PLAIN else charset, is_text)


def open_body(body: bytes, coding: Coding, max_bytes: int) -> bytes:
    """The plain body, which has at most ``max_bytes``. Raises NotOpenedError.

    No more than that is ever in memory, whatever it would have become.
    """
    if coding.compression is not None:
        body = _inflate(body, coding.compression, max_bytes)
    if coding.charset is not None:
        body = _as_utf8(body, coding.charset)
    if len(body) > max_bytes:
        raise _too_large(body, max_bytes)
    return body


def _inflate(body: bytes, compression: str, max_bytes: int) -> bytes:
    make = _DECOMPRESSORS.get(compression.strip().lower())
    if make is None:
        raise NotOpenedError(
            "unknown_compression",
            f"the body is compressed as {short(compression)}, which this release cannot open; "
            f"{_ADVICE}",
        )
    decompressor = make()
    try:
        plain = decompressor.decompress(body, max_bytes + 1)
    except (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError) as error:
        raise NotOpenedError(
            "broken_compression", f"the body is not compressed as {compression}: {error}"
        ) from None
    if len(plain) > max_bytes:
        raise _too_large(plain[:max_bytes], max_bytes)
    if not decompressor.eof or decompressor.unused_data:
        what = "was cut off" if not decompressor.eof else "goes on after its end"
        raise NotOpenedError("broken_compression", f"the body, compressed as {compression}, {what}")
    return plain


def _as_utf8(body: bytes, charset: str) -> bytes:
    codec = _CHARSETS.get(charset)
    if codec is None:
        raise NotOpenedError(
            "unknown_encoding",
            f"content_encoding of the body is {short(charset)}, which this release cannot read",
        )
    try:
        return body.decode(codec).encode()
    except UnicodeError as error:
        # The error's own text would quote the body.
        detail = f": {error.reason}" if isinstance(error, UnicodeDecodeError) else ""
        raise NotOpenedError("broken_encoding", f"the body is not {charset}{detail}") from None


def _too_large(opened: bytes, max_bytes: int) -> NotificationError:
    return NotOpenedError(
        "too_large",
        f"the body has more than {max_bytes} bytes once it is opened, which is "
        "[ingest] max_body_bytes",
        opened,
    )
