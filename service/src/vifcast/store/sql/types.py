"""Column types that mean the same in SQLite, MariaDB and PostgreSQL.

Text compares byte by byte, trailing blanks included, and sorts by code point: so does SQLite,
MariaDB with the collation ``utf8mb4_nopad_bin`` and PostgreSQL with ``"C"``. MariaDB's DATETIME
counts whole seconds unless declared otherwise, and its TEXT and BLOB end at 64 KiB.

Migrations use these too. What is in databases does not change with this file: another type
is another name here, and a migration.
"""

import datetime as dt
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

MARIADB = "mariadb"
SQLITE = "sqlite"
# How MariaDB compares text byte by byte.
EXACT: dict[str, Any] = {"charset": "utf8mb4", "collation": "utf8mb4_nopad_bin"}


def text(length: int = 255) -> sa.types.TypeEngine[str]:
    """Text of at most so many characters, also in an index."""
    exact = mysql.VARCHAR(length, **EXACT)
    in_c = sa.String(length, collation="C")
    return sa.String(length).with_variant(exact, MARIADB).with_variant(in_c, "postgresql")


# Attachment.nic: a few letters, and a port's id or a MAC.
NIC = text(300)

# Gap.subject: the names of a queue and an exchange, each as long as AMQP lets it be, and more.
SUBJECT = text(560)

LONG_TEXT: sa.types.TypeEngine[str] = sa.Text().with_variant(mysql.LONGTEXT(**EXACT), MARIADB)
LONG_BYTES: sa.types.TypeEngine[bytes] = sa.LargeBinary().with_variant(mysql.LONGBLOB(), MARIADB)

# 64 bits. SQLite's INTEGER has them already, and only an INTEGER PRIMARY KEY counts by itself.
INTEGER: sa.types.TypeEngine[int] = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


class DeclaredText(sa.types.UserDefinedType[str]):
    """Text in a column that is declared as something else, as SQLite lets one.

    SQLAlchemy's own types for SQLite come to the same text in more steps.
    """

    cache_ok = True

    def __init__(self, declared: str) -> None:
        self.declared = declared

    def get_col_spec(self, **_: Any) -> str:
        """As it is declared."""
        return self.declared


class UtcDateTime(sa.types.TypeDecorator[dt.datetime]):
    """An aware time in Python, a naive UTC one with microseconds in the database."""

    impl = sa.DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        """MariaDB's with its six digits."""
        if dialect.name == SQLITE:
            return DeclaredText("DATETIME")
        return mysql.DATETIME(fsp=6) if dialect.name == MARIADB else sa.DateTime()

    def bind_processor(self, dialect: sa.Dialect) -> Any:
        """That of SQLite, by far the most used, in one step."""
        return _naive_text if dialect.name == SQLITE else super().bind_processor(dialect)

    def process_bind_param(self, value: dt.datetime | None, _dialect: sa.Dialect) -> Any:
        """Aware to naive UTC."""
        return None if value is None else value.astimezone(dt.UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> dt.datetime | None:
        """Naive UTC to aware."""
        if value is None:
            return None
        naive = dt.datetime.fromisoformat(value) if dialect.name == SQLITE else value
        return naive.replace(tzinfo=dt.UTC)


@lru_cache(maxsize=4096)  # of one batch, most times occur several times
def _naive_text(moment: dt.datetime | None) -> str | None:
    if moment is None:
        return None
    utc = moment if moment.tzinfo is dt.UTC else moment.astimezone(dt.UTC)
    return utc.isoformat(" ", "microseconds").removesuffix("+00:00")


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
