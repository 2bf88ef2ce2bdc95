"""``PostgresqlListener``: LISTEN, for the NOTIFY of whoever stored events."""

import select
import time
from typing import Any

import sqlalchemy as sa

CHANNEL = "vifcast_event"

_ASK_EVERY_S = 10.0


class PostgresqlListener:
    """A connection of its own, in autocommit, which is used for nothing else."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._received = False
        self._connection: sa.Connection | None = None
        try:
            self._connection = self._engine.connect()
            driver: Any = self._connection.connection.driver_connection
            self._driver = driver
            driver.add_notify_handler(self._note)
            self._connection.exec_driver_sql(f"LISTEN {CHANNEL}")
        except BaseException:
            self.close()
            raise
        self._asked_at = time.monotonic()

    def wait(self, timeout_s: float) -> bool:
        """Wait for new events, no longer than that; whether there are any.

        A server that is frozen or unplugged is found out by asking it something now and then.
        """
        if self._connection is None:
            raise RuntimeError("closed")
        # Not select(): among a thousand readers of the stream, the number of its file is too high.
        poll = select.poll()
        poll.register(self._driver.fileno(), select.POLLIN)
        if poll.poll(timeout_s * 1000) or time.monotonic() - self._asked_at > _ASK_EVERY_S:
            # psycopg hands over notifications while it reads the answer to something else.
            self._connection.exec_driver_sql("SELECT 1")
            self._asked_at = time.monotonic()
        received, self._received = self._received, False
        return received

    def close(self) -> None:
        """End the connection."""
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
            self._connection = None
        self._engine.dispose()

    def _note(self, _notify: object) -> None:
        self._received = True
