import datetime as dt
import sqlite3
import threading
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger_events import T0, make_event
from vifcast.errors import InvalidValueError, StoreError, StoreSchemaError
from vifcast.ledger.attachments import attachments_from
from vifcast.ledger.operations import operation_from
from vifcast.model import Action, DeadLetter, FixedIp, Phase, Status
from vifcast.store.page import AttachmentQuery, EventQuery, OperationQuery
from vifcast.store.store import Store

ADDRESS = (FixedIp("192.0.2.7", 4, "192.0.2.0/24"), FixedIp("2001:db8::7", 6, None))


def operation(number, at_s=0, instance="instance-1", port="port-1", action="attach", ips=ADDRESS):
    """A start and an end."""
    about = {
        "operation_id": f"operation-{number}",
        "instance_id": instance,
        "port_id": port,
        "fixed_ips": ips,
        "action": action,
    }
    return [
        make_event(phase="start", at_s=at_s, **about),
        make_event(phase="end", at_s=at_s + 1, **about),
    ]


def letter(body=b"?", **changes):
    values = {
        "reason_code": "not_json",
        "reason": "no",
        "routing_key": "notifications.info",
        "size": len(body),
        "sha256": body.hex(),
        "body": body,
        "received_at": T0,
    }
    return DeadLetter(**values | changes)


def at(seconds):
    return T0 + dt.timedelta(seconds=seconds)


def test_what_is_stored_comes_back(store):
    start, end = operation(1)
    stored = [each.read_back() for each in store.write([start, end], [])]
    assert [event.id for event in stored] == [1, 2]
    assert stored[1].duration_ms == 1000
    assert store.events_after(0, 10) == stored
    assert store.newest_events(1) == stored[1:]
    assert store.last_event_id() == 2


def test_message_id_seen_before_changes_nothing(store):
    start, end = operation(1)
    store.write([start, start], [])
    (stored,) = store.write([end, start], [])
    assert [stored.read_back()] == store.events_after(1, 10)
    assert store.write([end, start], []) == []
    assert store.totals().operations[Status.SUCCEEDED] == 1


def test_late_start_completes_its_operation(store):
    start, end = operation(1)
    store.write([end], [])
    (known,) = store.operations(OperationQuery()).items
    assert (known.status, known.duration_ms) == (Status.SUCCEEDED, None)
    store.write([start], [])
    (known,) = store.operations(OperationQuery()).items
    assert (known.status, known.duration_ms) == (Status.SUCCEEDED, 1000)
    assert {event.duration_ms for event in store.events_after(0, 9)} == {None, 1000}


def test_who_had_an_address_at_a_moment(store):
    store.write(operation(1, at_s=0, instance="a", port="p"), [])
    store.write(operation(2, at_s=10, instance="a", port="p", action="detach"), [])
    store.write(operation(3, at_s=20, instance="b", port="q"), [])

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
    assert store.totals().attached_now == 1


def test_port_moved_without_a_detach_is_on_the_second_instance_alone(store):
    store.write(operation(1, at_s=0, instance="a"), [])
    store.write(operation(2, at_s=10, instance="b"), [])
    periods = store.attachments(AttachmentQuery(port="port-1")).items
    assert [(each.instance_id, each.detached_at) for each in periods] == [
        ("b", None),
        ("a", at(11)),
    ]


@pytest.mark.parametrize(
    "conditions",
    [
        {"instance": "instance-7"},
        {"port": "port-7"},
        {"ip": "192.0.2.77"},
        {"mac": "fa:16:3e:00:00:77"},
        {"host": "compute-7"},
        {"project": "project-7"},
        {"operation": "operation-7"},
        {"event_type": "compute.instance.interface_detach.error"},
        {"action": Action.DETACH},
        {"phase": Phase.ERROR},
        {"since": at(700)},
        {"until": at(1), "phase": Phase.ERROR},
    ],
)
def test_event_is_found_by_each_condition(store, conditions):
    wanted = make_event(
        action="detach",
        phase="error",
        at_s=700 if "until" not in conditions else 0,
        instance_id="instance-7",
        port_id="port-7",
        fixed_ips=(FixedIp("192.0.2.77", 4),),
        mac_address="fa:16:3e:00:00:77",
        compute_host="compute-7",
        project_id="project-7",
        operation_id="operation-7",
    )
    store.write([*operation(1), wanted], [])
    found = store.events(EventQuery(**conditions)).items
    assert [event.message_id for event in found] == [wanted.message_id]


def test_pages_have_everything_once(store):
    for number in range(5):
        store.write(
            operation(number, at_s=number % 2, port=f"port-{number}"), [letter(b"%d" % number)]
        )

    def all_pages(read):
        items, cursor = [], None
        while True:
            page = read(cursor)
            items += page.items
            cursor = page.next_cursor
            if cursor is None:
                return items

    events = all_pages(lambda cursor: store.events(EventQuery(), limit=3, cursor=cursor))
    assert [event.id for event in events] == list(range(10, 0, -1))
    operations = all_pages(
        lambda cursor: store.operations(OperationQuery(), limit=2, cursor=cursor)
    )
    assert sorted(each.id for each in operations) == [f"operation-{n}" for n in range(5)]
    attachments = all_pages(
        lambda cursor: store.attachments(AttachmentQuery(), limit=2, cursor=cursor)
    )
    assert sorted(each.port_id for each in attachments) == [f"port-{n}" for n in range(5)]
    letters = all_pages(lambda cursor: store.dead_letters(limit=2, cursor=cursor))
    assert [each.body for each in letters] == [b"4", b"3", b"2", b"1", b"0"]


