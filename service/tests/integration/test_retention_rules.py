"""Each condition under which something old stays; the rules are in docs/retention.md."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from ledger_events import T0, attach_or_detach, make_event, make_sighting
from vifcast.model import Action, Nic, Source
from vifcast.store import AttachmentQuery, Cutoffs, EventQuery, OperationQuery, purge
from vifcast.store.sql import schema

YEAR = timedelta(days=365)
LATER = T0 + YEAR
ALL = Cutoffs(events=LATER, operations=LATER, attachments=LATER)
NO_NIC = {"port_id": None, "mac_address": None}
MACS = ("fa:16:3e:00:00:01", "fa:16:3e:00:00:02")


def purged(store, cutoffs=ALL):
    """Purge; how many events, operations and attachments are left."""
    purge(store, cutoffs, pause=lambda _: False)
    found = (
        store.events(EventQuery()),
        store.operations(OperationQuery()),
        store.attachments(AttachmentQuery()),
    )
    return tuple(len(page.items) for page in found)


def at(seconds):
    return T0 + timedelta(seconds=seconds)


def used_and_over(at_s=0, first=1):
    return [
        *attach_or_detach(first, at_s=at_s),
        *attach_or_detach(first + 1, action="detach", at_s=at_s + 60),
    ]


@pytest.mark.parametrize("batches", [1, 2])
def test_what_comes_of_a_request_without_events_changes_nothing(store, batches):
    store.write(used_and_over(), [])
    assert purged(store, Cutoffs(events=at(200))) == (0, 2, 1)
    before = (store.operations(OperationQuery()), store.attachments(AttachmentQuery()))
    late = [make_event(phase="end", message_id=f"late-{n}", at_s=300 + n) for n in range(2)]
    for number in range(batches):
        store.write(late[number::batches], [])
    assert (store.operations(OperationQuery()), store.attachments(AttachmentQuery())) == before


def test_what_comes_of_an_operation_that_its_instance_took_along_changes_nothing(store):
    gone = make_sighting(action="delete", instance_id="instance-1", at_s=10)
    store.write([make_event(phase="start"), gone], [])
    assert purged(store, Cutoffs(events=at(200))) == (0, 1, 0)
    (before,) = store.operations(OperationQuery()).items
    for number, phase in enumerate(("end", "error")):
        store.write([make_event(phase=phase, at_s=300 + number)], [])
    assert store.operations(OperationQuery()).items == [before]


def test_events_of_a_request_that_ended_after_the_limit_stay_together(store):
    ended = make_event(phase="error", at_s=100, **NO_NIC)
    store.write([make_event(phase="start", **NO_NIC), ended], [])
    assert purged(store, Cutoffs(events=at(50))) == (2, 1, 0)


def test_events_stay_while_the_nic_that_was_inferred_from_others_is_attached(store):
    unnamed = {"source": Source.HAND_PATCH, **NO_NIC}
    came = make_sighting(nics=(Nic(instance_id="instance-1", port_id="port-1"),), at_s=0.5)
    store.write([came, *attach_or_detach(1, **unnamed)], [])
    (operation,) = store.operations(OperationQuery()).items
    assert (operation.port_id, operation.is_port_inferred) == ("port-1", True)
    assert purged(store) == (3, 1, 1)


def test_operation_under_way_for_less_than_its_limit_keeps_its_events(store):
    store.write([make_event(phase="start", **NO_NIC)], [])
    limits = Cutoffs(events=LATER, operations=T0 - timedelta(days=1))
    assert purged(store, limits) == (1, 1, 0)


def test_operation_stays_while_its_events_do(store):
    store.write([make_event(phase="error", **NO_NIC)], [])
    assert purged(store, Cutoffs(operations=LATER)) == (1, 1, 0)


def test_operation_by_which_another_nic_is_known_to_have_moved_stays(store):
    about = {"port_id": "port-2", "mac_address": MACS[1], "compute_host": "compute-2"}
    store.write(attach_or_detach(1), [])
    store.write(attach_or_detach(2, at_s=20, **about), [])
    store.write(attach_or_detach(3, at_s=40, action="detach", **about), [])
    # The detach says nothing new, and goes; the NIC that is open needs its own attach.
    assert purged(store) == (2, 2, 2)
    store.write(attach_or_detach(4, at_s=100, action="detach", compute_host="compute-2"), [])
    newest = store.attachments(AttachmentQuery(port="port-1")).items[0]
    assert [each.compute_host for each in newest.hosts] == ["compute-1", "compute-2"]
    assert newest.hosts[1].since_at == at(20)


def test_operation_on_the_host_that_another_nic_left_at_that_moment_stays(store):
    about = {"port_id": "port-2", "mac_address": MACS[1]}
    moved = {"action": "move", "instance_id": "instance-1", "compute_host": "compute-2"}
    seen = Nic(instance_id="instance-1", port_id="port-1")
    store.write([make_sighting(at_s=0, nics=(seen,), compute_host=None)], [])
    store.write(attach_or_detach(2, at_s=20, **about), [])
    store.write([make_sighting(at_s=20, **moved)], [])
    store.write(attach_or_detach(3, at_s=40, action="detach", compute_host=None, **about), [])
    (before,) = store.attachments(AttachmentQuery(port="port-1")).items
    limits = Cutoffs(events=at(50), operations=at(50), attachments=at(50))
    purge(store, limits, pause=lambda _: False)
    store.write(attach_or_detach(4, at_s=100, action="detach", compute_host="compute-2"), [])
    (after,) = store.attachments(AttachmentQuery(port="port-1")).items
    assert [each.compute_host for each in before.hosts] == ["compute-1", "compute-2"]
    assert after.detached_at == at(101)
    assert after.hosts == before.hosts


def test_instance_is_forgotten_with_the_last_that_is_known_of_it(store):
    def instances():
        with store.reading() as connection:
            return set(connection.scalars(sa.select(schema.instance_host.c.instance_id)))

    store.write(used_and_over(), [])
    about = {"port_id": "port-3", "mac_address": MACS[1], "instance_id": "in use"}
    store.write(attach_or_detach(3, **about), [])
    assert instances() == {"instance-1", "in use"}
    assert purged(store) == (2, 1, 1)
    assert instances() == {"in use"}


def test_operation_that_ended_after_the_limit_stays(store):
    ended = make_event(phase="error", at_s=100, **NO_NIC)
    store.write([make_event(phase="start", **NO_NIC), ended], [])
    assert purged(store, Cutoffs(events=LATER, operations=at(50))) == (0, 1, 0)


def test_operation_that_began_after_the_limit_stays_though_it_ended_before(store):
    """As by the clocks of two hosts."""
    store.write([make_event(phase="start", at_s=60, **NO_NIC)], [])
    store.write([make_event(phase="error", at_s=40, **NO_NIC)], [])
    assert purged(store, Cutoffs(events=LATER, operations=at(50))) == (0, 1, 0)


def test_older_periods_of_a_port_that_is_used_again_stay(store):
    store.write(used_and_over(), [])
    assert purged(store, Cutoffs(events=LATER)) == (0, 2, 1)
    store.write(attach_or_detach(3, at_s=2 * YEAR.total_seconds()), [])
    assert purged(store) == (2, 3, 2)


def test_every_final_period_stays_when_the_port_is_used_again(store):
    store.write([*used_and_over(), *used_and_over(at_s=300, first=3)], [])
    assert purged(store, Cutoffs(events=LATER)) == (0, 4, 2)
    store.write(attach_or_detach(5, at_s=2 * YEAR.total_seconds()), [])
    found = store.attachments(AttachmentQuery()).items
    assert [period.number for period in found] == [3, 2, 1]


def test_longer_limit_brings_nothing_back(store):
    purged(store, Cutoffs(events=LATER))
    purged(store, Cutoffs(events=T0))
    assert store.write(used_and_over(), []) == []


def test_attachment_stays_while_its_operations_do(store):
    store.write(used_and_over(), [])
    assert purged(store, Cutoffs(events=LATER, attachments=LATER)) == (0, 2, 1)


def test_attachment_that_ended_after_the_limit_stays(store):
    store.write(used_and_over(), [])
    limits = Cutoffs(events=LATER, operations=LATER, attachments=at(50))
    assert purged(store, limits) == (0, 0, 1)


def test_attachment_stays_while_a_list_that_names_it_does(store):
    created = make_sighting(
        action="create", nics=tuple(Nic(instance_id="a", port_id=each) for each in ("p-1", "p-2"))
    )
    left = make_sighting(nics=(Nic(port_id="p-1"),), at_s=5)
    store.write([created, left], [])
    # The list is needed for the second port, which is attached.
    assert purged(store) == (1, 0, 2)


def test_attachment_known_by_its_mac_stays_while_a_list_that_names_it_does(store):
    nics = tuple(
        Nic(instance_id=each, mac_address=mac) for each, mac in zip("ab", MACS, strict=True)
    )
    gone = make_sighting(action=Action.DELETE, at_s=5, instance_id="a")
    store.write([make_sighting(action="create", nics=nics), gone], [])
    assert purged(store) == (2, 0, 2)


def test_deletion_of_an_instance_stays_while_it_is_in_a_list(store):
    nics = (Nic(instance_id="a", port_id="p-1"), Nic(instance_id="b", port_id="p-2"))
    gone = make_sighting(action=Action.DELETE, at_s=5, instance_id="a")
    store.write([make_sighting(nics=nics), gone], [])
    purged(store)
    assert gone.message_id in {each.message_id for each in store.events(EventQuery()).items}


def test_deletion_of_an_instance_goes_after_all_its_other_events(store):
    came = make_sighting(action="create", nics=(Nic(instance_id="a", port_id="p-1"),))
    gone = make_sighting(action=Action.DELETE, at_s=5, instance_id="a")
    # The deletion comes first in the table.
    store.write([gone, came], [])
    assert purged(store) == (0, 0, 0)


def test_nic_reported_after_the_limit_is_not_over(store):
    """By a failure, a start, or where Neutron says that it is: its next move is to come."""
    later = 100
    for number, event in enumerate(
        [
            make_event(phase="error", at_s=later, port_id="p-0", operation_id="failed"),
            make_event(phase="start", at_s=later, port_id="p-1", operation_id="under way"),
            make_sighting(nics=(Nic(port_id="p-2"),), at_s=later),
        ]
    ):
        about = {"port_id": f"p-{number}", "mac_address": None}
        store.write(attach_or_detach(10 + number, **about), [])
        store.write(attach_or_detach(20 + number, action="detach", at_s=60, **about), [])
        store.write([event], [])
    assert purged(store, Cutoffs(events=at(90)))[0] == 15


def test_nic_reported_by_two_clocks_around_the_limit_is_not_over(store):
    store.write(used_and_over(), [])
    store.write([make_event(phase="start", at_s=100, operation_id="failed")], [])
    store.write([make_event(phase="error", at_s=70, operation_id="failed")], [])
    assert purged(store, Cutoffs(events=at(90)))[0] == 6


def test_nic_whose_instance_was_deleted_after_the_limit_is_not_over(store):
    store.write(attach_or_detach(1), [])
    store.write([make_sighting(action=Action.DELETE, at_s=100, instance_id="instance-1")], [])
    assert purged(store, Cutoffs(events=at(50))) == (3, 1, 1)


def test_nic_that_is_used_again_just_before_it_is_made_final_is_not(store, monkeypatch):
    store.write(used_and_over(), [])
    turns = []
    writing = store.writing

    def after_another():
        turns.append(1)
        # The first is for the horizon.
        if len(turns) == 2:
            store.write(attach_or_detach(3, at_s=2 * YEAR.total_seconds()), [])
        return writing()

    monkeypatch.setattr(store, "writing", after_another)
    assert purged(store, Cutoffs(events=LATER)) == (6, 3, 2)


def test_purge_that_is_ended_leaves_the_rest(store):
    store.write(used_and_over(), [])
    store.write([make_event(phase="error", operation_id="failed", **NO_NIC)], [])
    purge(store, Cutoffs(events=LATER), batch=1, pause=lambda _: True)
    assert len(store.events(EventQuery()).items) == 5
    purge(store, Cutoffs(events=LATER), batch=1, pause=lambda _: False)
    assert store.events(EventQuery()).items == []


def test_nic_known_by_its_mac_and_reported_after_the_limit_is_not_over(store):
    nic = Nic(instance_id="a", mac_address=MACS[0])
    gone = make_sighting(action=Action.DELETE, at_s=5, instance_id="a")
    again = make_sighting(action="create", nics=(nic,), at_s=4)
    late = make_sighting(action="create", nics=(nic,), at_s=100)
    store.write([again, gone, late], [])
    assert purged(store, Cutoffs(events=at(50)))[0] == 3
