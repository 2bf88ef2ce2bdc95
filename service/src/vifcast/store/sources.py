"""What was heard of each source of events, and when last."""

import datetime as dt
from typing import NamedTuple

import sqlalchemy as sa

from vifcast.store import schema


class Source(NamedTuple):
    """``last_event_at`` is by the sender's clock, ``last_received_at`` by ours."""

    source: str
    last_event_at: dt.datetime
    last_received_at: dt.datetime
    events: int


def all_sources(connection: sa.Connection) -> list[Source]:
    """Each source that an event came from, by name. Reads every event."""
    event = schema.event
    statement = (
        sa.select(
            event.c.source,
            sa.func.max(event.c.occurred_at),
            sa.func.max(event.c.received_at),
            sa.func.count(),
        )
        .group_by(event.c.source)
        .order_by(event.c.source)
    )
    return [Source(*row) for row in connection.execute(statement)]
