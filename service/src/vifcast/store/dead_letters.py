"""The ``dead_letter`` table."""

from collections.abc import Sequence

import sqlalchemy as sa

from vifcast.model import DeadLetter
from vifcast.store import rows, schema
from vifcast.store.bulk import BulkInsert
from vifcast.store.page import Page, read_cursor, write_cursor

_TABLE = schema.dead_letter
_INSERT = BulkInsert(sa.insert(_TABLE), DeadLetter, "id")


def insert_new(connection: sa.Connection, letters: Sequence[DeadLetter]) -> None:
    """Keep them; one with the same bytes as an older one is that one."""
    new = {letter.sha256: letter for letter in reversed(letters)}
    known = sa.select(_TABLE.c.sha256).where(_TABLE.c.sha256.in_(new))
    for sha256 in connection.scalars(known):
        del new[sha256]
    _INSERT(connection, reversed(new.values()))


def get(connection: sa.Connection, letter_id: int) -> DeadLetter | None:
    """One dead letter, or None."""
    row = connection.execute(sa.select(_TABLE).where(_TABLE.c.id == letter_id)).mappings().first()
    return rows.dead_letter_from(row) if row else None


def search(connection: sa.Connection, *, limit: int, cursor: str | None) -> Page[DeadLetter]:
    """A page of dead letters, newest first. Raises InvalidValueError."""
    statement = sa.select(_TABLE).order_by(_TABLE.c.id.desc())
    if cursor:
        (position,) = read_cursor(cursor, int)
        statement = statement.where(_TABLE.c.id < position)
    found = [
        rows.dead_letter_from(row)
        for row in connection.execute(statement.limit(limit + 1)).mappings()
    ]
    items = found[:limit]
    return Page(items, write_cursor(items[-1].id) if len(found) > limit else None)


def count(connection: sa.Connection) -> int:
    """How many there are."""
    return connection.scalar(sa.select(sa.func.count()).select_from(_TABLE)) or 0
