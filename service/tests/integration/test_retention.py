"""What is deleted because of its age, and what is not."""

import json
import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from database_fixtures import EVERY_DATABASE
from ledger_events import T0, attach_or_detach, make_event, make_letter, make_sighting
from vifcast import times
from vifcast.cli import main
from vifcast.config import RetentionSettings
from vifcast.model import Action, Nic, Status
from vifcast.retention import cutoffs_at
from vifcast.store import AttachmentQuery, Cutoffs, EventQuery, OperationQuery, purge
from vifcast.store.sql import schema

YEAR = timedelta(days=365)
LATER = T0 + YEAR
ALL = Cutoffs(events=LATER, operations=LATER, attachments=LATER, dead_letters=LATER)


def go_on(_seconds):
    return False


def counts(store):
    with store.reading() as connection:
        return {
            table.name: connection.scalar(sa.select(sa.func.count()).select_from(table))
            for table in schema.metadata.sorted_tables
            if table.name.split("_")[0] in {"event", "operation", "attachment", "dead"}
        }


def attached_and_detached(number):
    about = {"port_id": f"port-{number}", "mac_address": f"fa:16:3e:00:00:{number:02x}"}
    return [
        *attach_or_detach(number, **about),
        *attach_or_detach(-number, action="detach", at_s=60, **about),
    ]


@EVERY_DATABASE
def test_all_that_is_over_is_deleted_and_what_is_attached_stays(store):
    for number in range(1, 8):
        store.write(attached_and_detached(number), [make_letter(bytes([number]))])
    here = {"port_id": "port-9", "mac_address": "fa:16:3e:00:00:09"}
    store.write(attach_or_detach(9, **here), [])
    seen = Nic(instance_id="instance-1", port_id="port-9", mac_address="fa:16:3e:00:00:09")
    store.write([make_sighting(nics=(seen,), at_s=2)], [])
    before = store.attachments(AttachmentQuery(is_open=True)).items
    assert len(before) == 1
    purged = purge(store, ALL, batch=3, pause=go_on)
    assert str(purged) == (
        "28 events, 14 operations, 7 attachments, 7 dead letters, 0 gaps, 0 deliveries, 0 replays"
    )
    assert counts(store) == {
        "event": 3, "event_ip": 4, "event_nic": 1, "operation": 1, "attachment": 1,
        "attachment_ip": 2, "attachment_host": 0, "dead_letter": 0, "event_request": 0,
    }  # fmt: skip
    assert store.attachments(AttachmentQuery()).items == before
    # Its detach finds what it ends.
    out = make_event(action="detach", at_s=9e7, operation_id="out", **here)
    store.write([out], [])
    (period,) = store.attachments(AttachmentQuery()).items
    assert (period.attached_at, period.detached_at) == (before[0].attached_at, out.occurred_at)


@EVERY_DATABASE
def test_each_limit_is_kept(store):
    store.write(attached_and_detached(1), [])
    day = timedelta(days=1)
    cutoffs = Cutoffs(events=T0 + day, operations=T0 - day, attachments=T0 - day)
    assert str(purge(store, cutoffs, pause=go_on)).startswith("4 events, 0 operations, 0 attach")
    assert [each.status for each in store.operations(OperationQuery()).items] == ["succeeded"] * 2
    (period,) = store.attachments(AttachmentQuery(ip="192.0.2.7")).items
    assert period.detached_at == T0 + timedelta(seconds=61)


def test_event_that_comes_after_its_like_were_deleted_is_not_stored(store):
    events = attached_and_detached(1)
    store.write(events[:2], [])
    store.write(events[3:], [])
    purge(store, Cutoffs(events=LATER), pause=go_on)
    operations = store.operations(OperationQuery()).items
    # The start of the detach, a year late.
    assert store.write([events[2]], []) == []
    assert store.operations(OperationQuery()).items == operations
    assert store.events(EventQuery()).items == []


def test_operation_that_never_ended_goes_with_the_operations(store):
    store.write([make_event(phase="start", port_id=None)], [])
    purge(store, Cutoffs(events=LATER), pause=go_on)
    assert counts(store)["event"] == 1
    # Its end is late, but comes.
    end = make_event(at_s=2 * YEAR.total_seconds())
    store.write([end], [])
    (operation,) = store.operations(OperationQuery()).items
    assert (operation.status, operation.started_at) == (Status.SUCCEEDED, T0)


