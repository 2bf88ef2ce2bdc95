"""Insert rows, and leave those alone whose key is there."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from vifcast.store.backends.backend import backend_of


def insert_missing(
    connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Insert the rows in their order, but those whose primary key another row has."""
    if rows:
        connection.execute(backend_of(connection.dialect).insert_missing(table), list(rows))
