"""Whether migrations have made of a database what the code says."""

from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from vifcast.store import Location
from vifcast.store.backends.engine import reader_engine
from vifcast.store.sql import schema


def differences(location: Location) -> Any:
    """Between the database and the tables of the code."""
    engine = reader_engine(location)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        found = compare_metadata(context, schema.metadata)
    engine.dispose()
    return found
