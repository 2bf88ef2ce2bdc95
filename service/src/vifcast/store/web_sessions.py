"""``WebSessions``: browsers that are signed in."""

import datetime as dt

from vifcast.store.store import Store
from vifcast.store.tables import web_sessions
from vifcast.web_session import WebSession


class WebSessions:
    """Those of one database. Methods may be called from any thread; all raise StoreError."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, session: WebSession) -> None:
        """Keep a new one."""
        with self._store.writing() as connection:
            web_sessions.insert(connection, session)

    def get(self, session_id: str) -> WebSession | None:
        """One, or None."""
        with self._store.reading() as connection:
            return web_sessions.get(connection, session_id)

    def used(self, session_id: str, at: dt.datetime) -> None:
        """Note when one was used last."""
        with self._store.writing() as connection:
            web_sessions.used(connection, session_id, at)

    def remove(self, session_id: str) -> None:
        """Forget one."""
        with self._store.writing() as connection:
            web_sessions.delete(connection, session_id)

    def forget_ended(self, *, used_before: dt.datetime, created_before: dt.datetime) -> None:
        """Forget those that were not used since a moment, or are older than another."""
        with self._store.writing() as connection:
            web_sessions.delete_ended(connection, used_before, created_before)
