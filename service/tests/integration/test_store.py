"""What is stored, and what is computed from it, on every database."""

import datetime as dt
import itertools
import threading

import sqlalchemy as sa
from msgspec import structs

from database_fixtures import EVERY_DATABASE, empty
from ledger_events import T0, attach_or_detach, make_event, make_letter, make_sighting
from vifcast import times
from vifcast.model import FixedIp, Nic, Source, Status
from vifcast.store import AttachmentQuery, EventQuery, OperationQuery, Store

pytestmark = EVERY_DATABASE


def at(seconds):
    return T0 + dt.timedelta(seconds=seconds)


def test_what_is_stored_comes_back(store):
    start, end = attach_or_detach(1)
    stored = [each.read_back() for each in store.write([start, end], [])]
    assert [event.id for event in stored] == [1, 2]
    assert stored[1].duration_ms == 1000
    assert store.events_after(0, 10) == stored
    assert store.newest_events(1) == stored[1:]
    assert store.last_event_id() == 2


def test_message_id_seen_before_changes_nothing(store):
    start, end = attach_or_detach(1)
    store.write([start, start], [])
    (stored,) = store.write([end, start], [])
    assert [stored.read_back()] == store.events_after(1, 10)
    assert store.write([end, start], []) == []
    assert len(store.operations(OperationQuery(status=Status.SUCCEEDED)).items) == 1


def test_operation_with_two_macs_of_its_port_is_the_same_in_any_order(store):
    """As where Nova gives a port another MAC when it is bound."""
    created = make_sighting(
        action="create", nics=(Nic(instance_id="instance-1", mac_address="m3"),), at_s=15
    )
    start = make_event(phase="start", mac_address="m3", at_s=10)
    end = make_event(phase="end", mac_address="m2", at_s=12)
    found = set()
    for order in itertools.permutations([created, start, end]):
        for event in order:
            store.write([event], [])
        found.add(repr(store.attachments(AttachmentQuery()).items))
        empty(store)
    assert len(found) == 1


def test_late_start_completes_its_operation(store):
    start, end = attach_or_detach(1)
    store.write([end], [])
    (known,) = store.operations(OperationQuery()).items
    assert (known.status, known.duration_ms) == (Status.SUCCEEDED, None)
    store.write([start], [])
    (known,) = store.operations(OperationQuery()).items
    assert (known.status, known.duration_ms) == (Status.SUCCEEDED, 1000)
    assert {event.duration_ms for event in store.events_after(0, 9)} == {None, 1000}


def test_operation_that_does_not_end_is_overdue_until_it_does(store):
    # T0 is long ago.
    start, end = attach_or_detach(1)
    store.write([start], [])
    just_now = {"operation_id": "another", "occurred_at": times.now()}
    store.write([make_event(phase="start", **just_now)], [])

    def found(status):
        return [each.id for each in store.operations(OperationQuery(status=status)).items]

    assert found(Status.OVERDUE) == ["operation-1"]
    assert found(Status.RUNNING) == ["another"]
    assert {each.status for each in store.operations(OperationQuery()).items} == {
        Status.OVERDUE,
        Status.RUNNING,
    }
    counts = store.unfinished()
    assert store.unfinished("project-1") == counts
    assert set(store.unfinished("another").values()) == {0}
    assert (counts[Status.OVERDUE], counts[Status.RUNNING]) == (1, 1)
    store.write([end], [])
    assert found(Status.OVERDUE) == []
    assert found(Status.SUCCEEDED) == ["operation-1"]


def test_twin_that_comes_later_joins_the_operation_that_has_a_name(store):
    patched = {
        "source": Source.HAND_PATCH, "port_id": None, "operation_id": "request",
        "correlation_id": "request",
    }  # fmt: skip
    store.write([make_event(phase="start", at_s=0, **patched)], [])
    assert [each.id for each in store.operations(OperationQuery()).items] == ["request"]
    named = {"operation_id": "named", "correlation_id": "request"}
    store.write([make_event(phase="start", at_s=0, **named)], [])
    (last,) = store.write([make_event(phase="end", at_s=1, **patched)], [])
    (only,) = store.operations(OperationQuery()).items
    assert (only.id, only.port_id, only.status) == ("named", "port-1", Status.SUCCEEDED)
    assert last.read_back().operation_id == "named"
    about = store.events(EventQuery(operation="named")).items
    assert len(about) == 3
    assert store.events(EventQuery(operation="request")).items == []


