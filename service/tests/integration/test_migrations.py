import datetime as dt

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from host_reports import make_report
from ledger_events import T0, make_event
from vifcast.errors import StoreSchemaError
from vifcast.model import FixedIp
from vifcast.store import attachments, events, operations, schema, version
from vifcast.store.engine import writer_engine
from vifcast.store.page import HostQuery, OperationQuery
from vifcast.store.store import Store
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


def test_first_schema_with_data_is_upgraded(tmp_path):
    path = tmp_path / "vifcast.sqlite3"
    engine = writer_engine(path)
    old = [
        make_event(phase="start", at_s=0, fixed_ips=(FixedIp("192.0.2.7", 4, None),)),
        make_event(phase="end", at_s=2, fixed_ips=(FixedIp("192.0.2.7", 4, None),)),
        make_event(at_s=5, compute_host="compute-2", operation_id="other", received_at=T0),
        make_event(at_s=9, compute_host=None, operation_id="nobody's", port_id=None),
    ]
    with engine.begin() as connection:
        command.upgrade(migrations(connection), "0001")
        assert version.current(connection) == "0001"
        assert "host_seen" not in sa.inspect(connection).get_table_names()
        # As the release of that schema did.
        numbered = [event for _, event in events.insert_new(connection, old)]
        operations.recompute(connection, numbered)
        attachments.recompute(connection, numbered)
    engine.dispose()
    with pytest.raises(StoreSchemaError, match="has schema 0001, this release reads"):
        Store.open_for_reading(path)

    store = Store.open_for_writing(path)
    try:
        found = store.events_after(0, 10)
        assert [event.message_id for event in found] == [event.message_id for event in old]
        assert found[1].duration_ms == 2000
        assert store.totals().attached_now == 1
        assert len(store.operations(OperationQuery()).items) == 3
        assert [
            (host.host, host.state, host.last_event_at)
            for host in store.hosts(HostQuery(), now=T0).items
        ] == [
            ("compute-1", "unreported", T0 + dt.timedelta(seconds=2)),
            ("compute-2", "unreported", T0),
        ]
        store.write([make_event(at_s=60, operation_id="new")], [], [make_report(at_s=60)])
        (first, _) = store.hosts(HostQuery(), now=T0 + dt.timedelta(seconds=61)).items
        assert (first.state, first.last_event_at) == ("covered", T0 + dt.timedelta(seconds=60))
        with store._reader.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            assert compare_metadata(context, schema.metadata) == []
    finally:
        store.close()
