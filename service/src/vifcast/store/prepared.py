"""A batch that is written but not yet committed.

The commit waits for the disk, and does so without holding Python's lock: another thread can do
it while the next batch is read and decoded.
"""

from pathlib import Path

import sqlalchemy as sa

from vifcast.store.engine import store_errors
from vifcast.store.events import Stored


class Prepared:
    """Ends with ``commit``, in whatever thread."""

    def __init__(self, path: Path, connection: sa.Connection, stored: list[Stored]) -> None:
        self._path = path
        self._connection = connection
        self._stored = stored

    def commit(self) -> list[Stored]:
        """Sync it to disk; the events that were not there before, in order.

        Raises StoreError; nothing is stored then.
        """
        with store_errors(self._path), self._connection:
            self._connection.commit()
        return self._stored
