"""Messages of the stream as bytes, in the format of the HTML standard's section on EventSource.

An event's own message is the last of those that belong to it, and the only one with an ``id``
line. A connection that breaks between two of them is resumed at the event before: no event is
sent twice or left out, and an operation is sent anew at most, as it is then.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from vifcast import times
from vifcast.identity.policy import View
from vifcast.model import Event, Operation
from vifcast.representation import event_json, operation_json, without_details
from vifcast.store import FeedEntry, FeedGap, OverdueEntry


@dataclass(frozen=True, slots=True)
class Chunk:
    """Whole messages, to be sent at once; ``received_at`` is of the first event."""

    data: bytes
    events: int = 0
    operations: int = 0
    received_at: dt.datetime | None = None


class Encoder:
    """Makes chunks of some entries; each is encoded once for all readers who see the same of it."""

    def __init__(self) -> None:
        self._encoded: dict[tuple[int, bool, str], bytes] = {}

    def chunk(
        self, entries: Iterable[FeedEntry], view: View, matches: Callable[[Event], bool]
    ) -> Chunk | None:
        """What one reader is sent of these entries; None: nothing."""
        shown = [entry for entry in entries if matches(entry.event)]
        if not shown:
            return None
        parts: list[bytes] = []
        operations = 0
        for entry, changed in zip(shown, _last_states(shown, view), strict=True):
            for operation in changed:
                parts.append(self._message(operation, view, "operation"))
                operations += 1
            parts.append(self._message(entry, view, "event"))
        return Chunk(b"".join(parts), len(shown), operations, shown[0].event.received_at)

    def overdue(
        self, entries: Iterable[OverdueEntry], view: View, matches: Callable[[Event], bool]
    ) -> Chunk | None:
        """What one reader is sent of operations that became overdue: those it had an event of."""
        parts = [
            self._message(entry.operation, view, "operation")
            for entry in entries
            if view.project_id in (None, entry.operation.project_id)
            and any(matches(event) for event in entry.events)
        ]
        return Chunk(b"".join(parts), operations=len(parts)) if parts else None

    def _message(self, of: FeedEntry | Operation, view: View, kind: str) -> bytes:
        key = (id(of), view.has_details, kind)
        found = self._encoded.get(key)
        if found is None:
            if isinstance(of, FeedEntry):
                shown, event_id = event_json(of.event), of.id
            else:
                shown, event_id = operation_json(of), None
            data = shown if view.has_details else without_details(shown)
            found = self._encoded[key] = _encode(kind, data, event_id)
        return found


def _last_states(shown: Sequence[FeedEntry], view: View) -> list[list[Operation]]:
    """The operations to send before each: as they all are of one moment, each only once."""
    found: list[list[Operation]] = []
    seen: set[tuple[str, str]] = set()
    for entry in reversed(shown):
        own = []
        for each in entry.operations:
            key = (each.correlation_id, each.id)
            if key not in seen and view.project_id in (None, each.project_id):
                seen.add(key)
                own.append(each)
        found.append(own)
    return found[::-1]


def opening(position: int, retry_ms: int, gap: FeedGap | None) -> bytes:
    """The first lines: where a client that is cut off at once is to resume, and how soon.

    They come without data, so that a client takes note and sees no message.
    """
    first = f"retry: {retry_ms}\nid: {position}\n\n".encode()
    if gap is None:
        return first
    reason = "unknown_id" if gap.before is None else "purged"
    before = times.to_text(gap.before) if gap.before else None
    return first + _encode("gap", {"reason": reason, "before": before}, None)


def heartbeat(position: int) -> bytes:
    """A comment, and the position until which there is nothing else for this reader.

    So a reader of rare events is not resumed far in the past.
    """
    return b": heartbeat\nid: %d\n\n" % position


def dropped(reason: str, detail: str) -> bytes:
    """The last message."""
    return _encode("dropped", {"reason": reason, "detail": detail}, None)


def _encode(name: str, data: Any, event_id: int | None) -> bytes:
    # JSON as orjson writes it has no line breaks.
    head = b"event: %s\ndata: %s\n" % (name.encode(), orjson.dumps(data))
    return head + b"\n" if event_id is None else head + b"id: %d\n\n" % event_id
