"""The ``dead_letter`` table."""

import datetime as dt
from collections.abc import Collection, Sequence

import sqlalchemy as sa

from vifcast.model import DeadLetter
from vifcast.store.queries import DeadLetterQuery, Page, read_cursor, write_cursor
from vifcast.store.sql import rows, schema
from vifcast.store.sql.bulk_insert import BulkInsert
from vifcast.store.sql.of_region import of_region

_TABLE = schema.dead_letter
_INSERT = BulkInsert(_TABLE, DeadLetter, "id")


def insert_new(connection: sa.Connection, letters: Sequence[DeadLetter]) -> None:
    """Keep them; one with the same bytes as an older one is that one."""
    new = {letter.sha256: letter for letter in reversed(letters)}
    known = sa.select(_TABLE.c.sha256).where(_TABLE.c.sha256.in_(new))
    for sha256 in connection.scalars(known):
        del new[sha256]
    _INSERT(connection, reversed(new.values()))


def get(connection: sa.Connection, letter_id: int) -> DeadLetter | None:
    """One dead letter, or None."""
    found = connection.execute(sa.select(_TABLE).where(_TABLE.c.id == letter_id))
    return next(iter(rows.structs(DeadLetter, found)), None)


def search(
    connection: sa.Connection, query: DeadLetterQuery, *, limit: int, cursor: str | None
) -> Page[DeadLetter]:
    """A page of dead letters, newest first. Raises InvalidValueError."""
    statement = sa.select(_TABLE).where(*_conditions(query)).order_by(_TABLE.c.id.desc())
    if cursor:
        (position,) = read_cursor(cursor, int)
        statement = statement.where(_TABLE.c.id < position)
    found = rows.structs(DeadLetter, connection.execute(statement.limit(limit + 1)))
    items = found[:limit]
    return Page(items, write_cursor(items[-1].id) if len(found) > limit else None)


def _conditions(query: DeadLetterQuery) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if query.ids is not None:
        conditions.append(_TABLE.c.id.in_(query.ids))
    if query.reason_code is not None:
        conditions.append(_TABLE.c.reason_code == query.reason_code)
    if query.received_before is not None:
        conditions.append(_TABLE.c.received_at < query.received_before)
    if query.broker is not None:
        conditions.append(_TABLE.c.broker == query.broker)
    if query.region is not None:
        conditions.append(of_region(_TABLE.c.region, query.region))
    return conditions


def count(connection: sa.Connection, query: DeadLetterQuery) -> int:
    """How many meet the conditions."""
    statement = sa.select(sa.func.count()).select_from(_TABLE).where(*_conditions(query))
    return connection.scalar(statement) or 0


def count_since(connection: sa.Connection, since: dt.datetime) -> int:
    """How many were received since then."""
    statement = sa.select(sa.func.count()).where(_TABLE.c.received_at >= since)
    return connection.scalar(statement.select_from(_TABLE)) or 0


def count_by_reason(connection: sa.Connection) -> dict[str, int]:
    """How many there are for each reason, the most frequent first."""
    number = sa.func.count()
    statement = sa.select(_TABLE.c.reason_code, number).group_by(_TABLE.c.reason_code)
    found = connection.execute(statement.order_by(number.desc(), _TABLE.c.reason_code))
    return {row.reason_code: row[1] for row in found}


def delete(connection: sa.Connection, ids: Collection[int]) -> None:
    """Remove these."""
    connection.execute(sa.delete(_TABLE).where(_TABLE.c.id.in_(ids)))


def delete_some(connection: sa.Connection, query: DeadLetterQuery, limit: int) -> int:
    """Remove at most so many of those that meet the conditions, the oldest; how many."""
    oldest = sa.select(_TABLE.c.id).where(*_conditions(query)).order_by(_TABLE.c.id).limit(limit)
    # Two statements: MariaDB takes no LIMIT in a subquery of IN.
    ids = connection.scalars(oldest).all()
    if ids:
        delete(connection, ids)
    return len(ids)
