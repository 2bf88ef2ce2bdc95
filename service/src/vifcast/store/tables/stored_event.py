"""An event as whoever reads the store sees it, and one that was stored just now."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from msgspec.structs import replace

from vifcast.ledger.operations import duration_ms
from vifcast.model import Event, Operation, Phase


@dataclass(frozen=True, slots=True)
class Stored:
    """An event that was stored just now."""

    id: int
    event: Event
    started_at: dt.datetime | None

    @classmethod
    def of(cls, event_id: int, event: Event, operations: Mapping[int, Operation]) -> Self:
        """With the operation that it turned out to belong to, if any."""
        operation = operations.get(event_id)
        if operation is None:
            return cls(event_id, event, None)
        if event.operation_id != operation.id:
            event = replace(event, operation_id=operation.id)
        return cls(event_id, event, operation.started_at)

    def read_back(self) -> Event:
        """The event as whoever reads the store sees it."""
        return with_duration(replace(self.event, id=self.id), self.started_at)


def with_duration(event: Event, started_at: dt.datetime | None) -> Event:
    """The event with the time since its operation's start, where it ends one."""
    if event.phase is Phase.START or event.correlation_id is None:
        return event
    return replace(event, duration_ms=duration_ms(started_at, event.occurred_at))
