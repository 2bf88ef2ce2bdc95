"""What Nova's lists prove of one instance's NICs."""

import pytest
from nova_cache import nic_of
from steps import growth

from ledger_events import make_event
from vifcast.ledger.change import Listing
from vifcast.ledger.lists import Lists
from vifcast.model import Source
from whole_ledger import whole_ledger


def listing(name, at_s, *ports, phase="end", action="attach"):
    return make_event(
        source=Source.NOVA_VERSIONED, action=action, phase=phase, at_s=at_s, operation_id=name,
        request_id=name, nics=tuple(nic_of(f"port{each}") for each in ports), port_id=None,
        mac_address=None, fixed_ips=(),
    )  # fmt: skip


def operation(name, start_s, before, end_s, after, action="attach"):
    return [
        listing(name, start_s, *before, phase="start", action=action),
        listing(name, end_s, *after, action=action),
    ]


def ledger(*events):
    """Ports by operation, and (port, from, to) of the attachments."""
    operations, attachments = whole_ledger(events)
    assert all(each.is_port_inferred == (each.port_id is not None) for each in operations)
    ports = {each.id: each.port_id and int(each.port_id[4:]) for each in operations}
    return ports, [
        (int(each.port_id[4:]), *map(seconds, (each.attached_at, each.detached_at)))
        for each in attachments
    ]


def seconds(moment):
    return moment and moment.minute * 60 + moment.second


@pytest.mark.parametrize(
    ("action", "before", "after", "port"),
    [
        ("attach", [1], [1, 2], 2),
        ("detach", [1, 2], [1], 2),
        # A NIC without an address is in no list.
        ("attach", [1], [1], None),
        # An attach of which nothing was heard ran at the same time.
        ("attach", [1], [1, 2, 3], None),
    ],
)
def test_port_is_the_one_that_differs(action, before, after, port):
    ports, _ = ledger(*operation("only", 0, before, 1, after, action))
    assert ports == {"only": port}


def test_list_of_a_start_can_be_older_than_what_its_neighbour_did():
    one, other = operation("1", 1, [], 5, [1]), operation("2", 6, [], 9, [1, 2])
    ports, attachments = ledger(*one, *other)
    assert ports == {"1": 1, "2": 2}
    assert attachments == [(1, 5, None), (2, 9, None)]


def test_list_of_an_end_can_be_older_than_its_moment():
    first, second = operation("1", 1, [], 9, [1]), operation("2", 2, [], 6, [1, 2])
    ports, attachments = ledger(*first, *second)
    assert ports == {"1": 1, "2": 2}
    assert attachments == [(1, 9, None), (2, 6, None)]


def test_two_detaches_at_once_of_which_both_lists_lack_both_stay_open_to_neither():
    one = operation("1", 1, [1, 2], 5, [], "detach")
    other = operation("2", 2, [1, 2], 6, [], "detach")
    ports, attachments = ledger(*one, *other)
    assert ports == {"1": None, "2": None}
    assert [(port, until is None) for port, _, until in attachments] == [(1, False), (2, False)]


def test_operation_without_a_visible_nic_invents_none():
    ports, attachments = ledger(*operation("1", 1, [1], 5, [1]), *operation("2", 2, [1], 6, [1, 2]))
    assert ports == {"1": None, "2": 2}
    assert attachments == [(1, None, None), (2, 6, None)]


def test_port_that_comes_again_is_of_each_operation():
    history = [
        *operation("1", 1, [], 2, [1]),
        *operation("2", 3, [1], 4, [], "detach"),
        *operation("3", 5, [], 6, [1]),
    ]
    ports, attachments = ledger(*history)
    assert ports == {"1": 1, "2": 1, "3": 1}
    assert attachments == [(1, 2, 4), (1, 6, None)]


def test_nic_that_a_later_list_lacks_is_gone_where_its_detach_is_lost():
    _, attachments = ledger(*operation("1", 1, [], 2, [1]), *operation("3", 10, [], 12, [3]))
    assert attachments == [(1, 2, 12), (3, 12, None)]


@pytest.mark.parametrize("kept", [0, 1])
def test_work_grows_with_the_lists_and_not_with_their_square(kept):
    def work(count):
        listings = []
        for number in range(count):
            # One NIC that stays, and each operation's own, which goes again or stays for a while.
            before = [1, *range(max(2, number + 2 - 8 * kept), number + 2)]
            for phase, ports in (("start", before), ("end", [*before, number + 2])):
                event = listing(str(number), 2 * number + (phase == "end"), *ports, phase=phase)
                listings.append(Listing(*(getattr(event, name) for name in Listing._fields)))
        Lists(listings).stays()

    assert growth(work, 60) < 5
