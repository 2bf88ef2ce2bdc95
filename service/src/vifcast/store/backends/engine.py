"""Connections to the database, whichever it is, and its errors in words.

Each of ``sqlite``, ``mariadb`` and ``postgresql`` has a ``writer_engine``, a
``reader_engine``, an ``select_engine``, an ``upgrade_engine`` and an ``advice``.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

import sqlalchemy as sa

from vifcast.errors import StoreError, StoreRefusedError
from vifcast.store.backends import mariadb, postgresql, schema_version, sqlite
from vifcast.store.backends.location import Location

_BACKENDS = {"sqlite": sqlite, "mariadb": mariadb, "postgresql": postgresql}
_PACKAGES = {"mariadb": "pymysql", "postgresql": "'psycopg[binary]'"}


def writer_engine(location: Location) -> sa.Engine:
    """For transactions that write, one at a time. Raises StoreError where the driver is missing.

    One at a time, because operations and attachments are computed from what others have
    stored, and because the ids of events are to become visible in their order. SQLite has
    its lock for that; elsewhere it is the row with the schema's version.
    """
    engine: sa.Engine = _backend(location).writer_engine(location)
    if location.path is None:
        sa.event.listen(engine, "begin", schema_version.lock)
    return engine


def reader_engine(location: Location) -> sa.Engine:
    """For transactions that cannot write. Raises StoreError where the driver is missing."""
    engine: sa.Engine = _backend(location).reader_engine(location)
    return engine


def select_engine(location: Location) -> sa.Engine:
    """For SELECTs without a transaction. Raises StoreError where the driver is missing.

    Nothing but the SELECT goes to the server, so that nobody has looked whether a connection
    still is one.
    """
    engine: sa.Engine = _backend(location).select_engine(location)
    return engine


def upgrade_engine(location: Location) -> sa.Engine:
    """For changes of the schema, one process at a time. Raises StoreError."""
    engine: sa.Engine = _backend(location).upgrade_engine(location)
    return engine


def _backend(location: Location) -> ModuleType:
    return _BACKENDS[location.url.get_backend_name()]


@contextmanager
def store_errors(location: Location) -> Iterator[None]:
    """Turn the database's errors into a StoreError that names it."""
    try:
        yield
    except sa.exc.DataError as error:
        raise StoreRefusedError(f"database {location} refuses it: {error.orig}") from error
    except sa.exc.DBAPIError as error:
        told = _backend(location).advice(error.orig or error)
        raise StoreError(f"database {location}: {told}") from error
    except sa.exc.StatementError as error:
        raise StoreRefusedError(f"database {location} cannot hold it: {error.orig}") from error
    except sa.exc.SQLAlchemyError as error:
        raise StoreError(f"database {location}: {error}") from error
    except ModuleNotFoundError as error:
        package = _PACKAGES[location.url.get_backend_name()]
        raise StoreError(
            f"database {location}: its driver is not installed here ({error}); pip install "
            f"{package} into the same Python"
        ) from error
