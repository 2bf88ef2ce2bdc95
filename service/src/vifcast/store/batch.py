"""A batch of what was read from the bus: what is written of it, and its commit."""

from collections.abc import Callable, Sequence

import sqlalchemy as sa

from vifcast import times
from vifcast.host import HostReport
from vifcast.model import DeadLetter, Event
from vifcast.store.backends.backend import backend_of
from vifcast.store.backends.engine import store_errors
from vifcast.store.backends.location import Location
from vifcast.store.projection import attachments, exceptions, fan_out, operations
from vifcast.store.projection.attachment_changes import AttachmentChanges
from vifcast.store.tables import dead_letters, events, hosts, sources
from vifcast.store.tables.stored_event import Stored
from vifcast.store.tables.subscriptions import Interest


class Prepared:
    """A batch that is written but not yet committed.

    The commit waits for the disk, or for the server, and does so without holding Python's lock:
    another thread can do it while the next batch is read and decoded.
    """

    def __init__(
        self,
        location: Location,
        connection: sa.Connection,
        stored: list[Stored],
        end_turn: Callable[[], None],
    ) -> None:
        self._location = location
        self._connection = connection
        self._stored = stored
        self._end_turn = end_turn

    def commit(self) -> list[Stored]:
        """Have it synced to disk; the events that were not there before, in order.

        Raises StoreError; nothing is stored then.
        """
        try:
            with store_errors(self._location), self._connection:
                self._connection.commit()
        finally:
            self._end_turn()
        return self._stored


def write_in(
    connection: sa.Connection,
    new: Sequence[Event],
    letters: Sequence[DeadLetter],
    reports: Sequence[HostReport],
    interests: Sequence[Interest],
) -> list[Stored]:
    """Store a batch, and all that follows from it; the events that were not there before."""
    joined = exceptions.join(connection, events.insert_new(connection, new) if new else [])
    numbered = joined.new
    found = operations.recompute(connection, [*numbered, *joined.older], joined.left)
    changes = AttachmentChanges() if interests else None
    attachments.recompute(connection, numbered, found, changes)
    sources.keep_seen(connection, [event for _, event in numbered])
    hosts.keep_seen(connection, [event for _, event in numbered])
    hosts.keep_reports(connection, reports)
    if letters:
        dead_letters.insert_new(connection, letters)
    if changes is not None:
        fan_out.write(connection, interests, numbered, found.by_event, changes, times.now())
    if numbered:
        backend_of(connection.dialect).announce_events(connection)
    return [Stored.of(event_id, event, found.by_event) for event_id, event in numbered]