def test_operation_whose_port_is_named_leaves_the_inferred_one_to_the_other(store):
    about = {"port_id": None, "mac_address": None, "instance_id": "a"}
    for number in "12":
        named = about | {"operation_id": number, "source": Source.HAND_PATCH, "at_s": 10}
        store.write([make_event(**named)], [])
    for at_s, where in ((0, None), (11, "a")):
        nic = Nic(instance_id=where, port_id="p")
        store.write([make_sighting(at_s=at_s, nics=(nic,))], [])
    assert ports_of_operations(store) == {"1": None, "2": None}
    named = about | {"operation_id": "1", "source": Source.NOVA_FAULT, "port_id": "q"}
    store.write([make_event(phase="start", at_s=9, **named)], [])
    assert ports_of_operations(store) == {"1": "q", "2": "p"}
    (period,) = store.attachments(AttachmentQuery(port="p")).items
    assert period.attach_operation_id == "2"


def ports_of_operations(store):
    return {each.id: each.port_id for each in store.operations(OperationQuery()).items}


def test_operation_without_an_end_is_over_when_its_instance_is_deleted(store):
    store.write([make_event(phase="start", at_s=10)], [])
    for at_s in (50, 40, 2):
        store.write([make_sighting(action="delete", at_s=at_s, instance_id="instance-1")], [])
    (failed,) = store.operations(OperationQuery(status=Status.FAILED)).items
    assert (failed.finished_at, failed.duration_ms) == (at(40), 30_000)
    assert failed.error_message == "the instance was deleted before an end was reported"
    store.write([make_event(phase="end", at_s=45)], [])
    (succeeded,) = store.operations(OperationQuery()).items
    assert (succeeded.status, succeeded.error_message) == (Status.SUCCEEDED, None)


def test_operation_that_began_after_a_deletion_is_running(store):
    store.overdue_after_s = 10**9
    store.write([make_sighting(action="delete", at_s=2, instance_id="instance-1")], [])
    store.write([make_event(phase="start", at_s=10)], [])
    (running,) = store.operations(OperationQuery()).items
    assert running.status is Status.RUNNING


def test_address_that_neutron_changed_belongs_to_its_time(store):
    def seen(address):
        return Nic(instance_id="a", port_id="p", fixed_ips=(FixedIp(address, 4),))

    store.write([make_sighting(at_s=1, nics=(seen("192.0.2.7"),))], [])
    store.write([make_sighting(at_s=9, nics=(seen("192.0.2.8"),))], [])

    def holders(ip, moment):
        found = store.attachments(AttachmentQuery(ip=ip, at=moment)).items
        return [each.instance_id for each in found]

    assert holders("192.0.2.7", at(8)) == ["a"]
    assert holders("192.0.2.7", at(9)) == []
    assert holders("192.0.2.8", at(8)) == []
    assert holders("192.0.2.8", at(9)) == ["a"]


def test_who_had_an_address_at_a_moment(store):
    store.write(attach_or_detach(1, at_s=0, instance_id="a", port_id="p"), [])
    store.write(attach_or_detach(2, at_s=10, instance_id="a", port_id="p", action="detach"), [])
    store.write(attach_or_detach(3, at_s=20, instance_id="b", port_id="q"), [])

    def holders(ip, moment):
        return [
            each.instance_id for each in store.attachments(AttachmentQuery(ip=ip, at=moment)).items
        ]

    for ip in ("192.0.2.7", "2001:db8::7"):
        assert holders(ip, at(0.5)) == []
        assert holders(ip, at(1)) == ["a"]
        assert holders(ip, at(10.9)) == ["a"]
        assert holders(ip, at(11)) == []
        assert holders(ip, at(21)) == ["b"]
    assert holders("192.0.2.8", at(5)) == []
    assert store.attached_now() == store.attached_now("project-1") == 1
    assert store.attached_now("another") == 0


