"""Every condition and every page, on every database."""

import datetime as dt

import pytest

from database_fixtures import EVERY_DATABASE
from ledger_events import T0, attach_or_detach, make_event, make_letter, make_sighting
from vifcast.errors import InvalidValueError
from vifcast.model import Action, FixedIp, Phase
from vifcast.store import AttachmentQuery, DeadLetterQuery, EventQuery, OperationQuery

pytestmark = EVERY_DATABASE


def at(seconds):
    return T0 + dt.timedelta(seconds=seconds)


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
    store.write([*attach_or_detach(1), wanted], [])
    found = store.events(EventQuery(**conditions)).items
    assert [event.message_id for event in found] == [wanted.message_id]


def test_pages_have_everything_once(store):
    for number in range(5):
        store.write(
            attach_or_detach(number, at_s=number % 2, port_id=f"port-{number}"),
            [make_letter(b"%d" % number)],
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
    letters = all_pages(
        lambda cursor: store.dead_letters(DeadLetterQuery(), limit=2, cursor=cursor)
    )
    assert [each.body for each in letters] == [b"4", b"3", b"2", b"1", b"0"]


def test_oldest_first_can_be_followed(store):
    store.write(attach_or_detach(1), [])
    page = store.events(EventQuery(), limit=10, oldest_first=True)
    assert [event.id for event in page.items] == [1, 2]
    assert store.events(EventQuery(), cursor=page.next_cursor, oldest_first=True).items == []
    store.write(attach_or_detach(2), [])
    later = store.events(EventQuery(), cursor=page.next_cursor, oldest_first=True)
    assert [event.id for event in later.items] == [3, 4]


def test_cursor_of_another_list_is_refused(store):
    store.write([*attach_or_detach(1), *attach_or_detach(2)], [])
    cursor = store.events(EventQuery(), limit=1).next_cursor
    with pytest.raises(InvalidValueError, match="is not a cursor"):
        store.operations(OperationQuery(), cursor=cursor)


def test_attachments_are_found_by_host_and_moment(store):
    store.write(
        [
            *attach_or_detach(1, port_id="stays", compute_host="one"),
            *attach_or_detach(2, port_id="moves", compute_host="one", instance_id="a"),
            make_sighting(action="move", at_s=10, instance_id="a", compute_host="two"),
            make_sighting(action="move", at_s=20, instance_id="a", compute_host=None),
            make_sighting(action="move", at_s=30, instance_id="a", compute_host="one"),
            *attach_or_detach(
                3, action="detach", at_s=40, port_id="moves", compute_host="one", instance_id="a"
            ),
        ],
        [],
    )

    def on(host, at_s=None):
        moment = None if at_s is None else at(at_s)
        found = store.attachments(AttachmentQuery(host=host, at=moment)).items
        return sorted(each.nic for each in found)

    assert on("one") == ["moves", "stays"]
    assert on("two") == ["moves"]
    assert on("three") == []
    assert (on("one", 5), on("two", 5)) == (["moves", "stays"], [])
    # From the moment of the move on.
    assert (on("one", 10), on("two", 10)) == (["stays"], ["moves"])
    assert (on("one", 25), on("two", 25)) == (["stays"], [])
    assert on("one", 30) == ["moves", "stays"]
    assert on("one", 50) == ["stays"]
    assert on("one", 0) == []
    # Together with other conditions, and page by page.
    query = AttachmentQuery(host="one", port="moves", at=at(5))
    assert [each.nic for each in store.attachments(query).items] == ["moves"]
    page = store.attachments(AttachmentQuery(host="one"), limit=1)
    rest = store.attachments(AttachmentQuery(host="one"), limit=1, cursor=page.next_cursor)
    assert {each.nic for each in [*page.items, *rest.items]} == {"moves", "stays"}


def test_move_after_the_first_write_reaches_every_nic_of_the_instance(store):
    about = {"instance_id": "a", "compute_host": "one"}
    store.write([*attach_or_detach(1, port_id="p", **about)], [])
    store.write([*attach_or_detach(2, port_id="q", **about)], [])
    moved = make_sighting(action="move", at_s=10, instance_id="a", compute_host="two")
    store.write([moved, moved], [])
    store.write([moved], [])
    for each in store.attachments(AttachmentQuery()).items:
        assert [(host.compute_host, host.since_at) for host in each.hosts] == [
            ("one", None),
            ("two", at(10)),
        ]
