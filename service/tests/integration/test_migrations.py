import datetime as dt
import itertools
import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from database_fixtures import EVERY_NEW_DATABASE
from histories import everything
from host_reports import make_report
from ledger_events import T0, attach_or_detach, make_event, make_sighting
from vifcast.errors import StoreSchemaError
from vifcast.host import Lane, LaneState
from vifcast.model import HostPeriod, Nic, Source
from vifcast.store import rebuild, schema, version
from vifcast.store.engine import reader_engine, upgrade_engine
from vifcast.store.location import Location
from vifcast.store.page import AttachmentQuery, EventQuery, GapQuery, HostQuery, OperationQuery
from vifcast.store.purge import Cutoffs, purge
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
def test_attachments_of_the_seventh_schema_get_the_hosts_that_events_tell(new_location):
    node = "7c1e0f52-33aa-4f7e-9d0b-5a5b6c7d8e9f"
    told = [
        *attach_or_detach(1, port_id="p-stays", compute_host="one"),
        *attach_or_detach(2, port_id="p-moves", compute_host="one"),
        sighting("p-moves", 9, compute_host="two"),
        sighting("p-of-ironic", 3, compute_host=node),
        sighting("p-of-nobody", 3, compute_host=None),
    ]
    with closing(Store.open_for_writing(new_location)) as store:
        store.write(told, [])
        expected = store.attachments(AttachmentQuery()).items
        with store.writing() as connection:
            # As the release of that schema has left them.
            for statement in (
                "INSERT INTO host_seen SELECT :node, last_event_at FROM host_seen",
                "UPDATE attachment SET compute_host = :node WHERE nic = 'p-of-ironic'",
            ):
                connection.execute(sa.text(statement), {"node": node})
            connection.execute(
                sa.text(
                    "INSERT INTO host_seen SELECT 'two', last_event_at FROM host_seen "
                    "WHERE host = 'one'"
                )
            )
            for statement in (
                "DROP TABLE attachment_host",
                "ALTER TABLE attachment DROP COLUMN hosts",
                "UPDATE alembic_version SET version_num = '0007'",
            ):
                connection.execute(sa.text(statement))
    with closing(Store.open_for_writing(new_location)) as store:
        found = {each.nic: each for each in store.attachments(AttachmentQuery()).items}
        assert [each.compute_host for each in found["p-moves"].hosts] == ["one", "two"]
        assert found["p-stays"].hosts == (HostPeriod("one", None, None),)
        assert found["p-of-ironic"].hosts == found["p-of-nobody"].hosts == ()
        assert found["p-of-ironic"].compute_host is None
        kept = [each for each in expected if each.nic != "p-of-ironic"]
        assert [found[each.nic] for each in kept] == kept
        on_one = store.attachments(AttachmentQuery(host="one", at=at(5))).items
        assert {each.nic for each in on_one} == {"p-stays", "p-moves"}
        on_one = store.attachments(AttachmentQuery(host="one", at=at(10))).items
        assert {each.nic for each in on_one} == {"p-stays"}
        # Neutron has named the other two, and nova-compute neither.
        assert [each.host for each in store.hosts(HostQuery(), now=T0).items] == ["one"]
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


@EVERY_NEW_DATABASE
def test_final_attachments_of_the_seventh_schema_keep_their_host(new_location):
    told = [
        *attach_or_detach(1, port_id="p", compute_host="one"),
        *attach_or_detach(2, action="detach", at_s=5, port_id="p", compute_host="one"),
    ]
    with closing(Store.open_for_writing(new_location)) as store:
        store.write(told, [])
        purge(store, Cutoffs(events=at(100)), pause=lambda _: False)
        expected = store.attachments(AttachmentQuery()).items
        with store.writing() as connection:
            connection.execute(sa.text("UPDATE host_seen SET host = 'long-gone'"))
            for statement in (
                "DROP TABLE attachment_host",
                "ALTER TABLE attachment DROP COLUMN hosts",
                "UPDATE alembic_version SET version_num = '0007'",
            ):
                connection.execute(sa.text(statement))
    with closing(Store.open_for_writing(new_location)) as store:
        assert store.attachments(AttachmentQuery(host="one")).items == expected
        assert expected[0].hosts == (HostPeriod("one", None, None),)
        # The events that may have named it are gone.
        assert [each.host for each in store.hosts(HostQuery(), now=T0).items] == ["long-gone"]
    assert differences(new_location) == []


