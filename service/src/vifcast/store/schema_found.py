"""Which schema a database has, also one that does not fit this release."""

from dataclasses import dataclass

from vifcast.store.backends import schema_version
from vifcast.store.backends.backend import backend_at
from vifcast.store.backends.engine import reader_engine, store_errors
from vifcast.store.backends.location import Location


@dataclass(frozen=True, slots=True)
class SchemaVersion:
    """``found`` is None in a database that is empty."""

    found: str | None
    newest: str


def read_schema_version(location: Location) -> SchemaVersion:
    """The schema of a database that need not fit this release. Raises StoreError."""
    backend_at(location).refuse_missing(location)
    with store_errors(location):
        engine = reader_engine(location)
        try:
            with engine.begin() as connection:
                return SchemaVersion(schema_version.current(connection), schema_version.NEWEST)
        finally:
            engine.dispose()
