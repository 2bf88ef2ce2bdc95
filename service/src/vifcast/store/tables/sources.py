"""The ``source_seen`` table: when each source was last heard of."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from operator import attrgetter

import sqlalchemy as sa

from vifcast.model import Event, Source
from vifcast.store.sql import schema

_TABLE = schema.source_seen
_OCCURRED_AT, _RECEIVED_AT = attrgetter("occurred_at"), attrgetter("received_at")


@dataclass(frozen=True, slots=True)
class SourceSeen:
    """``last_event_at`` by the sender's clock, ``last_received_at`` by ours; events ever stored."""

    source: Source
    last_event_at: dt.datetime
    last_received_at: dt.datetime
    events: int


def keep_seen(connection: sa.Connection, events: Iterable[Event]) -> None:
    """Note the new events' sources."""
    by_source: dict[Source, list[Event]] = defaultdict(list)
    for event in events:
        by_source[event.source].append(event)
    seen = {
        source: SourceSeen(
            source,
            max(map(_OCCURRED_AT, group)),
            max(map(_RECEIVED_AT, group)),
            len(group),
        )
        for source, group in by_source.items()
    }
    if not seen:
        return
    known = {each.source: each for each in read(connection)}
    for source, new in seen.items():
        old = known.get(source)
        if old is None:
            connection.execute(
                sa.insert(_TABLE).values(
                    source=source,
                    last_event_at=new.last_event_at,
                    last_received_at=new.last_received_at,
                    events=new.events,
                )
            )
            continue
        connection.execute(
            sa.update(_TABLE)
            .where(_TABLE.c.source == source)
            .values(
                last_event_at=max(old.last_event_at, new.last_event_at),
                last_received_at=max(old.last_received_at, new.last_received_at),
                events=old.events + new.events,
            )
        )


def read(connection: sa.Connection) -> list[SourceSeen]:
    """All that was ever heard of, by name."""
    found = connection.execute(sa.select(_TABLE).order_by(_TABLE.c.source)).mappings()
    return [SourceSeen(**{**row, "source": Source(row["source"])}) for row in found]
