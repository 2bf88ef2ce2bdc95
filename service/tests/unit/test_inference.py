"""Which port a hand-patched attach was about, by what Neutron told."""

import pytest

from ledger_events import make_event, make_sighting
from vifcast.model import Nic, Source
from whole_ledger import whole_ledger


def operation(at_s=10, action="attach", **changes):
    values = {
        "source": Source.HAND_PATCH, "port_id": None, "mac_address": None, "fixed_ips": (),
        "instance_id": "a", "action": action, "request_id": "req-nova",
    }  # fmt: skip
    return [
        make_event(phase="start", at_s=at_s, **values | changes),
        make_event(phase="end", at_s=at_s + 2, **values | changes),
    ]


def seen(port_id, instance_id, at_s, **changes):
    nic = Nic(instance_id=instance_id, port_id=port_id, mac_address=f"mac of {port_id}")
    return make_sighting(at_s=at_s, nics=(nic,), request_id="req-neutron", **changes)


def inferred(*events):
    ((only,), _) = whole_ledger(events)
    return only.port_id, only.mac_address, only.is_port_inferred


def test_port_that_came_meanwhile_is_the_one():
    told = [seen("p", None, 0), seen("p", "a", 11)]
    assert inferred(*operation(), *told) == ("p", "mac of p", True)


def test_port_that_went_meanwhile_is_the_one():
    told = [seen("p", "a", 0), seen("p", None, 11)]
    assert inferred(*operation(action="detach"), *told) == ("p", "mac of p", True)


def test_port_that_was_there_before_is_not():
    assert inferred(*operation(), seen("p", "a", 1), seen("p", "a", 11)) == (None, None, False)


def test_port_that_came_at_another_time_is_not():
    assert inferred(*operation(), seen("p", None, 0), seen("p", "a", 100)) == (None, None, False)


def test_two_that_came_leave_it_open():
    told = [seen(port, where, at) for port in "pq" for where, at in ((None, 0), ("a", 11))]
    assert inferred(*operation(), *told) == (None, None, False)


def test_two_that_came_are_told_apart_by_novas_request():
    nic = Nic(instance_id="a", port_id="q", mac_address="mac of q")
    told = [
        seen("p", None, 0),
        seen("p", "a", 11),
        seen("q", None, 0),
        make_sighting(at_s=11, nics=(nic,), request_id="req-nova"),
    ]
    assert inferred(*operation(), *told) == ("q", "mac of q", True)


@pytest.mark.parametrize("clock_s", [-4, 4])
def test_clocks_of_nova_and_neutron_may_be_apart(clock_s):
    told = [seen("p", None, 0), seen("p", "a", 11 + clock_s)]
    assert inferred(*operation(), *told)[0] == "p"


def test_port_that_somebody_names_is_never_inferred():
    told = [seen("q", None, 0), seen("q", "a", 11)]
    ((only,), _) = whole_ledger([*operation(port_id="p"), *told])
    assert (only.port_id, only.is_port_inferred) == ("p", False)