def test_port_moved_without_a_detach_is_on_the_second_instance_alone(store):
    store.write(attach_or_detach(1, at_s=0, instance_id="a"), [])
    store.write(attach_or_detach(2, at_s=10, instance_id="b"), [])
    periods = store.attachments(AttachmentQuery(port="port-1")).items
    assert [(each.instance_id, each.detached_at) for each in periods] == [
        ("b", None),
        ("a", at(11)),
    ]


def test_statements_do_not_grow_with_what_is_older(store):
    counts = []
    for number in range(12):
        about = {"operation_id": f"unnamed {number}", "source": Source.HAND_PATCH}
        about |= {"port_id": None, "mac_address": None, "at_s": number * 60}
        batch = attach_or_detach(number, at_s=number * 60, correlation_id="one request")
        batch += [make_event(phase=phase, **about) for phase in ("start", "end")]
        for port in ("p", "q", "port-1"):
            nic = Nic(instance_id=["instance-1", None][number % 2], port_id=port)
            batch.append(make_sighting(at_s=number * 60, nics=(nic,)))
        batch.append(make_sighting(action="delete", at_s=number * 60, instance_id="instance-1"))
        counts.append(statements_of(store, batch))
    assert len(set(counts[2:])) == 1, counts


def statements_of(store, batch):
    """How many it takes to store these."""
    statements = []

    def note(*_):
        statements.append(1)

    sa.event.listen(store._writer, "before_cursor_execute", note)
    store.write(batch, [])
    sa.event.remove(store._writer, "before_cursor_execute", note)
    return len(statements)


def test_dead_letter_with_the_same_bytes_is_kept_once(store):
    store.write([], [make_letter(), make_letter()])
    store.write([], [make_letter()])
    assert store.dead_letters_by_reason() == {"not_json": 1}
    assert store.dead_letters_since(T0) == 1
    assert store.dead_letters_since(T0 + dt.timedelta(seconds=1)) == 0
    assert store.dead_letter(1).body == b"?"
    assert store.dead_letter(2) is None


def test_two_writers_at_once_store_everything_once(store, location):
    other = Store.open_for_writing(location)
    batches = [attach_or_detach(number, port_id=f"port-{number}") for number in range(30)]

    def write(into):
        for batch in batches:
            into.write(batch, [])

    threads = [threading.Thread(target=write, args=(into,)) for into in (store, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()
    assert len(store.operations(OperationQuery(status=Status.SUCCEEDED)).items) == 30
    assert len(store.events_after(0, 100)) == 60


def test_long_odd_and_similar_texts_come_back_as_they_were(store):
    """What databases cut, fold or pad by default."""
    long = "\N{PILE OF POO}é" * 250_000
    similar = ["id", "ID", "íd", "id ", " id", "id\t", "\N{PILE OF POO}", "ẞ", "ss", "'\"\\%s%(a)s"]
    written = [
        make_event(
            message_id=each,
            operation_id=each,
            instance_id=each,
            port_id=each,
            instance_name="\N{PILE OF POO}" * 255,
            error_message=long,
            error_code=2**62,
            occurred_at=T0 + dt.timedelta(microseconds=number),
            payload={"long": long, "nul": "a\0b", "deep": deep(60), each: each},
        )
        for number, each in enumerate(similar)
    ]
    store.write(written, [])
    assert store.write(written, []) == []
    read = store.events(EventQuery(), limit=100, oldest_first=True).items
    assert [structs.replace(event, id=None, duration_ms=None) for event in read] == written
    for each in similar:
        assert [event.message_id for event in store.events(EventQuery(port=each)).items] == [each]
        assert len(store.operations(OperationQuery(instance=each)).items) == 1
        assert len(store.attachments(AttachmentQuery(port=each)).items) == 1


def deep(levels):
    return [deep(levels - 1)] if levels else []


def test_dead_letter_of_any_bytes_comes_back(store):
    body = bytes(range(256)) * 8192
    store.write([], [make_letter(body, reason="\N{PILE OF POO}" * 100_000)])
    assert store.dead_letter(1).body == body
    assert store.dead_letter(1).reason == "\N{PILE OF POO}" * 100_000
