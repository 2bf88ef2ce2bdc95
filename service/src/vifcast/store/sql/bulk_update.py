"""Update many rows by the values of each; as ``bulk_insert``, what a commit's hot path takes."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import sqlalchemy as sa

_Convert = Callable[[Any], Any]


class BulkUpdate:
    """An UPDATE of one row, executed for many; its parameters are passed by name.

    SQLAlchemy knows how each is written. The rows are handed to the driver as they are.
    """

    def __init__(self, statement: sa.Update) -> None:
        self._statement = statement
        self._plans: dict[str, _Plan] = {}

    def __call__(self, connection: sa.Connection, rows: Iterable[Mapping[str, Any]]) -> None:
        """Update one row for each of these, which has all parameters."""
        name = connection.dialect.name
        plan = self._plans.get(name)
        if plan is None:
            plan = self._plans[name] = _Plan(self._statement, connection.dialect)
        connection.exec_driver_sql(plan.text, [plan.written(each) for each in rows])


class _Plan:
    def __init__(self, statement: sa.Update, dialect: sa.Dialect) -> None:
        compiled: Any = statement.compile(dialect=dialect)
        self.text = str(compiled)
        self._names = list(compiled.positiontup if compiled.positional else compiled.binds)
        self._is_positional = compiled.positional
        self._constants = {
            # Of a class of ours, the sqlite3 module would look for an adapter.
            name: str(bind.value) if isinstance(bind.value, str) else bind.value
            for name, bind in compiled.binds.items()
            if not bind.required
        }
        self._writers = {
            name: write
            for name, bind in compiled.binds.items()
            if bind.required and (write := _writer(bind, dialect)) is not None
        }

    def written(self, values: Mapping[str, Any]) -> Any:
        found = {**self._constants, **values}
        for name, write in self._writers.items():
            found[name] = write(found[name])
        return tuple([found[name] for name in self._names]) if self._is_positional else found


def _writer(bind: Any, dialect: sa.Dialect) -> _Convert | None:
    found: _Convert | None = bind.type.dialect_impl(dialect).bind_processor(dialect)
    return found
