"""``Reading``: the connections to one database on which nothing is written."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from vifcast import times
from vifcast.store.backends.engine import reader_engine, store_errors
from vifcast.store.backends.location import Location
from vifcast.store.gate import Gate

# Operations that have run for longer are overdue, if nothing else is said.
OVERDUE_AFTER_S = 600.0


class Reading:
    """One database, to be read. Methods may be called from any thread; all raise StoreError."""

    def __init__(self, location: Location, overdue_after_s: float = OVERDUE_AFTER_S) -> None:
        self.location = location
        self.overdue_after_s = overdue_after_s
        self._readers = Gate()
        with store_errors(location):
            self._reader = reader_engine(location)

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A transaction that cannot write, for the modules of this package."""
        with self._readers, store_errors(self.location), self._reader.connect() as connection:
            try:
                with connection.begin():
                    yield connection
            except BaseException:
                # A row that could not be read leaves its cursor, and with it SQLite's
                # snapshot, open: every later reader of this connection would see the past.
                connection.invalidate()
                raise

    def close(self) -> None:
        """Give back every connection."""
        self._reader.dispose()

    def connections(self) -> dict[str, int]:
        """How many connections are open to read, ``in_use`` and ``idle``."""
        pool = self._reader.pool
        if not isinstance(pool, sa.QueuePool):
            return {}
        return {"in_use": pool.checkedout(), "idle": pool.checkedin()}

    def overdue_before(self) -> dt.datetime:
        """Operations that run since before this moment are overdue."""
        return times.now() - dt.timedelta(seconds=self.overdue_after_s)
