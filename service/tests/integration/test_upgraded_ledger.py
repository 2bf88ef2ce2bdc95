"""What an older release recorded is, after an upgrade, what this one makes of the same events."""

import datetime as dt
from contextlib import closing
from functools import partial

import sqlalchemy as sa
from schema_differences import differences

from database_fixtures import EVERY_NEW_DATABASE
from histories import everything
from ledger_events import T0, attach_or_detach, make_event, make_sighting
from vifcast.model import HostPeriod, Nic, Source
from vifcast.store import AttachmentQuery, Cutoffs, EventQuery, HostQuery, Store, purge
from vifcast.store.projection import rebuild
from vifcast.store.sql import schema


@EVERY_NEW_DATABASE
def test_attachments_of_the_seventh_schema_get_the_hosts_that_events_name(new_location):
    node = "7c1e0f52-33aa-4f7e-9d0b-5a5b6c7d8e9f"
    recorded = [
        *attach_or_detach(1, port_id="p-stays", compute_host="one"),
        *attach_or_detach(2, port_id="p-moves", compute_host="one"),
        sighting("p-moves", 9, compute_host="two"),
        sighting("p-of-ironic", 3, compute_host=node),
        sighting("p-of-nobody", 3, compute_host=None),
    ]
    with closing(Store.open_for_writing(new_location)) as store:
        store.write(recorded, [])
        expected = store.attachments(AttachmentQuery()).items
        with store.writing() as connection:
            # As the release of that schema has left them.
            for statement in (
                (
                    "INSERT INTO host_seen (host, region, last_event_at) "
                    "SELECT :node, region, last_event_at FROM host_seen"
                ),
                "UPDATE attachment SET compute_host = :node WHERE nic = 'p-of-ironic'",
            ):
                connection.execute(sa.text(statement), {"node": node})
            connection.execute(
                sa.text(
                    "INSERT INTO host_seen (host, region, last_event_at) "
                    "SELECT 'two', region, last_event_at FROM host_seen "
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
def test_final_attachments_of_the_seventh_schema_keep_their_host(new_location):
    recorded = [
        *attach_or_detach(1, port_id="p", compute_host="one"),
        *attach_or_detach(2, action="detach", at_s=5, port_id="p", compute_host="one"),
    ]
    with closing(Store.open_for_writing(new_location)) as store:
        store.write(recorded, [])
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


def events_before_the_eighth_schema():
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


def back_to_0007(connection):
    for table in (schema.event, schema.operation):
        for index in table.indexes:
            if index.name.endswith("_global_request_id"):
                index.drop(connection)
    for statement in TO_0007:
        connection.execute(sa.text(statement))


@EVERY_NEW_DATABASE
def test_what_older_rules_made_of_events_becomes_what_these_make_of_them(new_location, monkeypatch):
    # More than one part of everything.
    for name in ("_INSTANCES", "_OPERATIONS", "_NICS"):
        monkeypatch.setattr(rebuild, name, 2)
    with closing(Store.open_for_writing(new_location)) as store:
        store.write(events_before_the_eighth_schema(), [])
        operations, attachments = expected = everything(store)
        events = store.events(EventQuery(), limit=1000).items
        with store.writing() as connection:
            add_attachment(connection, "refused", like="gone", instance_id="refused")
            for statement in WRONG:
                connection.execute(sa.text(statement))
            back_to_0007(connection)
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
    recorded = [*events_before_the_eighth_schema(), make_sighting(
        at_s=40, action="delete", instance_id="patched", request_id="req-deleted"
    )]  # fmt: skip
    with closing(Store.open_for_writing(new_location)) as store:
        store.write(recorded, [])
        purge(store, Cutoffs(events=at(100)), pause=lambda _: False)
        with store.writing() as connection:
            connection.execute(sa.text(WRONG[0]))
        expected = everything(store)
        with store.writing() as connection:
            back_to_0007(connection)
    (patched,) = (each for each in expected[0] if each.id == "patched")
    assert patched.port_id == "q"
    with closing(Store.open_for_writing(new_location)) as store:
        assert everything(store) == expected
    assert differences(new_location) == []


@EVERY_NEW_DATABASE
def test_operations_that_vifcast_nova_names_are_not_recomputed(new_location, monkeypatch):
    recorded = [*attach_or_detach(1), *attach_or_detach(2, action="detach", at_s=5)]
    with closing(Store.open_for_writing(new_location)) as store:
        store.write(recorded, [])
        expected = everything(store)
        with store.writing() as connection:
            back_to_0007(connection)
    monkeypatch.delattr(rebuild, "_recompute_instances")
    with closing(Store.open_for_writing(new_location)) as store:
        assert everything(store) == expected


@EVERY_NEW_DATABASE
def test_operations_of_the_tenth_schema_move_all_nics_of_their_instance(new_location):
    def of(instance_id, port_id, number, **about):
        names = {"instance_id": instance_id, "port_id": f"{instance_id} {port_id}"}
        return attach_or_detach(number, **names | {"request_id": f"req-{number}"} | about)

    recorded = [
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
        store.write(recorded, [])
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


def at(seconds):
    return T0 + dt.timedelta(seconds=seconds)
