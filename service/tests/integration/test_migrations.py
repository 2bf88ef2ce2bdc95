from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from vifcast.store import schema, version


def test_migrations_make_what_the_tables_say(store):
    with store._reader.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, schema.metadata) == []


def test_upgrade_twice_is_the_same(store):
    version.upgrade(store._writer)
    assert version.current(store._writer) == version.newest()
