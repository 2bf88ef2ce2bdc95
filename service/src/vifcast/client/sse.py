"""Server-Sent Events from bytes, as the HTML standard has a client read them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_LINE_END = re.compile(rb"\r\n|\n|\r")
_MARK = "\ufeff"


@dataclass(frozen=True, slots=True)
class Message:
    """One message; ``name`` is ``message`` where the server gives it none."""

    name: str
    data: str


class Parser:
    """Reads chunks as they come, wherever they are cut.

    ``last_id`` is that of what was received whole: behind it, a connection that broke is resumed.
    ``retry_ms``: so long the server wants a client to wait before that.
    """

    def __init__(self, last_id: str | None = None) -> None:
        self.last_id = last_id
        self.retry_ms: int | None = None
        self._rest = b""
        self._is_first = True
        # The line feed that belongs to it may be in the next chunk.
        self._ended_with_return = False
        self._name = ""
        self._data: list[str] = []
        self._id = last_id

    def feed(self, chunk: bytes) -> Iterator[Message]:
        """The messages that are whole now."""
        if self._ended_with_return:
            chunk = chunk.removeprefix(b"\n")
            self._ended_with_return = not chunk
        if not chunk:
            return
        self._ended_with_return = chunk.endswith(b"\r")
        *lines, self._rest = _LINE_END.split(self._rest + chunk)
        for line in lines:
            text = line.decode("utf-8", "replace")
            if self._is_first:
                text = text.removeprefix(_MARK)
                self._is_first = False
            if text:
                self._take(text)
            elif (message := self._whole()) is not None:
                yield message

    def _take(self, line: str) -> None:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        match name:
            case "event":
                self._name = value
            case "data":
                self._data.append(value)
            case "id" if "\0" not in value:
                self._id = value
            case "retry" if value.isascii() and value.isdigit():
                self.retry_ms = int(value)

    def _whole(self) -> Message | None:
        self.last_id = self._id
        name, data = self._name or "message", self._data
        self._name, self._data = "", []
        return Message(name, "\n".join(data)) if data else None
