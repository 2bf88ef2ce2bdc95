"""How many rows are written at once with one statement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa


@dataclass(frozen=True, slots=True)
class BulkStatement:
    """A statement for the driver; a row has the values of ``columns``, in their order.

    ``options`` are execution options of SQLAlchemy's.
    """

    sql: str
    columns: Sequence[str]
    options: Mapping[str, Any] = field(default_factory=dict)


def insert_statement(dialect: sa.Dialect, table: sa.Table, columns: Sequence[str]) -> BulkStatement:
    """An INSERT, once for each row; the dialect's parameters have places, not names."""
    compiled = sa.insert(table).compile(dialect=dialect, column_keys=list(columns))
    return BulkStatement(str(compiled), compiled.positiontup or [])
