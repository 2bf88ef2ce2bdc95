import datetime as dt
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory
from schema_differences import differences

from database_fixtures import EVERY_NEW_DATABASE
from host_reports import make_report
from ledger_events import T0, make_event, make_letter
from vifcast.errors import StoreSchemaError
from vifcast.gap import Gap, GapNote, GapReason
from vifcast.host import Lane, LaneState
from vifcast.model import Source
from vifcast.store import (
    AttachmentQuery,
    DeadLetterQuery,
    EventQuery,
    GapQuery,
    HostQuery,
    Location,
    OperationQuery,
    Store,
    read_schema_version,
)
from vifcast.store.backends import schema_version
from vifcast.store.backends.engine import upgrade_engine
from vifcast.store.migrations.run import migrations
from vifcast.store.migrations.upgrade import bring_up_to_date
from vifcast.store.sql import schema


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
    """Killed after a few statements, then after more and so on, until it comes to its end."""
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
    keeps_what_is_done = new_location.url.get_backend_name() == "mariadb"
    limit = 2
    while True:
        left = limit
        try:
            Store.open_for_writing(new_location).close()
            break
        except InterruptedError:
            if keeps_what_is_done:
                limit += 2
            else:
                # One transaction of 200 statements, from the first one again.
                assert read_schema_version(new_location).found is None
                limit *= 2
    assert limit > 2
    assert differences(new_location) == []
    assert read_schema_version(new_location).found == schema_version.NEWEST


@EVERY_NEW_DATABASE
def test_upgrades_at_once_are_one_after_the_other(new_location, forked):
    pids = [forked.start("upgrade", new_location) for _ in range(3)]
    assert [forked.wait(pid) for pid in pids] == [0, 0, 0]
    assert differences(new_location) == []


@EVERY_NEW_DATABASE
def test_operations_whose_events_were_deleted_before_are_final(new_location):
    gone, there = make_event(correlation_id="gone", port_id="p"), make_event(port_id="q")
    with closing(Store.open_for_writing(new_location)) as store:
        store.write([gone, there], [])
        with store.writing() as connection:
            connection.execute(
                sa.delete(schema.event).where(schema.event.c.correlation_id == "gone")
            )
            connection.execute(sa.text("ALTER TABLE operation DROP COLUMN is_final"))
            connection.execute(sa.text("UPDATE alembic_version SET version_num = '0005'"))
    with closing(Store.open_for_writing(new_location)) as store, store.reading() as connection:
        column = schema.operation.c
        found = connection.execute(sa.select(column.correlation_id, column.is_final)).all()
    assert set(found) == {("gone", True), (there.correlation_id, False)}
    assert differences(new_location) == []


@EVERY_NEW_DATABASE
def test_reports_and_ledger_of_the_sixth_schema_are_kept(new_location):
    report = make_report()
    with closing(Store.open_for_writing(new_location)) as store:
        store.write([make_event(), make_event(at_s=1)], [], [report])
        with store.writing() as connection:
            for statement in (
                "ALTER TABLE host_report DROP COLUMN lane",
                "DROP TABLE gap",
                "DROP TABLE binding",
                "UPDATE alembic_version SET version_num = '0006'",
            ):
                connection.execute(sa.text(statement))
    with closing(Store.open_for_writing(new_location)) as store:
        (host,) = store.hosts(HostQuery(), now=T0).items
        assert host.report == report
        assert len(store.attachments(AttachmentQuery()).items) == 1
        assert store.gaps(GapQuery(), now=T0).items == []
        lane = Lane(exchange="vifcast", state=LaneState.USED, reason=None)
        store.write([], [], [make_report(at_s=1, lane=lane)])
        (host,) = store.hosts(HostQuery(), now=T0).items
        assert host.report.lane == lane
    assert differences(new_location) == []


@EVERY_NEW_DATABASE
def test_events_of_the_seventh_schema_have_no_notes_and_new_ones_do(new_location):
    with closing(Store.open_for_writing(new_location)) as store:
        store.write([make_event()], [])
        with store.writing() as connection:
            connection.execute(sa.text("ALTER TABLE event DROP COLUMN notes"))
            connection.execute(sa.text("UPDATE alembic_version SET version_num = '0007'"))
    with closing(Store.open_for_writing(new_location)) as store:
        (stored,) = store.write([make_event(at_s=1, notes=("a", "b"))], [])
        assert stored.read_back().notes == ("a", "b")
        assert [each.notes for each in store.events(EventQuery()).items] == [("a", "b"), ()]
        assert [each.notes for each in store.events_after(0, 10)] == [(), ("a", "b")]
    assert differences(new_location) == []


@EVERY_NEW_DATABASE
def test_failure_after_the_upgrade_ends_what_began_before_it(new_location):
    start = make_event(
        phase="start", event_type="instance.interface_attach.start", source=Source.NOVA_VERSIONED
    )
    failure = make_event(
        phase="error", event_type="compute.exception", source=Source.NOVA_FAULT, at_s=1,
        operation_id=None, instance_id=None, error_class="PortInUse",
    )  # fmt: skip
    with closing(Store.open_for_writing(new_location)) as store:
        store.write([start], [])
        with store.writing() as connection:
            connection.execute(sa.text("DROP TABLE event_request"))
            connection.execute(sa.text("UPDATE alembic_version SET version_num = '0007'"))
    with closing(Store.open_for_writing(new_location)) as store:
        store.write([failure], [])
        (operation,) = store.operations(OperationQuery()).items
        assert (operation.status, operation.error_class) == ("failed", "PortInUse")
    assert differences(new_location) == []


