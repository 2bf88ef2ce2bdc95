"""Serves a stream on a free port, which it prints, and sends an event for each line of stdin.

``python -m bench.stream_child vifcast|sse-starlette PATH``. For each it prints the moment
(``time.monotonic``) when vifcast has committed the event, or the peer has been handed its bytes.
"""

import asyncio
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from itertools import islice
from pathlib import Path

import uvicorn
from sse_starlette import EventSourceResponse
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route
from starlette.types import ASGIApp

from bench import application, bodies
from vifcast import times
from vifcast.api.listening import listen
from vifcast.api.stream.messages import Encoder
from vifcast.http_protocol import HttpProtocol
from vifcast.identity.policy import View
from vifcast.model import Event
from vifcast.notification.interpret import interpret
from vifcast.store import Location, Store

# Makes an event known; returns when that was done.
Send = Callable[[], float]


def main(name: str, path: str) -> None:
    """Serve until stdin ends."""
    store = Store.open_for_writing(Location.of_file(Path(path)))
    app, send = {"vifcast": _vifcast, "sse-starlette": _peer}[name](store)
    listening = listen("127.0.0.1", 0)
    print(listening.getsockname()[1], flush=True)
    config = uvicorn.Config(
        app, http=HttpProtocol, log_config=None, access_log=False, lifespan="off",
        server_header=False, timeout_graceful_shutdown=2,
    )  # fmt: skip
    server = uvicorn.Server(config)

    def send_each() -> None:
        for _ in sys.stdin:
            print(send(), flush=True)
        server.should_exit = True

    threading.Thread(target=send_each, daemon=True).start()
    server.run(sockets=[listening])


def _events() -> Iterator[Event]:
    """Ends of attaches, received when they are asked for."""
    for body in islice(bodies.about_nics(1_000_000), 1, None, 2):
        found = interpret(body, times.now(), 1 << 20)
        assert isinstance(found, Event)
        yield found


def _vifcast(store: Store) -> tuple[ASGIApp, Send]:
    app, streams = application.over(store)

    events = _events()

    def send() -> float:
        store.write([next(events)], [])
        committed = time.monotonic()
        streams.wake()
        return committed

    return app, send


def _peer(store: Store) -> tuple[ASGIApp, Send]:
    """Gives each reader the bytes that vifcast would send, and knows of nothing else."""
    queues: set[asyncio.Queue[bytes]] = set()
    loops: list[asyncio.AbstractEventLoop] = []

    async def stream(_request: Request) -> EventSourceResponse:
        queue: asyncio.Queue[bytes] = asyncio.Queue()
        loops[:] = [asyncio.get_running_loop()]

        async def messages() -> AsyncIterator[bytes]:
            queues.add(queue)
            try:
                yield b"retry: 3000\n\n"
                while True:
                    yield await queue.get()
            finally:
                queues.discard(queue)

        return EventSourceResponse(messages(), ping=15)

    def put(chunk: bytes) -> None:
        for queue in queues:
            queue.put_nowait(chunk)

    store.write([next(_events())], [])
    seen = View(None, has_details=True)
    chunk = Encoder().chunk(store.feed_page(0, limit=1).entries, seen, lambda _: True)
    assert chunk is not None
    data = chunk.data

    def send() -> float:
        handed = time.monotonic()
        loops[0].call_soon_threadsafe(put, data)
        return handed

    return Starlette(routes=[Route("/v1/stream", stream)]), send


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
