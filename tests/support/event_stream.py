"""A client of ``GET /v1/stream``, which reads as the HTML standard's EventSource does."""

import contextlib
import json
import socket
import threading
from collections.abc import Iterable
from typing import Any, Self

import httpx


class Message:
    """One message; ``id`` is the last that was received with it or before it."""

    def __init__(self, name: str, data: str, last_id: str | None) -> None:
        self.name = name
        self.data: Any = json.loads(data)
        self.last_id = last_id

    def __repr__(self) -> str:
        return f"<{self.name} {self.last_id}>"


class EventStream:
    """Reads in a thread of its own until the stream ends or ``close`` is called.

    ``last_id`` and ``retry_ms`` are for who connects anew, ``comments`` counts heartbeats.
    """

    def __init__(
        self,
        url: str,
        last_id: str | None = None,
        headers: dict[str, str] | None = None,
        **query: Any,
    ) -> None:
        self.last_id = last_id
        self.retry_ms: int | None = None
        self.messages: list[Message] = []
        self.comments = 0
        self.opened = threading.Event()
        self.ended = threading.Event()
        self.failure: BaseException | None = None
        self.status: int | None = None
        self.problem: Any = None
        self._socket: socket.socket | None = None
        self._client = httpx.Client(timeout=httpx.Timeout(60, read=None), trust_env=False)
        resumed = {} if last_id is None else {"Last-Event-ID": last_id}
        self._request = self._client.build_request(
            "GET", f"{url}v1/stream", params=query, headers=resumed | (headers or {})
        )
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def named(self, name: str) -> list[Message]:
        """The messages of this name."""
        return [each for each in self.messages if each.name == name]

    @property
    def event_ids(self) -> list[int]:
        """Of the events, in the order in which they came."""
        return [each.data["id"] for each in self.named("event")]

    def close(self) -> None:
        """Break the connection."""
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(10)

    def __enter__(self) -> Self:
        assert self.opened.wait(60)
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _run(self) -> None:
        try:
            with self._client, contextlib.closing(self._open()) as response:
                if response.status_code != httpx.codes.OK:
                    self.problem = json.loads(response.read())
                else:
                    assert response.headers["content-type"].startswith("text/event-stream")
                    self._take(response.iter_lines())
        except Exception as error:  # noqa: BLE001 - the test looks at it
            self.failure = error
        finally:
            self.opened.set()
            self.ended.set()

    def _open(self) -> httpx.Response:
        response = self._client.send(self._request, stream=True)
        self._socket = response.extensions["network_stream"].get_extra_info("socket")
        self.status = response.status_code
        return response

    def _take(self, lines: Iterable[str]) -> None:
        name, data, last_id = "message", [], self.last_id
        for line in lines:
            field, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if line and not field:
                self.comments += 1
            elif field == "event":
                name = value
            elif field == "data":
                data.append(value)
            elif field == "id":
                last_id = value
            elif field == "retry":
                self.retry_ms = int(value)
            elif not line:
                # Noted only here: what is cut off in the middle of a message was not received.
                self.last_id = last_id
                self.opened.set()
                if data:
                    self.messages.append(Message(name, "\n".join(data), last_id))
                name, data = "message", []
