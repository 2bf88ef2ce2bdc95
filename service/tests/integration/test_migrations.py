import datetime as dt
import itertools

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from database_fixtures import EVERY_NEW_DATABASE
from host_reports import make_report
from ledger_events import T0, make_event
from vifcast.errors import StoreSchemaError
from vifcast.model import FixedIp
from vifcast.store import attachments, events, operations, schema, version
from vifcast.store.engine import reader_engine, upgrade_engine
from vifcast.store.location import Location
from vifcast.store.page import HostQuery, OperationQuery
from vifcast.store.store import Store, schema_version
from vifcast.store.upgrade import migrations


def differences(location):
    """Between the database and the tables of the code."""
    engine = reader_engine(location)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        found = compare_metadata(context, schema.metadata)
    engine.dispose()
    return found


@EVERY_NEW_DATABASE
def test_migrations_make_what_the_tables_say(new_location):
    Store.open_for_writing(new_location).close()
    assert differences(new_location) == []


def test_mariadb_compares_all_text_exactly_and_keeps_microseconds(mariadb):
    mariadb.create("exactly")
    Store.open_for_writing(Location.from_url(mariadb.url("exactly"))).close()
    with mariadb.connect() as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name, collation_name, datetime_precision "
            "FROM information_schema.columns WHERE table_schema = 'exactly' "
            "AND table_name != 'alembic_version'"
        )
        columns = cursor.fetchall()
    assert {collation for *_, collation, _ in columns} == {None, "utf8mb4_nopad_bin"}
    assert {precision for *_, precision in columns} == {None, 6}


@EVERY_NEW_DATABASE
def test_upgrade_that_was_interrupted_goes_on(new_location, monkeypatch):
    """Killed after two statements, then after four and so on, until it comes to its end."""
    left = 0

    def interrupt(*_):
        nonlocal left
        if left == 0:
            raise InterruptedError
        left -= 1

    def interruptible(location):
        engine = upgrade_engine(location)
        sa.event.listen(engine, "before_cursor_execute", interrupt)
        return engine

    monkeypatch.setattr("vifcast.store.store.upgrade_engine", interruptible)
    for limit in itertools.count(2, 2):
        left = limit
        try:
            Store.open_for_writing(new_location).close()
            break
        except InterruptedError:
            continue
    assert limit > 2
    assert differences(new_location) == []
    assert schema_version(new_location).found == version.NEWEST


@EVERY_NEW_DATABASE
def test_upgrades_at_once_are_one_after_the_other(new_location, forked):
    pids = [forked.start("upgrade", new_location) for _ in range(3)]
    assert [forked.wait(pid) for pid in pids] == [0, 0, 0]
    assert differences(new_location) == []


def test_versions_are_those_of_the_migrations():
    scripts = ScriptDirectory.from_config(migrations()).walk_revisions()
    assert tuple(script.revision for script in scripts)[::-1] == version.KNOWN


def test_upgrade_twice_is_the_same(store, location):
    Store.open_for_writing(location).close()
    version.check(store._reader)


def test_first_schema_with_data_is_upgraded(tmp_path):
    location = Location.of_file(tmp_path / "vifcast.sqlite3")
    engine = upgrade_engine(location)
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
    with pytest.raises(StoreSchemaError, match="has schema 0001, this release reads 0002"):
        Store.open_for_reading(location)

    store = Store.open_for_writing(location)
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
        assert differences(location) == []
    finally:
        store.close()