def test_oldest_first_can_be_followed(store):
    store.write(operation(1), [])
    page = store.events(EventQuery(), limit=10, oldest_first=True)
    assert [event.id for event in page.items] == [1, 2]
    assert store.events(EventQuery(), cursor=page.next_cursor, oldest_first=True).items == []
    store.write(operation(2), [])
    later = store.events(EventQuery(), cursor=page.next_cursor, oldest_first=True)
    assert [event.id for event in later.items] == [3, 4]


def test_cursor_of_another_list_is_refused(store):
    store.write([*operation(1), *operation(2)], [])
    cursor = store.events(EventQuery(), limit=1).next_cursor
    with pytest.raises(InvalidValueError, match="is not a cursor"):
        store.operations(OperationQuery(), cursor=cursor)


def test_dead_letter_with_the_same_bytes_is_kept_once(store):
    store.write([], [letter(), letter()])
    store.write([], [letter()])
    assert store.totals().dead_letters == 1
    assert store.dead_letter(1).body == b"?"
    assert store.dead_letter(2) is None


moves = st.lists(
    st.tuples(
        st.sampled_from(Action),
        st.sampled_from(Phase),
        st.sampled_from("ab"),
        st.sampled_from(["p", "q", None]),
        st.integers(0, 3),
        st.integers(0, 5),
    ),
    min_size=1,
    max_size=10,
)


@settings(max_examples=40, deadline=None)
@given(moves=moves, data=st.data())
def test_batches_in_any_order_and_repeated_give_the_same_ledger(tmp_path_factory, moves, data):
    history = [
        make_event(
            action=action, phase=phase, instance_id=instance, port_id=port,
            operation_id=f"{action}-{operation_id}", at_s=at_s, message_id=f"m-{number}",
        )
        for number, (action, phase, instance, port, operation_id, at_s) in enumerate(moves)
    ]  # fmt: skip
    arriving = data.draw(st.permutations(history + history[:2]))
    cut = data.draw(st.integers(0, len(arriving)))
    store = Store.open_for_writing(tmp_path_factory.mktemp("any") / "vifcast.sqlite3")
    try:
        for batch in (arriving[:cut], arriving[cut:], arriving[:1]):
            store.write(batch, [])
        by_operation = {}
        by_port = {}
        for event in history:
            by_operation.setdefault(event.operation_id, []).append(event)
            if event.port_id and event.phase is Phase.END:
                by_port.setdefault(event.port_id, []).append(event)
        assert {each.id: each for each in store.operations(OperationQuery()).items} == {
            key: operation_from(events) for key, events in by_operation.items()
        }
        for port, events in by_port.items():
            found = store.attachments(AttachmentQuery(port=port)).items
            assert sorted(found, key=lambda each: each.number) == attachments_from(events)
    finally:
        store.close()


def test_two_writers_at_once_store_everything_once(store, database):
    other = Store.open_for_writing(database)
    batches = [operation(number, port=f"port-{number}") for number in range(30)]

    def write(into):
        for batch in batches:
            into.write(batch, [])

    threads = [threading.Thread(target=write, args=(into,)) for into in (store, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()
    assert store.totals().operations[Status.SUCCEEDED] == 30
    assert len(store.events_after(0, 100)) == 60


def test_commits_are_synced(store):
    with store._writer.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"


def test_reader_cannot_write(store):
    with store._reader.connect() as connection, pytest.raises(Exception, match="readonly"):
        connection.exec_driver_sql("DELETE FROM event")


def test_check_tries_to_write(store, database):
    store.check()
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(
            "CREATE TRIGGER full BEFORE UPDATE ON alembic_version BEGIN "
            "SELECT RAISE(ABORT, 'database or disk is full'); END"
        )
    with pytest.raises(StoreError, match="the disk is full"):
        store.check()


def test_opening_again_keeps_everything(store, database):
    store.write(operation(1), [])
    again = Store.open_for_writing(database)
    assert again.last_event_id() == 2
    again.close()


def test_database_of_a_newer_release_is_refused(store, database):
    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    for open_it in (Store.open_for_writing, Store.open_for_reading):
        with pytest.raises(StoreSchemaError, match="schema 9999, which is newer"):
            open_it(database)


def test_database_without_a_schema_is_refused_for_reading(tmp_path):
    path = tmp_path / "empty.sqlite3"
    path.touch()
    with pytest.raises(StoreSchemaError, match="run vifcast db upgrade"):
        Store.open_for_reading(path)


def test_file_that_is_no_database_is_refused(tmp_path):
    path = tmp_path / "vifcast.sqlite3"
    path.write_bytes(b"this is a letter to my aunt" * 100)
    with pytest.raises(StoreError, match="no intact SQLite database"):
        Store.open_for_writing(path)


def test_directory_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match=r"data directory .*file/data cannot be made"):
        Store.open_for_writing(tmp_path / "file" / "data" / "vifcast.sqlite3")


def test_directory_is_its_owners_alone(tmp_path):
    Store.open_for_writing(tmp_path / "data" / "vifcast.sqlite3").close()
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700


def test_locked_database_is_an_error_that_says_so(store, database, monkeypatch):
    monkeypatch.setattr("vifcast.store.engine._BUSY_TIMEOUT_S", 0.1)
    impatient = Store.open_for_writing(database)
    with store._writer.begin(), pytest.raises(StoreError, match="locked by another process"):
        impatient.write(operation(1), [])
    impatient.write(operation(1), [])
    impatient.close()
