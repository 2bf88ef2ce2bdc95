"""SELECTs that run often, compiled once.

To build a SELECT and find it in SQLAlchemy's cache takes ten times as long as SQLite's answer
from an index. So the SELECT is built once for each set of conditions, with a parameter in place
of each value, and goes to the driver as it is; ``bulk_insert`` does the same for what is written.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from operator import attrgetter
from typing import Any, Generic, TypeVar

import sqlalchemy as sa

from vifcast.store.backends.backend import backend_of
from vifcast.store.sql.select_runner import SelectRunner
from vifcast.store.sql.types import UtcDateTime

T = TypeVar("T")

Decode = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A value of the question, then a constant of the statement, has a place; from 0.

    ``names`` are those of the parameters where the driver takes names.
    """

    sql: str
    constants: Sequence[Any]
    writers: Sequence[tuple[int, Decode]]
    places: Sequence[int]
    names: Sequence[str] | None
    columns: Sequence[str]
    decoders: Sequence[tuple[str, Decode]]

    def parameters(self, values: Sequence[Any]) -> Any:
        told = [*values, *self.constants]
        for place, write in self.writers:
            told[place] = write(told[place])
        ordered = [told[place] for place in self.places]
        return ordered if self.names is None else dict(zip(self.names, ordered, strict=True))


class CompiledSelect(Generic[T]):
    """``build(query, **more)`` makes the SELECT; every value in both is a parameter there.

    None and truth values stay what they are: they decide which conditions there are. ``query``
    is a dataclass of the kind ``asked``; ``make`` takes the values of a row by the names of their
    columns, each decoded as the type of its column says, or else by its name.
    """

    def __init__(
        self,
        build: Callable[..., sa.Select[Any]],
        asked: type[Any],
        make: Callable[..., T],
        decode: Mapping[str, Decode],
    ) -> None:
        self._build = build
        self._names = [each.name for each in fields(asked)]
        self._read = attrgetter(*self._names)
        self._make = make
        self._decode = decode
        self._compiled: dict[Any, _Compiled] = {}

    def __call__(self, runner: SelectRunner, query: Any, **more: Any) -> list[T]:
        """What each row makes."""
        values = (*self._read(query), *more.values())
        shape = (
            runner.dialect.name,
            # Not equal but the same: 1 is no truth value.
            *[each if each is None or each is True or each is False else ... for each in values],
        )
        compiled = self._compiled.get(shape)
        if compiled is None:
            compiled = self._compiled[shape] = self._compile(runner.dialect, query, more)
        found = runner.run(compiled.sql, compiled.parameters(values))
        make, columns, decoders = self._make, compiled.columns, compiled.decoders
        made = []
        for row in found:
            decoded = dict(zip(columns, row, strict=True))
            for name, decode in decoders:
                decoded[name] = decode(decoded[name])
            made.append(make(**decoded))
        return made

    def _compile(self, dialect: sa.Dialect, query: Any, more: dict[str, Any]) -> _Compiled:
        asked = {name: _mark(name, getattr(query, name)) for name in self._names}
        marked = {name: _mark(name, value) for name, value in more.items()}
        statement = self._build(replace(query, **asked), **marked)
        compiled = statement.compile(dialect=dialect)
        values = [*self._names, *more]
        constants = [name for name in compiled.params if name not in values]
        place = {name: number for number, name in enumerate([*values, *constants])}
        names = compiled.positiontup if compiled.positional else list(compiled.params)
        return _Compiled(
            sql=str(compiled),
            constants=[compiled.params[name] for name in constants],
            writers=[
                (place[name], write)
                for name, bound in compiled.binds.items()
                if (write := bound.type.dialect_impl(dialect).bind_processor(dialect))
            ],
            places=[place[name] for name in names or ()],
            names=None if compiled.positional else names,
            columns=[str(column.name) for column in statement.selected_columns],
            decoders=[
                (column.name, decode)
                for column in statement.selected_columns
                if (decode := _decoder(column.type, dialect) or self._decode.get(column.name))
            ],
        )


def _mark(name: str, value: object) -> Any:
    return value if value is None or isinstance(value, bool) else sa.bindparam(name)


def _decoder(kind: sa.types.TypeEngine[Any], dialect: sa.Dialect) -> Decode | None:
    """What decodes a value of this type that is not NULL; None where it is as it should be."""
    if isinstance(kind, UtcDateTime):
        return backend_of(dialect).read_utc
    return kind.dialect_impl(dialect).result_processor(dialect, None)