def test_hung_operation_older_than_its_limit_is_deleted(store):
    store.write([make_event(phase="start", port_id=None)], [])
    purge(store, ALL, pause=go_on)
    assert counts(store)["event"] == counts(store)["operation"] == 0


def test_hung_operation_holds_no_nic_for_longer_than_its_limit(store):
    store.write(attached_and_detached(1), [])
    store.write([make_event(phase="start", at_s=99, operation_id="hung")], [])
    purge(store, Cutoffs(events=LATER), pause=go_on)
    assert counts(store)["event"] == 5
    purge(store, ALL, pause=go_on)
    assert set(counts(store).values()) == {0}


def test_port_that_is_used_again_has_its_old_period_and_a_new_one(store):
    store.write(attached_and_detached(1), [])
    purge(store, Cutoffs(events=LATER), pause=go_on)
    (old,) = store.attachments(AttachmentQuery()).items
    about = {"port_id": "port-1", "instance_id": "instance-2"}
    again = attach_or_detach(5, at_s=2 * YEAR.total_seconds(), **about)
    store.write(again, [])
    new, first = store.attachments(AttachmentQuery()).items
    assert first == old
    assert (new.number, new.instance_id, new.detached_at) == (2, "instance-2", None)
    assert new.attached_at == again[1].occurred_at


def test_period_known_from_sightings_stays_when_the_port_is_used_again(store):
    def seen(instance, at_s):
        return make_sighting(nics=(Nic(instance_id=instance, port_id="port-1"),), at_s=at_s)

    store.write([seen("a", 0), seen(None, 5)], [])
    (old,) = store.attachments(AttachmentQuery()).items
    purge(store, Cutoffs(events=LATER), pause=go_on)
    assert counts(store)["event"] == 0
    store.write([seen("b", 2 * YEAR.total_seconds())], [])
    new, first = store.attachments(AttachmentQuery()).items
    assert first == old
    # The port was known before: it came to the instance when it was seen there.
    assert (new.number, new.instance_id, new.attached_at) == (2, "b", T0 + 2 * YEAR)


def test_deletion_of_an_instance_stays_while_a_nic_of_it_is_not_over(store):
    nics = tuple(Nic(instance_id="a", port_id=each) for each in ("port-1", "port-2"))
    store.write([make_sighting(nics=nics, action="create")], [])
    gone = make_sighting(action=Action.DELETE, at_s=5, instance_id="a")
    store.write([gone], [])
    elsewhere = Nic(instance_id="b", port_id="port-2")
    store.write([make_sighting(nics=(elsewhere,), at_s=9)], [])
    purge(store, ALL, pause=go_on)
    assert gone.message_id in {each.message_id for each in store.events(EventQuery()).items}


@EVERY_DATABASE
@pytest.mark.parametrize("instance", ["a", "b"])
def test_mac_of_a_port_whose_events_are_gone_is_of_no_nic(store, instance):
    """The creation is kept for its other NIC, and no longer says which port the first one was."""
    macs = ["fa:16:3e:00:00:01", "fa:16:3e:00:00:02"]
    nics = tuple(Nic(instance_id="a", mac_address=mac) for mac in macs)
    store.write([make_sighting(action="create", nics=nics, at_s=1)], [])
    for at_s, where in ((2, "a"), (3, None)):
        nic = Nic(instance_id=where, port_id="p", mac_address=macs[0])
        store.write([make_sighting(nics=(nic,), at_s=at_s)], [])
    limits = {"events": LATER, "operations": LATER}
    purged = purge(store, Cutoffs(**limits), batch=3, pause=go_on)
    assert str(purged).startswith("2 events")
    nic = Nic(instance_id=instance, port_id="q", mac_address=macs[0])
    store.write([make_sighting(nics=(nic,), at_s=4e7)], [])
    found = store.attachments(AttachmentQuery()).items
    assert {(each.nic, each.instance_id, each.attached_at) for each in found} == {
        ("p", "a", T0 + timedelta(seconds=1)),
        (f"mac:{macs[1]}", "a", T0 + timedelta(seconds=1)),
        ("q", instance, None),
    }


