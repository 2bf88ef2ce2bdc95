"""Which port a hand-patched attach was about, inferred from Neutron's events."""

import datetime as dt

import pytest
from msgspec.structs import replace
from steps import growth

from ledger_events import T0, make_event, make_sighting
from vifcast.ledger.change import Claimant, Sighting
from vifcast.ledger.inference import infer
from vifcast.model import Nic, Phase, Source
from whole_ledger import whole_ledger


def at(seconds):
    return T0 + dt.timedelta(seconds=seconds)


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
    history = [seen("p", None, 0), seen("p", "a", 11)]
    assert inferred(*operation(), *history) == ("p", "mac of p", True)


def test_port_that_went_meanwhile_is_the_one():
    history = [seen("p", "a", 0), seen("p", None, 11)]
    assert inferred(*operation(action="detach"), *history) == ("p", "mac of p", True)


def test_port_that_was_there_before_is_not():
    assert inferred(*operation(), seen("p", "a", 1), seen("p", "a", 11)) == (None, None, False)


def test_port_that_came_at_another_time_is_not():
    assert inferred(*operation(), seen("p", None, 0), seen("p", "a", 100)) == (None, None, False)


def test_two_that_came_leave_it_open():
    history = [seen(port, where, at) for port in "pq" for where, at in ((None, 0), ("a", 11))]
    assert inferred(*operation(), *history) == (None, None, False)


def test_novas_request_distinguishes_two_ports_that_came():
    nic = Nic(instance_id="a", port_id="q", mac_address="mac of q")
    history = [
        seen("p", None, 0),
        seen("p", "a", 11),
        seen("q", None, 0),
        make_sighting(at_s=11, nics=(nic,), global_request_id="req-nova"),
    ]
    assert inferred(*operation(), *history) == ("q", "mac of q", True)


@pytest.mark.parametrize("clock_s", [-4, 4])
def test_clocks_of_nova_and_neutron_may_be_apart(clock_s):
    history = [seen("p", None, 0), seen("p", "a", 11 + clock_s)]
    assert inferred(*operation(), *history)[0] == "p"


def test_port_that_somebody_names_is_never_inferred():
    history = [seen("q", None, 0), seen("q", "a", 11)]
    ((only,), _) = whole_ledger([*operation(port_id="p"), *history])
    assert (only.port_id, only.is_port_inferred) == ("p", False)


def ports_of(*events):
    """By operation, what was inferred."""
    operations, _ = whole_ledger(events)
    return {each.id: each.port_id for each in operations}


def named(number, at_s, **changes):
    return operation(at_s, operation_id=str(number), request_id=f"req-{number}", **changes)


def came(port_id, at_s, **changes):
    """It was nowhere, and then on the instance."""
    return [seen(port_id, None, 0), seen(port_id, "a", at_s, **changes)]


@pytest.mark.parametrize("second_at", [10, 13])
def test_change_that_either_of_two_operations_can_have_made_answers_none(second_at):
    history = [*named(1, 10), *named(2, second_at), *came("p", 11)]
    assert ports_of(*history) == {"1": None, "2": None}


@pytest.mark.parametrize("times", [(6, 14), (14, 20)])
def test_what_is_given_away_leaves_less_to_choose_from(times):
    history = [*came("p", times[0]), *came("q", times[1])]
    assert ports_of(*named(1, 10), *named(2, 16), *history) == {"1": "p", "2": "q"}


def test_change_that_neutron_made_for_one_request_answers_no_other():
    nic = Nic(instance_id="a", port_id="p")
    history = [seen("p", None, 0), make_sighting(at_s=14, nics=(nic,), global_request_id="req-1")]
    assert ports_of(*named(1, 10), *named(2, 13), *history) == {"1": "p", "2": None}


def test_port_that_comes_twice_answers_two_operations():
    history = [*came("p", 11), seen("p", None, 13), seen("p", "a", 15)]
    between = named(3, 12.5, action="detach")
    assert ports_of(*named(1, 10), *between, *named(2, 14), *history) == dict.fromkeys("123", "p")


def overlapping(action, *, first=None, second=None):
    """Two operations at once, each with what is given."""
    return [
        *named(1, 10, action=action, **first or {}),
        *named(2, 11, action=action, **second or {}),
    ]


def went(port_id, at_s, **changes):
    """It was on the instance, and then nowhere."""
    return [seen(port_id, "a", 0), seen(port_id, None, at_s, **changes)]


def test_of_two_detaches_at_once_the_one_that_is_not_named_is_of_the_port_that_remains():
    history = overlapping("detach", first={"port_id": "p"})
    assert ports_of(*history, *went("p", 11.5), *went("q", 11.6)) == {"1": "p", "2": "q"}
    history = overlapping("detach")
    assert ports_of(*history, *went("p", 11.5), *went("q", 11.6)) == {"1": None, "2": None}


def test_failed_attach_that_names_its_port_leaves_the_other_port_to_its_neighbour():
    failed = named(1, 10, port_id="p")
    failed[1] = replace(failed[1], phase=Phase.ERROR, error_class="PortBindingFailed")
    history = [*failed, *named(2, 11), *came("p", 11.5), seen("p", None, 11.7), *came("q", 11.6)]
    assert ports_of(*history) == {"1": "p", "2": "q"}


def test_ids_that_users_passed_on_part_what_neutron_did_for_two_requests():
    """Nova passes them on to Neutron, and not its own."""
    history = overlapping(
        "attach", first={"global_request_id": "A"}, second={"global_request_id": "B"}
    )
    seen_for = [*came("p", 11.5, global_request_id="B"), *came("q", 11.6, global_request_id="A")]
    assert ports_of(*history, *seen_for) == {"1": "q", "2": "p"}


def test_one_global_id_of_two_requests_decides_nothing():
    given = {"global_request_id": "A"}
    history = overlapping("attach", first=given, second=given)
    seen_for = [*came("p", 11.5, **given), *came("q", 11.6, **given)]
    assert ports_of(*history, *seen_for) == {"1": None, "2": None}
    # It narrows: what Neutron did for somebody else is neither's.
    seen_for = [*came("p", 11.5, global_request_id="other"), *came("q", 11.6, **given)]
    assert ports_of(*named(1, 10, **given), *seen_for) == {"1": "q"}


def test_request_of_neutrons_own_is_not_taken_for_novas():
    history = [*came("p", 11.5), *came("q", 11.6)]
    history = [replace(each, request_id="req-1") for each in history]
    assert ports_of(*named(1, 10), *history) == {"1": None}


@pytest.mark.parametrize("apart_s", [0, 3, 20])
def test_work_grows_with_the_operations_and_not_with_their_square(apart_s):
    def work(count):
        operations = [
            Claimant(
                "c", str(each), "attach", "succeeded", None, None,
                at(each * apart_s), at(each * apart_s + 2), at(each * apart_s), None,
                outcome_unknown=False,
            )
            for each in range(count)
        ]  # fmt: skip
        changes = [
            Sighting(
                f"{port} {where}", "port.update.end", None, at(at_s), (Nic(
                    instance_id=where, port_id=str(port)),),
            )
            for port in range(count)
            for where, at_s in ((None, -100), ("a", port * apart_s + 1))
        ]  # fmt: skip
        infer("a", operations, changes)

    assert growth(work, 50) < 5
