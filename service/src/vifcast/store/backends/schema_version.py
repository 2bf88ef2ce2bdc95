"""Which schema a database has, and whether it fits this release.

Alembic keeps the version in its own table. Reading that is all most commands need.
"""

import sqlalchemy as sa

from vifcast.errors import StoreSchemaError

# Every version that this release knows, oldest first; a test compares with the migrations.
KNOWN = (
    *("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009", "0010", "0011"),
    *("0012", "0013", "0014", "0015", "0016", "0017", "0018"),
)
NEWEST = KNOWN[-1]

_TABLE = sa.table("alembic_version", sa.column("version_num"))


def current(connection: sa.Connection) -> str | None:
    """The schema that the database has; None in an empty one."""
    if not sa.inspect(connection).has_table(_TABLE.name):
        return None
    found: str | None = connection.scalar(sa.select(_TABLE.c.version_num))
    return found


def check(engine: sa.Engine) -> None:
    """Raise StoreSchemaError where the schema is not this release's."""
    with engine.begin() as connection:
        _refuse_other(current(connection))


def lock(connection: sa.Connection) -> None:
    """Wait until no other process writes, and keep others from it until the transaction ends.

    Raises StoreSchemaError where the schema is not this release's any more.
    """
    found = connection.exec_driver_sql("SELECT version_num FROM alembic_version FOR UPDATE")
    _refuse_other(found.scalar())


def refuse_changed(connection: sa.Connection) -> None:
    """Raise StoreSchemaError where the schema is not this release's any more."""
    _refuse_other(connection.scalar(sa.select(_TABLE.c.version_num)))


def try_to_write(connection: sa.Connection) -> None:
    """The smallest write that every database can take; to be taken back."""
    connection.execute(sa.insert(_TABLE).values(version_num="write test"))


def _refuse_other(found: str | None) -> None:
    refuse_newer(found)
    if found != NEWEST:
        raise StoreSchemaError(
            f"the database has schema {found or 'none'}, this release reads {NEWEST}; run "
            "vifcast db upgrade, or start vifcast serve, which does it too"
        )


def refuse_newer(found: str | None) -> None:
    """Raise StoreSchemaError where the schema that was found is newer than this release's."""
    if found is not None and found not in KNOWN:
        raise StoreSchemaError(
            f"the database has schema {found}, which is newer than this release's {NEWEST}; "
            "upgrade vifcast, or use another database"
        )
