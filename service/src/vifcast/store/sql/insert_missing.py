"""Insert rows, and leave those alone whose key is there."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa

from vifcast.store.backends.backend import backend_named


def insert_missing(
    connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Insert the rows in their order, but those whose primary key another row has."""
    if rows:
        connection.execute(_statement(connection.dialect.name, table), list(rows))


@cache
def _statement(database: str, table: sa.Table) -> sa.Insert:
    return backend_named(database).insert_missing(table)
