"""Run the migrations, with Alembic."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

_MIGRATIONS = Path(__file__).parent


def to_newest(connection: sa.Connection) -> None:
    """All that the database lacks, in the connection's transaction."""
    command.upgrade(migrations(connection), "head")


def migrations(connection: sa.Connection | None = None) -> Config:
    """Alembic's configuration: where the migrations are, and what they run on."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
