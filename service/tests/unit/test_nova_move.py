import datetime as dt

import pytest
from nova_notifications import fixed_ip, instance_payload, ip_payload, versioned

from notifications import INSTANCE, PORT, body, payload
from vifcast.errors import NotificationError
from vifcast.model import Action, Event, FixedIp, Phase, Source
from vifcast.notification.event_types import MOVE_LEGACY, MOVE_VERSIONED
from vifcast.notification.interpret import interpret

NOW = dt.datetime(2026, 11, 22, 14, tzinfo=dt.UTC)
RESIZED = "compute.instance.finish_resize.end"


def event(of: bytes) -> Event:
    found = interpret(of, NOW, 1 << 20)
    assert isinstance(found, Event)
    return found


@pytest.mark.parametrize("event_type", sorted(MOVE_LEGACY))
def test_legacy_move_is_an_event_about_the_instance(event_type):
    found = event(body(event_type, payload=payload()))
    assert (found.source, found.action, found.phase) == (
        Source.NOVA_INSTANCE,
        Action.MOVE,
        Phase.END,
    )
    assert (found.operation_id, found.correlation_id, found.cause) == (None, None, None)
    assert (found.instance_id, found.instance_name, found.nics) == (INSTANCE, "vm-1", None)


@pytest.mark.parametrize("event_type", sorted(MOVE_VERSIONED))
def test_versioned_move_names_the_ports(event_type):
    found = event(versioned(event_type))
    assert (found.source, found.action) == (Source.NOVA_INSTANCE, Action.MOVE)
    assert (found.instance_id, found.port_id) == (INSTANCE, PORT)
    assert found.nics is not None
    assert [nic.fixed_ips for nic in found.nics] == [(FixedIp("192.0.2.7", 4),)]


def test_host_is_the_one_in_the_payload():
    # As nova-conductor sends it, which reverts a resize across cells.
    sent = payload(host="compute-2")
    event_type = "compute.instance.resize.revert.end"
    assert event(body(event_type, payload=sent, publisher_id="compute.c-1")).compute_host == (
        "compute-2"
    )
    sent = instance_payload(host="compute-2")
    assert event(versioned("instance.resize_revert.end", sent)).compute_host == "compute-2"


def test_host_is_the_publisher_where_the_payload_names_none():
    sent = body(RESIZED, payload=payload(host=None), publisher_id="compute.compute-2")
    assert event(sent).compute_host == "compute-2"


@pytest.mark.parametrize("event_type", ["compute.instance.rebuild.end", "instance.rebuild.end"])
def test_evacuated_instance_is_where_it_was_rebuilt(event_type):
    if event_type.startswith("compute."):
        sent = body(event_type, payload=payload(host="dead"), publisher_id="compute.compute-2")
    else:
        sent = versioned(
            event_type, instance_payload(host="dead"), publisher_id="nova-compute:compute-2"
        )
    assert event(sent).compute_host == "compute-2"


def test_offloaded_instance_is_on_no_host_whoever_says_so():
    sent = body("compute.instance.shelve_offload.end", payload=payload(host=None))
    assert event(sent).compute_host is None
    assert event(versioned("instance.shelve_offload.end")).compute_host is None


def test_list_that_is_missing_says_nothing():
    assert (
        event(versioned("instance.unshelve.end", instance_payload(ip_addresses=None))).nics is None
    )
    assert event(body(RESIZED, payload=payload(fixed_ips=[fixed_ip()]))).mac_address
    assert event(versioned("instance.unshelve.end", instance_payload(ip_addresses=[]))).nics == ()


def test_only_nic_is_the_events_own():
    sent = instance_payload(ip_addresses=[ip_payload(), ip_payload(port_uuid="other", mac="x")])
    assert event(versioned("instance.unshelve.end", sent)).port_id is None


@pytest.mark.parametrize(
    "event_type",
    [
        "compute.instance.resize.end",
        "compute.instance.resize.prep.end",
        "compute.instance.resize.confirm.end",
        "compute.instance.finish_resize.start",
        "compute.instance.live_migration.pre.end",
        "compute.instance.live_migration._post.end",
        "compute.instance.live_migration._rollback.end",
        "compute.instance.live_migration.rollback.dest.end",
        "compute.instance.rebuild.error",
        "compute.instance.shelve.end",
        "instance.resize.end",
        "instance.resize_confirm.end",
        "instance.live_migration_post.end",
        "instance.live_migration_rollback.end",
        "instance.evacuate",
    ],
)
def test_other_steps_of_a_move_are_no_events(event_type):
    assert interpret(body(event_type), NOW, 1 << 20) is None


def test_move_of_no_instance_is_refused():
    with pytest.raises(NotificationError) as refused:
        event(body(RESIZED, payload={"host": "compute-2"}))
    assert refused.value.code == "no_instance_id"
