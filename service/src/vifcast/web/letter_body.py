"""The body of a dead letter, as people read it."""

import json
from dataclasses import dataclass
from typing import Any

from vifcast import display
from vifcast.notification.redact import is_text

_BYTES_A_LINE = 16
_MOST_BYTES_AS_HEX = 4096
# ASCII that is neither a control character nor the one that deletes.
_SHOWN = range(0x20, 0x7F)
_MESSAGE = "oslo.message"


@dataclass(frozen=True, slots=True)
class ShownBody:
    """``text`` is as it was kept, or a hex dump; ``formatted`` is its JSON, None where it is none.

    ``left_out`` bytes are behind those of the dump.
    """

    text: str
    formatted: str | None
    is_hex: bool
    left_out: int


def shown(body: bytes) -> ShownBody:
    """What to show of a body, whose secrets were blanked when it was kept."""
    if not is_text(body):
        dumped = body[:_MOST_BYTES_AS_HEX]
        return ShownBody(hexdump(dumped), None, is_hex=True, left_out=len(body) - len(dumped))
    text = body.decode("utf-8", "backslashreplace")
    return ShownBody(_visible(text), _formatted(text), is_hex=False, left_out=0)


def hexdump(data: bytes) -> str:
    """Offset, bytes, and those of them that are ASCII, 16 a line."""
    lines = []
    for at in range(0, len(data), _BYTES_A_LINE):
        part = data[at : at + _BYTES_A_LINE]
        plain = "".join(chr(each) if each in _SHOWN else "." for each in part)
        lines.append(f"{at:06x}  {part.hex(' '):<{3 * _BYTES_A_LINE - 1}}  {plain}")
    return "\n".join(lines)


def _formatted(text: str) -> str | None:
    """With the message, which is JSON in a text of the envelope, opened."""
    try:
        found: Any = json.loads(text)
        if isinstance(found, dict) and isinstance(found.get(_MESSAGE), str):
            found[_MESSAGE] = json.loads(found[_MESSAGE])
        written = json.dumps(found, indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return None
    return _visible(written)


def _visible(text: str) -> str:
    return "\n".join(map(display.visible, text.split("\n")))
