"""Column types that mean the same in SQLite, MariaDB and PostgreSQL; see ``ColumnTypes``.

Migrations use these too. What is in databases does not change with this file: another type
is another name here, and a migration.
"""

import datetime as dt
from typing import Any

import sqlalchemy as sa

from vifcast.store.backends.backend import backend_of, declared_by


def text(length: int = 255) -> sa.types.TypeEngine[str]:
    """Text of at most so many characters, also in an index."""
    return declared_by(sa.String(length), lambda types: types.text(length))


# Attachment.nic: a few letters, and a port's id or a MAC.
NIC = text(300)

# Gap.subject: the names of a queue and an exchange, each as long as AMQP lets it be, and more.
SUBJECT = text(560)

LONG_TEXT = declared_by(sa.Text(), lambda types: types.long_text)
LONG_BYTES = declared_by(sa.LargeBinary(), lambda types: types.long_bytes)
INTEGER = declared_by(sa.BigInteger(), lambda types: types.integer)


class UtcDateTime(sa.types.TypeDecorator[dt.datetime]):
    """An aware time in Python, a naive UTC one with microseconds in the database."""

    impl = sa.DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        """The database's own."""
        return backend_of(dialect).column_types.time

    def bind_processor(self, dialect: sa.Dialect) -> Any:
        """Aware to naive UTC."""
        return backend_of(dialect).write_utc

    def result_processor(self, dialect: sa.Dialect, coltype: object) -> Any:  # noqa: ARG002
        """Naive UTC to aware."""
        return backend_of(dialect).read_utc


class OrEmpty(sa.types.TypeDecorator[str]):
    """Text that is never empty, or None, in Python; the empty text for None in the database."""

    impl = text()
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str:  # noqa: ARG002
        """None to empty."""
        return value or ""

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> str | None:  # noqa: ARG002
        """Empty to None."""
        return value or None


class Names(sa.types.TypeDecorator[tuple[str, ...]]):
    """Several names in Python, text with a line for each in the database; no name has a line break.

    Each is between two line breaks, so that SQL finds it whole.
    """

    impl = LONG_TEXT
    cache_ok = True

    def process_bind_param(self, value: tuple[str, ...] | None, dialect: sa.Dialect) -> Any:  # noqa: ARG002
        """Names to text."""
        return None if value is None else "\n".join(["", *value, ""])

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> tuple[str, ...] | None:  # noqa: ARG002
        """Text to names."""
        return None if value is None else tuple(value.strip("\n").split("\n"))
