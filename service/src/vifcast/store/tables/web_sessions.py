"""The ``web_session`` table."""

import datetime as dt

import sqlalchemy as sa
from msgspec.structs import asdict

from vifcast.store.sql import rows, schema
from vifcast.web_session import WebSession

_TABLE = schema.web_session


def insert(connection: sa.Connection, session: WebSession) -> None:
    """Keep a new one."""
    connection.execute(sa.insert(_TABLE), asdict(session))


def get(connection: sa.Connection, session_id: str) -> WebSession | None:
    """One of them, or None."""
    found = connection.execute(sa.select(_TABLE).where(_TABLE.c.id == session_id))
    return next(iter(rows.structs(WebSession, found)), None)


def used(connection: sa.Connection, session_id: str, at: dt.datetime) -> None:
    """Note when one was used last."""
    connection.execute(sa.update(_TABLE).where(_TABLE.c.id == session_id).values(seen_at=at))


def delete(connection: sa.Connection, session_id: str) -> None:
    """Forget one."""
    connection.execute(sa.delete(_TABLE).where(_TABLE.c.id == session_id))


def delete_ended(
    connection: sa.Connection, used_before: dt.datetime, created_before: dt.datetime
) -> None:
    """Forget those that were used last, or made, before these moments."""
    ended = sa.or_(_TABLE.c.seen_at < used_before, _TABLE.c.created_at < created_before)
    connection.execute(sa.delete(_TABLE).where(ended))
