"""Operations and attachments made anew of all events, as if these were ingested once more."""

import sqlalchemy as sa

from vifcast.store import attachments, events, operations

_EVENTS = 1000


def rebuild(connection: sa.Connection) -> None:
    """Fill the two tables, which are empty; in parts, so that any number of events will do."""
    position = 0
    while found := events.in_order(connection, position, _EVENTS):
        numbered = [(event.id or 0, event) for event in found]
        attachments.recompute(connection, numbered, operations.recompute(connection, numbered))
        position = numbered[-1][0]
