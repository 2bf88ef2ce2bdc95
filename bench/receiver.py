"""An HTTP receiver that answers 204 and does nothing else: ``python -m bench.receiver COUNT``.

Prints its port, then how many requests there were with every tenth of the count, and after the last
how many a second.
"""

import asyncio
import sys
import time

_ANSWER = b"HTTP/1.1 204 No Content\r\n\r\n"
_END = b"\r\n\r\n"
_LENGTH = b"content-length:"


class _Counter:
    def __init__(self, count: int) -> None:
        self.left = count
        self._tenth = count // 10
        self.began_at = 0.0
        self.done = asyncio.Event()

    def one(self) -> None:
        if not self.began_at:
            self.began_at = time.monotonic()
        self.left -= 1
        if self.left % self._tenth == 0:
            print(self.left, flush=True)
        if self.left == 0:
            self.done.set()


class _Connection(asyncio.Protocol):
    def __init__(self, counter: _Counter) -> None:
        self._counter = counter
        self._data = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._data += data
        while (end := self._data.find(_END)) >= 0:
            head = self._data[:end].lower()
            start = head.index(_LENGTH) + len(_LENGTH)
            whole = end + len(_END) + int(head[start:].split(b"\r\n", 1)[0])
            if len(self._data) < whole:
                return
            self._data = self._data[whole:]
            self._transport.write(_ANSWER)
            self._counter.one()


async def main(count: int) -> None:
    """Receive so many."""
    counter = _Counter(count)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(counter), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await counter.done.wait()
    print((count - 1) / (time.monotonic() - counter.began_at), flush=True)
    server.close()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
