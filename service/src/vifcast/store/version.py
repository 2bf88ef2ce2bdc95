"""Which schema a database has, and whether it fits this release.

Alembic keeps the version in its own table. Reading that is all most commands need; Alembic
itself, which takes half a second to import, comes in only where something is to be upgraded.
"""

import sqlalchemy as sa

from vifcast.errors import StoreSchemaError

# Every version that this release knows, oldest first; a test compares with the migrations.
KNOWN = ("0001", "0002", "0004")
NEWEST = KNOWN[-1]

_TABLE = sa.table("alembic_version", sa.column("version_num"))


def current(connection: sa.Connection) -> str | None:
    """The schema that the database has; None in an empty one."""
    if not sa.inspect(connection).has_table(_TABLE.name):
        return None
    found: str | None = connection.scalar(sa.select(_TABLE.c.version_num))
    return found


def bring_up_to_date(engine: sa.Engine) -> None:
    """Upgrade the schema, in one transaction; does nothing where it is the newest.

    Raises StoreSchemaError where the database is newer than this release.
    """
    with engine.begin() as connection:
        found = current(connection)
        _refuse_newer(engine, found)
        if found != NEWEST:
            from vifcast.store.upgrade import upgrade  # noqa: PLC0415 - see above

            upgrade(connection)


def check(engine: sa.Engine) -> None:
    """Raise StoreSchemaError where the schema is not this release's."""
    with engine.begin() as connection:
        found = current(connection)
    _refuse_newer(engine, found)
    if found != NEWEST:
        raise StoreSchemaError(
            f"database {engine.url.database} has schema {found or 'none'}, this release reads "
            f"{NEWEST}; run vifcast db upgrade, or start vifcast serve, which does it too"
        )


def write_again(connection: sa.Connection) -> None:
    """Write the version that is there: the smallest write that every database can take."""
    connection.execute(sa.update(_TABLE).values(version_num=_TABLE.c.version_num))


def _refuse_newer(engine: sa.Engine, found: str | None) -> None:
    if found is not None and found not in KNOWN:
        raise StoreSchemaError(
            f"database {engine.url.database} has schema {found}, which is newer than this "
            f"release's {NEWEST}; upgrade vifcast, or use another --data-dir"
        )
