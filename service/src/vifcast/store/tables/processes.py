"""The ``process`` table."""

import datetime as dt

import sqlalchemy as sa
from msgspec.structs import asdict

from vifcast.process import Process
from vifcast.store.sql import rows, schema

_TABLE = schema.process
# Of one that was killed, for whoever looks on the next day.
_KEEP = dt.timedelta(days=1)


def keep(connection: sa.Connection, process: Process) -> None:
    """Note how a process is, and forget those that have been silent for a day."""
    gone = _TABLE.c.seen_at < sa.literal(process.seen_at - _KEEP, _TABLE.c.seen_at.type)
    connection.execute(sa.delete(_TABLE).where(sa.or_(gone, _TABLE.c.id == process.id)))
    connection.execute(sa.insert(_TABLE), asdict(process))


def remove(connection: sa.Connection, process_id: str) -> None:
    """It has ended as it should."""
    connection.execute(sa.delete(_TABLE).where(_TABLE.c.id == process_id))


def read(connection: sa.Connection) -> list[Process]:
    """All of them, by role, host and start."""
    order = (_TABLE.c.role, _TABLE.c.host, _TABLE.c.started_at, _TABLE.c.id)
    return rows.structs(Process, connection.execute(sa.select(_TABLE).order_by(*order)))