OF_THE_THIRTEENTH = [
    *(f"ALTER TABLE {table} DROP COLUMN region" for table in
      ("event", "operation", "attachment", "gap", "dead_letter")),
    "ALTER TABLE dead_letter DROP COLUMN broker",
]  # fmt: skip
# As the migrations before made them.
OLD_KEYS = {
    "sqlite": [
        statement
        for table in ("host_report", "host_seen")
        for statement in (
            f"CREATE TABLE old AS SELECT * FROM {table}",  # noqa: S608 - a table of ours
            "ALTER TABLE old DROP COLUMN region",
            f"DROP TABLE {table}",
            f"ALTER TABLE old RENAME TO {table}",
        )
    ],
    "mariadb": [
        f"ALTER TABLE {table} DROP PRIMARY KEY, DROP COLUMN region, ADD PRIMARY KEY (host)"
        for table in ("host_report", "host_seen")
    ],
    "postgresql": [
        f"ALTER TABLE {table} DROP CONSTRAINT {table}_pkey, DROP COLUMN region, "
        f"ADD CONSTRAINT {table}_pkey PRIMARY KEY (host)"
        for table in ("host_report", "host_seen")
    ],
}


@EVERY_NEW_DATABASE
def test_rows_of_the_eleventh_schema_have_no_region_and_new_ones_do(new_location):
    gap = Gap(
        from_at=T0, to_at=T0, reason=GapReason.UNBOUND, sources=(Source.NEUTRON,), hosts=None,
        detail="lost",
    )  # fmt: skip
    report = make_report()
    with closing(Store.open_for_writing(new_location)) as store:
        store.write([make_event(), make_event(at_s=1)], [make_letter()], [report])
        store.keep_gaps("vifcast", [GapNote("queue", gap)], {})
        with store.writing() as connection:
            for statement in (
                *OF_THE_THIRTEENTH,
                *OLD_KEYS[connection.dialect.name],
                "UPDATE alembic_version SET version_num = '0011'",
            ):
                connection.execute(sa.text(statement))
    with closing(Store.open_for_writing(new_location)) as store:
        (host,) = store.hosts(HostQuery(), now=T0).items
        assert (host.report, host.region) == (report, None)
        rows = [
            *store.events(EventQuery()).items,
            *store.operations(OperationQuery()).items,
            *store.attachments(AttachmentQuery()).items,
            *store.dead_letters(DeadLetterQuery()).items,
            *store.gaps(GapQuery(), now=T0).items,
        ]
        assert len(rows) == 6
        assert {each.region for each in rows} == {None}
        about = {"operation_id": "other", "instance_id": "other", "port_id": "other"}
        event = make_event(at_s=2, region="north", **about)
        letter = make_letter(b"!", region="north", broker="cell1")
        other = make_report(region="north", started_at=T0)
        store.write([event], [letter], [other])
        assert [each.region for each in store.hosts(HostQuery(), now=T0).items] == [None, "north"]
        assert [each.id for each in store.events(EventQuery(region="north")).items] == [3]
        assert [each.broker for each in store.dead_letters(DeadLetterQuery()).items] == [
            "cell1", None,
        ]  # fmt: skip
    assert differences(new_location) == []


@EVERY_NEW_DATABASE
def test_column_is_added_to_the_large_tables_without_writing_them_anew(new_location):
    """No statement of the upgrade reads or writes the rows of one."""
    with closing(Store.open_for_writing(new_location)) as store, store.writing() as connection:
        for statement in (
            *OF_THE_THIRTEENTH,
            "UPDATE alembic_version SET version_num = '0011'",
        ):
            connection.execute(sa.text(statement))
    seen = []
    engine = upgrade_engine(new_location)
    sa.event.listen(engine, "before_cursor_execute", lambda _c, _u, sql, *_: seen.append(sql))
    bring_up_to_date(engine)
    engine.dispose()
    about = re.compile(r"\b(event|operation|attachment)\b")
    changing = [sql for sql in seen if about.search(sql) and "ALTER TABLE" in sql]
    assert len(changing) == 3
    assert all("ADD COLUMN region" in sql and "NOT NULL" not in sql for sql in changing)
    assert not [sql for sql in seen if re.match(r"\s*(UPDATE|INSERT|CREATE TABLE)", sql)
                and about.search(sql)]  # fmt: skip


def test_versions_are_those_of_the_migrations():
    scripts = ScriptDirectory.from_config(migrations()).walk_revisions()
    assert tuple(script.revision for script in scripts)[::-1] == schema_version.KNOWN


def test_upgrade_twice_is_the_same(store, location):
    Store.open_for_writing(location).close()
    schema_version.check(store._reader)


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
        assert differences(location) == []


def at(seconds):
    return T0 + dt.timedelta(seconds=seconds)