def told_before_the_eighth_schema():
    """What the rules of its release got wrong: each instance has something else of it."""
    nic = partial(Nic, instance_id="patched")
    about = {"instance_id": "patched", "operation_id": "patched", "request_id": "req-patched"}
    patched = [
        make_event(source=Source.HAND_PATCH, phase=phase, at_s=at_s, **about, **UNNAMED)
        for phase, at_s in (("start", 10), ("end", 12))
    ]
    patched += [
        make_sighting(at_s=11, nics=(nic(port_id="q"),), request_id="req-neutron"),
        # That schema had one request id, here the one that Nova passed on.
        make_sighting(
            at_s=11, nics=(nic(port_id="p"),), request_id="req-patched",
            global_request_id="req-patched",
        ),
    ]  # fmt: skip
    parallel = [
        listing("parallel", "a", "start", 0, "there"),
        listing("parallel", "b", "start", 1, "there"),
        listing("parallel", "a", "end", 5, "there", "of-a"),
        listing("parallel", "b", "end", 6, "there", "of-a", "of-b"),
    ]
    detached = [
        *attach_or_detach(1, port_id="gone", instance_id="detached", request_id="req-1"),
        listing("detached", "c", "start", 20, "gone", "left", action="detach"),
        listing("detached", "c", "end", 22, "left", action="detach"),
    ]
    about = {"instance_id": "refused", "port_id": "refused", "operation_id": "refused"}
    refused = [
        make_event(phase="start", at_s=30, **about),
        make_sighting(
            at_s=31, nics=(Nic(instance_id="refused", port_id="refused"),), request_id="req-neutron"
        ),
        make_sighting(at_s=32, nics=(Nic(port_id="refused"),), request_id="req-neutron"),
        make_event(phase="error", at_s=33, error_class="PortInUse", **about),
        # Only what oslo.messaging adds is none of the class.
        make_event(phase="error", at_s=35, error_class="_Remote", operation_id="other"),
    ]
    return [*patched, *parallel, *detached, *refused]


UNNAMED = {"port_id": None, "mac_address": None}

# What the release of the seventh schema made of that instead.
WRONG = (
    "UPDATE operation SET port_id = 'q', is_port_inferred = false WHERE id = 'patched'",
    "UPDATE attachment SET attach_operation_id = NULL WHERE nic = 'p'",
    "UPDATE operation SET port_id = NULL, is_port_inferred = false WHERE id IN ('b', 'c')",
    "DELETE FROM attachment WHERE nic = 'of-b'",
    "UPDATE attachment SET detached_at = NULL, detach_operation_id = NULL WHERE nic = 'gone'",
    "UPDATE event SET error_class = 'PortInUse_Remote' WHERE error_class = 'PortInUse'",
    "UPDATE operation SET error_class = 'PortInUse_Remote' WHERE error_class = 'PortInUse'",
)
TO_0007 = (
    "DROP TABLE attachment_host",
    "DROP TABLE event_request",
    "ALTER TABLE attachment DROP COLUMN hosts",
    "ALTER TABLE event DROP COLUMN notes",
    "ALTER TABLE event DROP COLUMN global_request_id",
    "ALTER TABLE operation DROP COLUMN global_request_id",
    "UPDATE alembic_version SET version_num = '0007'",
)


@EVERY_NEW_DATABASE
def test_what_older_rules_made_of_events_becomes_what_these_make_of_them(new_location, monkeypatch):
    # More than one part of everything.
    for name in ("_INSTANCES", "_OPERATIONS", "_NICS"):
        monkeypatch.setattr(rebuild, name, 2)
    with closing(Store.open_for_writing(new_location)) as store:
        store.write(told_before_the_eighth_schema(), [])
        operations, attachments = expected = everything(store)
        events = store.events(EventQuery(), limit=1000).items
        with store.writing() as connection:
            add_attachment(connection, "refused", like="gone", instance_id="refused")
            for statement in (*WRONG, *TO_0007):
                connection.execute(sa.text(statement))
    assert {each.id: each.port_id for each in operations if each.is_port_inferred} == {
        "patched": "p", "a": "of-a", "b": "of-b", "c": "gone",
    }  # fmt: skip
    assert {each.nic for each in attachments if each.detached_at is None} == {
        "p", "q", "there", "of-a", "of-b", "left",
    }  # fmt: skip
    assert {each.error_class for each in operations} == {None, "PortInUse", "_Remote"}
    with closing(Store.open_for_writing(new_location)) as store:
        assert everything(store) == expected
        assert store.events(EventQuery(), limit=1000).items == events
    assert differences(new_location) == []