def test_ingest_goes_on_while_a_hundred_thousand_events_are_deleted(store):
    """Whoever writes waits for a batch or two, however many there are."""
    store.write([make_sighting(nics=(Nic(port_id="port"),))], [])
    columns = ", ".join(c.name for c in schema.event.c if c.name not in {"id", "message_id"})
    with store.writing() as connection:
        connection.exec_driver_sql(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) "  # noqa: S608
            f"INSERT INTO event (message_id, {columns}) "
            f"SELECT 'copy-' || i, {columns} FROM n, event WHERE event.id = 1"
        )
    batches = 0
    purged = []

    def count_batch(seconds):
        nonlocal batches
        batches += 1
        return stopped.wait(seconds / 10)

    stopped = threading.Event()
    thread = threading.Thread(
        target=lambda: purged.append(purge(store, ALL, batch=1000, pause=count_batch))
    )
    thread.start()
    waited = []
    while thread.is_alive():
        begun = batches
        store.write([make_event(at_s=9e7, operation_id=f"new-{len(waited)}")], [])
        waited.append(batches - begun)
        # Somebody else has the database for a moment, as while a batch is gathered.
        stopped.wait(0.02)
    thread.join()
    assert purged[0].events == 100_001
    assert batches > 100
    assert len(waited) > 20
    assert max(waited) <= 8
    assert len(store.operations(OperationQuery(), limit=1000).items) == min(len(waited), 1000)


@pytest.fixture
def run(tmp_path, store):
    def command(*arguments, code=0):
        result = CliRunner().invoke(main, ["db", "purge", "--data-dir", str(tmp_path), *arguments])
        assert result.exit_code == code, result.output
        return result.output

    return command


def test_command_deletes_what_is_older_than_the_given_age(store, run):
    now = times.now()
    ages = {"old": timedelta(days=40), "new": timedelta(days=2)}
    macs = {"old": "fa:16:3e:00:00:01", "new": "fa:16:3e:00:00:02"}
    for name, age in ages.items():
        about = {"occurred_at": now - age, "received_at": now - age, "mac_address": macs[name]}
        event = make_event(action="detach", operation_id=name, port_id=name, **about)
        store.write([event], [])
    counted = json.loads(run("--older-than", "30d", "--dry-run", "--json"))
    assert counted == {
        "events": 1,
        "operations": 1,
        "attachments": 1,
        "dead_letters": 0,
        "gaps": 0,
        "deliveries": 0,
        "replays": 0,
    }
    assert counts(store)["event"] == 2
    printed = run("--older-than", "30d")
    assert printed == (
        "Deleted 1 events, 1 operations, 1 attachments, 0 dead letters, 0 gaps, 0 deliveries, "
        "0 replays.\n"
    )
    assert "Deleted 0 events" in run("--older-than", "30d")
    assert "give at least 14 days" in run("--older-than", "3d", code=1)


def test_without_limits_only_dead_letters_are_deleted(store, run):
    store.write(attached_and_detached(1), [make_letter()])
    store.write([], [make_letter(b"new", received_at=times.now())])
    with store.writing() as connection:
        year_ago = times.now() - YEAR
        connection.execute(sa.update(schema.event).values(occurred_at=year_ago))
        old = schema.dead_letter.c.body == b"?"
        connection.execute(sa.update(schema.dead_letter).where(old).values(received_at=year_ago))
    assert run() == (
        "Deleted 0 events, 0 operations, 0 attachments, 1 dead letters, 0 gaps, 0 deliveries, "
        "0 replays.\n"
    )


def test_limits_are_days():
    days = RetentionSettings(
        events_days=14,
        operations_days=30,
        attachments_days=0,
        dead_letters_days=1,
        deliveries_days=7,
        undelivered_days=0,
    )
    assert cutoffs_at(T0, days) == Cutoffs(
        events=T0 - timedelta(days=14),
        operations=T0 - timedelta(days=30),
        attachments=None,
        dead_letters=T0 - timedelta(days=1),
        deliveries=T0 - timedelta(days=7),
    )
