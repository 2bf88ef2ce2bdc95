"""A batch that is written but not yet committed.

The commit waits for the disk, or for the server, and does so without holding Python's lock:
another thread can do it while the next batch is read and decoded.
"""

import sqlalchemy as sa

from vifcast.store.backends.engine import store_errors
from vifcast.store.backends.location import Location
from vifcast.store.tables.events import Stored


class Prepared:
    """Ends with ``commit``, in whatever thread."""

    def __init__(self, location: Location, connection: sa.Connection, stored: list[Stored]) -> None:
        self._location = location
        self._connection = connection
        self._stored = stored

    def commit(self) -> list[Stored]:
        """Have it synced to disk; the events that were not there before, in order.

        Raises StoreError; nothing is stored then.
        """
        with store_errors(self._location), self._connection:
            self._connection.commit()
        return self._stored
