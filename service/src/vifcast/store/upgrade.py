"""Run the migrations."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

_MIGRATIONS = Path(__file__).with_name("migrations")


def upgrade(connection: sa.Connection) -> None:
    """Bring the schema up to date, in the connection's transaction."""
    command.upgrade(migrations(connection), "head")


def migrations(connection: sa.Connection | None = None) -> Config:
    """Alembic's configuration: where the migrations are, and what they run on."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
