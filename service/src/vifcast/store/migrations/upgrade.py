"""Run the migrations."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from vifcast.store.projection.rebuild import (
    apply_newer_rules,
    follow_moves,
    follow_operations,
    rebuild,
)

_MIGRATIONS = Path(__file__).parent

# Schemas whose operations and attachments were made of fewer sources, by other rules.
_OTHER_LEDGER = frozenset({"0001", "0002"})

# Schemas whose attachments had one compute host each, and whose releases inferred less; the last
# three are those of an upgrade that was interrupted on MariaDB.
_OLDER_RULES = frozenset({"0003", "0004", "0005", "0006", "0007", "0008", "0009", "0010"})


def upgrade(connection: sa.Connection, found: str | None) -> None:
    """Bring the schema up to date from the one found, in the connection's transaction."""
    command.upgrade(migrations(connection), "head")
    # Not in a migration: it is this release's code, which knows the newest schema alone.
    if found in _OTHER_LEDGER:
        rebuild(connection)
    elif found in _OLDER_RULES:
        apply_newer_rules(connection)
        follow_moves(connection)
        follow_operations(connection)


def migrations(connection: sa.Connection | None = None) -> Config:
    """Alembic's configuration: where the migrations are, and what they run on."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
