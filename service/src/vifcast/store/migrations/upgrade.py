"""Bring the schema of a database up to date.

Alembic, which takes half a second to import, comes in only where something is to be upgraded.
"""

import sqlalchemy as sa

from vifcast.store.backends import schema_version
from vifcast.store.projection.rebuild import (
    apply_newer_rules,
    follow_moves,
    follow_operations,
    rebuild,
)

# Schemas whose operations and attachments were made of fewer sources, by other rules.
_OTHER_LEDGER = frozenset({"0001", "0002"})

# Schemas whose attachments had one compute host each, and whose releases inferred less; the last
# three are those of an upgrade that was interrupted on MariaDB.
_OLDER_RULES = frozenset({"0003", "0004", "0005", "0006", "0007", "0008", "0009", "0010"})


def bring_up_to_date(engine: sa.Engine) -> None:
    """Upgrade the schema; does nothing where it is the newest.

    In one transaction, except on MariaDB, where an upgrade that was interrupted goes on
    where it stopped. Raises StoreSchemaError where the database is newer than this release.
    """
    with engine.begin() as connection:
        found = schema_version.current(connection)
        schema_version.refuse_newer(found)
        if found != schema_version.NEWEST:
            _upgrade(connection, found)


def _upgrade(connection: sa.Connection, found: str | None) -> None:
    """Bring the schema up to date from the one found, in the connection's transaction."""
    from vifcast.store.migrations import run  # noqa: PLC0415 - see above

    run.to_newest(connection)
    # Not in a migration: it is this release's code, which knows the newest schema alone.
    if found in _OTHER_LEDGER:
        rebuild(connection)
    elif found in _OLDER_RULES:
        apply_newer_rules(connection)
        follow_moves(connection)
        follow_operations(connection)
