from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from vifcast.store import schema, version
from vifcast.store.upgrade import migrations


def test_migrations_make_what_the_tables_say(store):
    with store._reader.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, schema.metadata) == []


def test_versions_are_those_of_the_migrations():
    scripts = ScriptDirectory.from_config(migrations()).walk_revisions()
    assert tuple(script.revision for script in scripts)[::-1] == version.KNOWN


def test_upgrade_twice_is_the_same(store):
    version.bring_up_to_date(store._writer)
    version.check(store._reader)
