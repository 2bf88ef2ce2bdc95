"""``column IN (…)`` for as many values as a batch has."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from vifcast.store.backends.backend import backend_of


def in_list(
    connection: sa.Connection, column: sa.ColumnElement[Any], values: Iterable[Any]
) -> sa.ColumnElement[bool]:
    """The condition that the column holds one of these texts or numbers."""
    return backend_of(connection.dialect).in_list(column, list(values))
