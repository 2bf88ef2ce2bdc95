"""The ``binding`` table: until when our queue is known to have been bound to each exchange."""

import datetime as dt
from collections.abc import Mapping

import sqlalchemy as sa

from vifcast.store.sql import schema

_TABLE = schema.binding


def read(connection: sa.Connection, queue: str) -> dict[str, dt.datetime]:
    """By exchange; those to which the queue was ever bound."""
    columns = (_TABLE.c.exchange, _TABLE.c.proven_at)
    found = connection.execute(sa.select(*columns).where(_TABLE.c.queue == queue)).all()
    return {row.exchange: row.proven_at for row in found}


def keep(connection: sa.Connection, queue: str, proven: Mapping[str, dt.datetime]) -> None:
    """Note when they were last proven; another process may have done so later."""
    known = read(connection, queue)
    for exchange, at in proven.items():
        if exchange not in known:
            values = {"queue": queue, "exchange": exchange, "proven_at": at}
            connection.execute(sa.insert(_TABLE).values(values))
        elif known[exchange] < at:
            which = sa.and_(_TABLE.c.queue == queue, _TABLE.c.exchange == exchange)
            connection.execute(sa.update(_TABLE).where(which).values(proven_at=at))