@EVERY_NEW_DATABASE
def test_what_retention_has_made_final_stays_as_older_rules_made_it(new_location):
    told = [*told_before_the_eighth_schema(), make_sighting(
        at_s=40, action="delete", instance_id="patched", request_id="req-deleted"
    )]  # fmt: skip
    with closing(Store.open_for_writing(new_location)) as store:
        store.write(told, [])
        purge(store, Cutoffs(events=at(100)), pause=lambda _: False)
        with store.writing() as connection:
            connection.execute(sa.text(WRONG[0]))
        expected = everything(store)
        with store.writing() as connection:
            for statement in TO_0007:
                connection.execute(sa.text(statement))
    (patched,) = (each for each in expected[0] if each.id == "patched")
    assert patched.port_id == "q"
    with closing(Store.open_for_writing(new_location)) as store:
        assert everything(store) == expected
    assert differences(new_location) == []


@EVERY_NEW_DATABASE
def test_operations_that_vifcast_nova_names_are_not_recomputed(new_location, monkeypatch):
    told = [*attach_or_detach(1), *attach_or_detach(2, action="detach", at_s=5)]
    with closing(Store.open_for_writing(new_location)) as store:
        store.write(told, [])
        expected = everything(store)
        with store.writing() as connection:
            for statement in TO_0007:
                connection.execute(sa.text(statement))
    monkeypatch.delattr(rebuild, "_recompute_instances")
    with closing(Store.open_for_writing(new_location)) as store:
        assert everything(store) == expected


@EVERY_NEW_DATABASE
def test_operations_of_the_tenth_schema_move_all_nics_of_their_instance(new_location):
    def of(instance_id, port_id, number, **about):
        names = {"instance_id": instance_id, "port_id": f"{instance_id} {port_id}"}
        return attach_or_detach(number, **names | {"request_id": f"req-{number}"} | about)

    told = [
        *of("stays", 1, 1, compute_host="one"),
        *of("stays", 2, 2, compute_host="one", at_s=20),
        *of("moves", 1, 3, compute_host="one"),
        *of("moves", 2, 4, compute_host="two", at_s=20),
        *of("offloaded", 1, 5, compute_host="one"),
        make_sighting(action="move", instance_id="offloaded", compute_host=None, at_s=10),
        *of("offloaded", 2, 6, compute_host="one", at_s=20),
        *of("deleted", 1, 7, compute_host="one"),
        make_sighting(action="delete", instance_id="deleted", compute_host="one", at_s=10),
        sighting("bound", 30, compute_host="one"),
    ]
    with closing(Store.open_for_writing(new_location)) as store:
        store.write(told, [])
        expected = everything(store)
        with store.reading() as connection:
            rows = set(connection.execute(sa.select(schema.instance_host)).tuples())
        with store.writing() as connection:
            moved = schema.attachment.c.instance_id.in_(["moves", "offloaded"])
            hosts = (HostPeriod("one", None, None),)
            connection.execute(
                sa.update(schema.attachment).where(moved).values(compute_host="one", hosts=hosts)
            )
            for statement in (
                "DELETE FROM attachment_host",
                "DROP TABLE instance_host",
                "UPDATE alembic_version SET version_num = '0010'",
            ):
                connection.execute(sa.text(statement))
    with closing(Store.open_for_writing(new_location)) as store:
        assert everything(store) == expected
        with store.reading() as connection:
            assert set(connection.execute(sa.select(schema.instance_host)).tuples()) == rows
    found = {each.nic: [host.compute_host for host in each.hosts] for each in expected[1]}
    assert found["moves 1"] == ["one", "two"]
    assert found["offloaded 1"] == ["one", "one"]
    assert differences(new_location) == []


def listing(instance_id, operation_id, phase, at_s, *ports, action="attach"):
    """A versioned notification; of an operation by its request alone."""
    return make_event(
        event_type=f"instance.interface_{action}.{phase}",
        source=Source.NOVA_VERSIONED,
        action=action,
        phase=phase,
        at_s=at_s,
        instance_id=instance_id,
        operation_id=operation_id,
        request_id=f"req-{operation_id}",
        nics=tuple(Nic(instance_id=instance_id, port_id=port) for port in ports),
        **UNNAMED,
    )


def add_attachment(connection, nic, *, like, **changes):
    table = schema.attachment
    (row,) = connection.execute(sa.select(table).where(table.c.nic == like)).mappings()
    connection.execute(sa.insert(table).values({**row, "nic": nic, "port_id": nic, **changes}))


def sighting(port_id, at_s, **changes):
    nic = Nic(instance_id="instance-1", port_id=port_id)
    return make_sighting(nics=(nic,), at_s=at_s, **changes)


def test_versions_are_those_of_the_migrations():
    scripts = ScriptDirectory.from_config(migrations()).walk_revisions()
    assert tuple(script.revision for script in scripts)[::-1] == version.KNOWN


def test_upgrade_twice_is_the_same(store, location):
    Store.open_for_writing(location).close()
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
        assert differences(location) == []


def at(seconds):
    return T0 + dt.timedelta(seconds=seconds)
