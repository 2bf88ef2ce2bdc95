"""The ``event_request`` table: the requests of those events that may belong together by these."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from msgspec import Struct

from vifcast.store.sql import schema
from vifcast.store.sql.bulk_insert import BulkInsert
from vifcast.store.sql.in_list import in_list

_TABLE = schema.event_request
_EVENT = schema.event.c


class EventRequest(Struct, frozen=True, gc=False):
    """The request that an event names."""

    event_id: int
    request_id: str


_INSERT = BulkInsert(_TABLE, EventRequest)


def insert(connection: sa.Connection, new: Iterable[EventRequest]) -> None:
    """Enter these."""
    _INSERT(connection, new)


def events_of(
    connection: sa.Connection, request_ids: Collection[str], columns: Iterable[str]
) -> Sequence[Any]:
    """The events of these requests: their ``request_id``, and these columns of theirs."""
    return connection.execute(
        sa.select(_TABLE.c.request_id, *(_EVENT[name] for name in columns))
        .join(schema.event, _EVENT.id == _TABLE.c.event_id)
        .where(in_list(connection, _TABLE.c.request_id, request_ids))
    ).all()
