"""The schema's version: what it is, whether it fits, how it gets up to date."""

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from vifcast.errors import StoreSchemaError


def _config(connection: sa.Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", "vifcast:store/migrations")
    config.attributes["connection"] = connection
    return config


def newest() -> str:
    """The schema that this release writes."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def current(engine: sa.Engine) -> str | None:
    """The schema that the database has; None in an empty one."""
    with engine.begin() as connection:
        return _current(connection)


def _current(connection: sa.Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def upgrade(engine: sa.Engine) -> None:
    """Bring the schema up to date, in one transaction; does nothing where it is.

    Raises StoreSchemaError where the database is newer than this release.
    """
    with engine.begin() as connection:
        found = _current(connection)
        if found == newest():
            return
        _refuse_newer(engine, found)
        command.upgrade(_config(connection), "head")


def check(engine: sa.Engine) -> None:
    """Raise StoreSchemaError where the schema is not this release's."""
    found = current(engine)
    if found == newest():
        return
    _refuse_newer(engine, found)
    raise StoreSchemaError(
        f"database {engine.url.database} has schema {found or 'none'}, this release reads "
        f"{newest()}; run vifcast db upgrade, or start vifcast serve, which does it too"
    )


def _refuse_newer(engine: sa.Engine, found: str | None) -> None:
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if found is not None and found not in known:
        raise StoreSchemaError(
            f"database {engine.url.database} has schema {found}, which is newer than this "
            f"release's {newest()}; upgrade vifcast, or use another --data-dir"
        )
