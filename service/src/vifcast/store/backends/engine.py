"""Connections to the database, whichever it is, and its errors in words."""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from vifcast.errors import StoreConflictError, StoreError, StoreRefusedError
from vifcast.store.backends import schema_version
from vifcast.store.backends.backend import backend_at
from vifcast.store.backends.location import Location

_PACKAGES = {"mariadb": "pymysql", "postgresql": "'psycopg[binary]'"}


def writer_engine(location: Location) -> sa.Engine:
    """For transactions that write, one at a time. Raises StoreError where the driver is missing.

    One at a time, because operations and attachments are computed from what others have
    stored, and because the ids of events are to become visible in their order. SQLite has
    its lock for that; elsewhere it is the row with the schema's version.
    """
    engine = backend_at(location).writer_engine(location)
    if location.path is None:
        sa.event.listen(engine, "begin", schema_version.lock)
    return engine


def sharing_engine(location: Location) -> sa.Engine:
    """For transactions that write what nothing else is computed from, several at a time.

    SQLite lets one write at a time, whatever it is. Raises StoreError as ``writer_engine``.
    """
    return backend_at(location).writer_engine(location)


def reader_engine(location: Location) -> sa.Engine:
    """For transactions that cannot write. Raises StoreError where the driver is missing."""
    return backend_at(location).reader_engine(location)


def upgrade_engine(location: Location) -> sa.Engine:
    """For changes of the schema, one process at a time. Raises StoreError."""
    return backend_at(location).upgrade_engine(location)


@contextmanager
def store_errors(location: Location) -> Iterator[None]:
    """Turn the database's errors into a StoreError that names it."""
    try:
        yield
    except sa.exc.DataError as error:
        raise StoreRefusedError(f"database {location} refuses it: {error.orig}") from error
    except sa.exc.DBAPIError as error:
        original = error.orig or error
        advice = backend_at(location).advice(original)
        if backend_at(location).is_conflict(original):
            raise StoreConflictError(f"database {location}: {advice}") from error
        raise StoreError(f"database {location}: {advice}") from error
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
