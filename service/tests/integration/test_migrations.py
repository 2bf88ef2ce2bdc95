import datetime as dt
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from ledger_events import T0, make_event
from vifcast.errors import StoreSchemaError
from vifcast.store import schema, version
from vifcast.store.location import Location
from vifcast.store.page import AttachmentQuery, HostQuery, OperationQuery
from vifcast.store.store import Store
from vifcast.store.upgrade import migrations


def test_migrations_make_what_the_tables_say(store):
    assert_is_current(store)


def test_versions_are_those_of_the_migrations():
    scripts = ScriptDirectory.from_config(migrations()).walk_revisions()
    assert tuple(script.revision for script in scripts)[::-1] == version.KNOWN


def test_upgrade_twice_is_the_same(store):
    version.bring_up_to_date(store._writer)
    version.check(store._reader)


def test_second_schema_with_data_is_upgraded(database):
    # As a release of that schema wrote it.
    with closing(sqlite3.connect(database)) as connection:
        connection.executescript(Path(__file__).with_name("schema_0002.sql").read_text())
    location = Location.of_file(database)
    with pytest.raises(StoreSchemaError, match="has schema 0002, this release reads"):
        Store.open_for_reading(location)

    with closing(Store.open_for_writing(location)) as store:
        start, end, gone, patched = store.events_after(0, 10)
        assert [each.message_id for each in (start, end, gone, patched)] == [
            "m-1", "m-2", "m-3", "m-4",
        ]  # fmt: skip
        assert end.duration_ms == 2000
        assert start.correlation_id == end.correlation_id != end.operation_id
        assert gone.correlation_id == gone.operation_id == "other"
        assert patched.correlation_id == patched.operation_id
        assert len(store.operations(OperationQuery()).items) == 3
        (period,) = store.attachments(AttachmentQuery(ip="192.0.2.7", at=at(3))).items
        assert (period.nic, period.detached_at) == ("port-1", at(5))
        assert [each.ip_address for each in period.addresses] == ["192.0.2.7"]
        assert store.attachments(AttachmentQuery(ip="192.0.2.7", at=at(6))).items == []
        assert [(each.source, each.events) for each in store.sources()] == [
            ("hand-patch", 1),
            ("vifcast-nova", 3),
        ]
        assert store.dead_letter(1).body == b"?"
        (host, _) = store.hosts(HostQuery(), now=at(61)).items
        assert host.state == "covered"
        # It goes on where it was, ids included.
        stored = store.write([make_event(at_s=70, operation_id="new")], [])
        assert [each.id for each in stored] == [5]
        assert_is_current(store)


def at(seconds):
    return T0 + dt.timedelta(seconds=seconds)


def assert_is_current(store):
    with store._reader.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, schema.metadata) == []
