"""How long a NIC had something, and which two cannot both have had it."""

import datetime as dt

import pytest
from msgspec.structs import replace

from ledger_events import T0
from vifcast.model import AddressPeriod, Attachment, HostPeriod
from vifcast.web.kinds import Kind
from vifcast.web.periods import conflicts, periods


def at(seconds):
    return None if seconds is None else T0 + dt.timedelta(seconds=seconds)


def attachment(name, begin, end, **changes):
    """A NIC of a server of that name, first heard of at second 5 or when it came."""
    return Attachment(
        nic=f"port-{name}", number=1, port_id=f"port-{name}", instance_id=f"server-{name}",
        instance_name=name, project_id=None, compute_host="b", network_id="network",
        network_label=None, mac_address=None, fixed_ips=(), vif_type=None, vnic_type=None,
        device_name=None, first_known_at=at(5 if begin is None else begin), attached_at=at(begin),
        detached_at=at(end), attach_operation_id=None, detach_operation_id=None, **changes,
    )  # fmt: skip


def of(each, kind=Kind.PORT, value="x", *, is_inferred=False):
    return list(periods(each, kind, value, is_inferred=is_inferred))


def test_address_is_had_for_its_own_time_and_a_host_likewise():
    nic = attachment(
        "a", 10, 90,
        addresses=(AddressPeriod("x", None, at(20)), AddressPeriod("x", at(30), None),
                   AddressPeriod("y", at(20), at(30))),
        hosts=(HostPeriod("a", None, at(50)), HostPeriod("b", at(50), None)),
    )  # fmt: skip
    spans = [(each.from_at, each.to_at) for each in of(nic, Kind.IP)]
    assert spans == [(at(10), at(20)), (at(30), at(90))]
    assert [(each.from_at, each.to_at) for each in of(nic, Kind.HOST, "b")] == [(at(50), at(90))]
    assert [(each.from_at, each.to_at) for each in of(nic)] == [(at(10), at(90))]
    (whole,) = of(nic)
    assert [whole.host_at(at(each)) for each in (10, 49, 50)] == ["a", "a", "b"]


def test_of_a_start_that_nobody_saw_it_is_likely_until_it_was_heard_of():
    (period,) = of(attachment("a", None, 90))
    assert (period.from_at, period.certain_at) == (None, at(5))
    assert [period.is_in_force(at(each)) for each in (-1000, 5, 89, 90)] == [True] * 3 + [False]
    (period,) = of(attachment("a", None, 2))
    assert period.certain_at == at(2)


@pytest.mark.parametrize(
    ("first", "second", "found"),
    [
        ((0, 50), (40, None), [(40, 50)]),
        ((0, None), (40, None), [(40, None)]),
        ((0, 40), (40, None), []),
        ((0, 40), (50, 60), []),
        # What is likely only is held against nobody.
        ((None, 50), (0, 60), [(5, 50)]),
        ((None, 5), (0, 60), []),
    ],
)
def test_two_that_overlap_are_in_conflict(first, second, found):
    both = [*of(attachment("a", *first)), *of(attachment("b", *second))]
    assert [(each.from_at, each.to_at) for each in conflicts(both, Kind.PORT)] == [
        (at(begin), at(end)) for begin, end in found
    ]


@pytest.mark.parametrize(
    ("change", "is_conflict"),
    [
        ({"network_id": "other"}, False),
        ({"network_id": None}, True),
        ({"region": "north"}, False),
        ({"nic": "port-a", "instance_id": "server-a", "number": 2}, False),
    ],
)
def test_in_two_networks_or_regions_both_may_have_it(change, is_conflict):
    first = attachment("a", 0, None, region="south")
    second = replace(attachment("b", 1, None, region="south"), **change)
    found = conflicts([*of(first), *of(second)], Kind.IP)
    assert bool(found) == is_conflict


def test_what_is_inferred_is_no_conflict_and_what_many_may_have_neither():
    first, second = attachment("a", 0, None), attachment("b", 1, None)
    assert conflicts([*of(first, is_inferred=True), *of(second)], Kind.IP) == []
    assert conflicts([*of(first), *of(second)], Kind.NETWORK) == []
