"""``SelectRunner``: single SELECTs, on connections that are kept for them."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa


class SelectRunner:
    """Runs one SELECT at a time on a ``select_engine``; each sees one moment, no transaction.

    It is one round trip to the server. That its connection is dead, because the server
    was restarted, say, shows in the answer, and the SELECT runs once more.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self.dialect = engine.dialect

    def close(self) -> None:
        """Give back every connection."""
        self._engine.dispose()

    def run(self, sql: str, parameters: Any) -> Sequence[Any]:
        """The rows, as the driver gives them. Raises SQLAlchemy's errors."""
        try:
            return self._run(sql, parameters)
        except _DeadConnectionError:
            # The others are of the same age.
            self._engine.dispose()
        try:
            return self._run(sql, parameters)
        except _DeadConnectionError as dead:
            raise sa.exc.DBAPIError(sql, None, dead.error) from dead.error

    def _run(self, sql: str, parameters: Any) -> Sequence[Any]:
        connection = self._connection(sql)
        cursor = None
        try:
            cursor = connection.cursor()
            cursor.execute(sql, parameters)
            found = cursor.fetchall()
            cursor.close()
        except self.dialect.loaded_dbapi.Error as error:
            is_dead = self.dialect.is_disconnect(error, connection.driver_connection, cursor)
            connection.invalidate()
            if is_dead:
                raise _DeadConnectionError(error) from error
            raise sa.exc.DBAPIError(sql, None, error) from error
        except BaseException:
            # Its cursor is left open, and with it SQLite's snapshot: every later SELECT on
            # this connection would see the past.
            connection.invalidate()
            raise
        else:
            return found
        finally:
            connection.close()

    def _connection(self, sql: str) -> sa.PoolProxiedConnection:
        try:
            return self._engine.raw_connection()
        except self.dialect.loaded_dbapi.Error as error:
            raise sa.exc.DBAPIError(sql, None, error) from error


class _DeadConnectionError(Exception):
    def __init__(self, error: BaseException) -> None:
        self.error = error
