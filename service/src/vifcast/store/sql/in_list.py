"""``column IN (…)`` for as many values as a batch has.

A thousand parameters take SQLAlchemy longer to write than SQLite and PostgreSQL take to answer:
there, they are one parameter.
"""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from vifcast.store.backends.json import to_json


def in_list(
    connection: sa.Connection, column: sa.ColumnElement[Any], values: Iterable[Any]
) -> sa.ColumnElement[bool]:
    """The condition that the column holds one of these texts or numbers."""
    listed = list(values)
    match connection.dialect.name:
        case "sqlite":
            each = sa.func.json_each(to_json(listed)).table_valued("value")
            return column.in_(sa.select(each.c.value))
        case "postgresql":
            return column == sa.any_(sa.literal(listed, sa.ARRAY(column.type)))
        case _:
            return column.in_(listed)
