"""Follows ``GET /v1/stream``: connects anew where it breaks, without gap or repeat."""

import datetime as dt
import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import requests

from vifcast import decoding, times
from vifcast.client.connection import Connection, retry_after_s
from vifcast.client.failures import not_understood, refusal, said, unlike_vifcast
from vifcast.client.sse import Message, Parser
from vifcast.errors import ApiError, ApiUnreachableError
from vifcast.ingest.backoff import Backoff
from vifcast.model import Event, Operation

LOG = logging.getLogger(__name__)

_PATH = "stream"
_MEDIA_TYPE = "text/event-stream"
_OK, _TOO_MANY, _SERVER_ERROR = 200, 429, 500
# Four heartbeats: who hears none of them is not connected any more.
_SILENCE_S = 60.0
_MAX_PAUSE_S = 30.0
# Until the server says how long, and where it says more.
_RETRY_S = 3.0
_MAX_WAIT_S = 300.0


@dataclass(frozen=True, slots=True)
class StreamGap:
    """Events may be missing at this point of the stream.

    ``before``: while nobody was connected, events from before this moment were deleted. None: the
    database there was restored or replaced.
    """

    before: dt.datetime | None


StreamItem = Event | Operation | StreamGap
# Is called with why it waits, each time that this begins, and with None when it goes on.
OnBreak = Callable[[ApiError | None], None]


def logged(why: ApiError | None) -> None:
    """Logs the breaks of a stream."""
    if why is None:
        LOG.info("the stream goes on")
    else:
        LOG.warning("the stream waits: %s", why)


class _BrokenError(Exception):
    """The connection ended; ``wait_s`` is how long to wait before the next, if that is known."""

    def __init__(self, why: ApiError | None, wait_s: float | None = None) -> None:
        super().__init__(str(why))
        self.why = why
        self.wait_s = wait_s


class Follower:
    """One stream, over as many connections as it takes."""

    def __init__(
        self,
        connection: Connection,
        params: Mapping[str, str],
        after: int | None,
        on_break: OnBreak,
    ) -> None:
        self._connection = connection
        self._params = params
        self._last_id = None if after is None else str(after)
        self._on_break = on_break
        self._is_waiting = False
        self._pauses = Backoff(_MAX_PAUSE_S)

    def batches(self) -> Iterator[list[StreamItem]]:
        """What comes, as much as comes together; ends only with an error."""
        while True:
            parser = Parser(self._last_id)
            try:
                for items in self._of_one_connection(parser):
                    if items:
                        yield items
            except _BrokenError as broken:
                self._wait(broken)
            else:
                wait_s = _RETRY_S if parser.retry_ms is None else parser.retry_ms / 1000
                # Whoever ends each connection at once gets no more of them than others.
                time.sleep(min(max(wait_s, self._pauses.next_s()), _MAX_WAIT_S))

    def _wait(self, broken: _BrokenError) -> None:
        if not self._is_waiting and broken.why is not None:
            self._on_break(broken.why)
            self._is_waiting = True
        pause_s = self._pauses.next_s()
        time.sleep(pause_s if broken.wait_s is None else min(broken.wait_s, _MAX_WAIT_S))

    def _of_one_connection(self, parser: Parser) -> Iterator[list[StreamItem]]:
        headers = {"Accept": _MEDIA_TYPE, "Cache-Control": "no-store"}
        if self._last_id is not None:
            headers["Last-Event-ID"] = self._last_id
        try:
            with self._connection.opened(_PATH, self._params, headers, _SILENCE_S) as answer:
                self._check(answer)
                for chunk in _chunks(answer):
                    self._goes_on()
                    messages = list(parser.feed(chunk))
                    items = [item for each in messages if (item := self._item(each)) is not None]
                    self._last_id = parser.last_id
                    yield items
                    if any(each.name == "dropped" for each in messages):
                        return
        except ApiUnreachableError as error:
            raise _BrokenError(error) from error
        except requests.RequestException as error:
            text = f"{self._connection.url} broke off its answer: {said(error)}"
            raise _BrokenError(ApiUnreachableError(text)) from error

    def _check(self, answer: Any) -> None:
        status = answer.status_code
        if status == _OK:
            kind = answer.headers.get("content-type", "")
            if not kind.startswith(_MEDIA_TYPE):
                raise unlike_vifcast(self._connection.url, answer)
            return
        why = refusal(self._connection.url, answer)
        is_passing = status == _TOO_MANY or status >= _SERVER_ERROR
        if is_passing and isinstance(why, ApiError):
            raise _BrokenError(why, retry_after_s(answer))
        raise why

    def _goes_on(self) -> None:
        self._pauses.reset()
        if self._is_waiting:
            self._is_waiting = False
            self._on_break(None)

    def _item(self, message: Message) -> StreamItem | None:
        """None: the last message, or of a kind that a newer release sends."""
        try:
            data = json.loads(message.data)
            match message.name:
                case "event":
                    return decoding.event(data)
                case "operation":
                    return decoding.operation(data)
                case "gap":
                    before = data["before"]
                    return StreamGap(None if before is None else times.from_person(before))
        except (msgspec.ValidationError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise not_understood(self._connection.url, _PATH, error) from error
        return None


def _chunks(answer: Any) -> Iterator[bytes]:
    """Each as soon as it comes; ends where the connection does."""
    # Without chunks of the server's own, whoever asks for more than a byte waits for all of them.
    size = None if getattr(answer.raw, "chunked", False) else 1
    try:
        yield from answer.iter_content(size)
    except requests.RequestException as error:
        LOG.debug("the connection of the stream broke: %s", error)
