"""``ReusedStatement``: a statement that SQLAlchemy builds once for each database.

To build one anew takes SQLAlchemy 0.1 ms, as long as SQLite takes for a few dozen deliveries.
"""

from collections.abc import Callable, Collection
from typing import Any

import sqlalchemy as sa

from vifcast.store.backends.backend import Backend, backend_of

InList = Callable[[sa.ColumnElement[Any], str], sa.ColumnElement[bool]]


class ReusedStatement:
    """``build(in_list)`` makes it; ``in_list(column, name)`` is a condition on a list of values.

    All that differs from one execution to the next is a parameter.
    """

    def __init__(self, build: Callable[[InList], sa.Executable]) -> None:
        self._build = build
        self._built: dict[Backend, sa.Executable] = {}

    def __call__(self, connection: sa.Connection, **values: Any) -> sa.CursorResult[Any]:
        """Execute it with these values; a list is one of them."""
        backend = backend_of(connection.dialect)
        statement = self._built.get(backend)
        if statement is None:
            statement = self._built[backend] = self._build(backend.in_parameter)
        return connection.execute(
            statement, {name: _parameter(value) for name, value in values.items()}
        )


def _parameter(value: Any) -> Any:
    is_list = isinstance(value, Collection) and not isinstance(value, str)
    return list(value) if is_list else value
