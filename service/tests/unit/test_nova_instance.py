import datetime as dt

import pytest
from nova_notifications import fixed_ip, instance_payload, ip_payload, versioned

from notifications import INSTANCE, PORT, body, payload
from vifcast.errors import NotificationError
from vifcast.model import Action, Event, FixedIp, Nic, Phase, Source
from vifcast.notification.interpret import interpret

NOW = dt.datetime(2026, 11, 22, 14, tzinfo=dt.UTC)
CREATED, DELETED = "compute.instance.create.end", "compute.instance.delete.end"


def event(of: bytes) -> Event:
    found = interpret(of, NOW, 1 << 20)
    assert isinstance(found, Event)
    return found


def test_new_instance_comes_with_its_nics_whose_ports_legacy_does_not_name():
    other = fixed_ip(vif_mac="fa:16:3e:00:00:08", address="198.51.100.9", label="public")
    sixth = fixed_ip(address="2001:db8::7", version=6)
    found = event(body(CREATED, payload=payload(fixed_ips=[fixed_ip(), other, sixth])))
    assert found.source is Source.NOVA_INSTANCE
    assert (found.action, found.phase) == (Action.CREATE, Phase.END)
    assert (found.operation_id, found.correlation_id, found.cause) == (None, None, None)
    assert found.nics == (
        Nic(
            instance_id=INSTANCE,
            mac_address="fa:16:3e:00:00:07",
            network_label="private",
            fixed_ips=(FixedIp("192.0.2.7", 4), FixedIp("2001:db8::7", 6)),
        ),
        Nic(
            instance_id=INSTANCE,
            mac_address="fa:16:3e:00:00:08",
            network_label="public",
            fixed_ips=(FixedIp("198.51.100.9", 4),),
        ),
    )
    assert found.mac_address is None


def test_only_nic_is_the_events_own():
    found = event(body(CREATED, payload=payload(fixed_ips=[fixed_ip()])))
    assert found.mac_address == "fa:16:3e:00:00:07"
    assert found.fixed_ips == (FixedIp("192.0.2.7", 4),)
    assert found.network_label == "private"
    found = event(versioned("instance.create.end"))
    assert (found.port_id, found.device_name) == (PORT, "tap966bbc6c-3d")


def test_list_that_is_missing_says_nothing_and_an_empty_one_does():
    assert event(body(CREATED, payload=payload())).nics is None
    assert event(body(CREATED, payload=payload(fixed_ips=[]))).nics == ()


def test_versioned_creation_names_the_ports():
    found = event(versioned("instance.create.end", instance_payload(ip_addresses=[ip_payload()])))
    assert found.source is Source.NOVA_INSTANCE
    assert found.nics is not None
    assert [nic.port_id for nic in found.nics] == [PORT]


@pytest.mark.parametrize("change", ["create_ip", "delete_ip"])
def test_changed_addresses_are_seen_on_the_instance(change):
    sent = payload(fixed_ips=[fixed_ip(address="192.0.2.9")])
    found = event(body(f"compute.instance.{change}.end", payload=sent))
    assert (found.action, found.source) == (Action.SIGHTING, Source.NOVA_INSTANCE)
    assert found.nics == (
        Nic(
            instance_id=INSTANCE,
            mac_address="fa:16:3e:00:00:07",
            network_label="private",
            fixed_ips=(FixedIp("192.0.2.9", 4),),
        ),
    )


@pytest.mark.parametrize(
    "sent",
    [
        body(DELETED, payload=payload()),
        body("compute.instance.force_delete.end", payload=payload(), publisher_id="api.api-1"),
        versioned("instance.delete.end", instance_payload(ip_addresses=None)),
    ],
)
def test_deleted_instance_has_no_list(sent):
    found = event(sent)
    assert (found.action, found.phase) == (Action.DELETE, Phase.END)
    assert (found.instance_id, found.nics) == (INSTANCE, None)


@pytest.mark.parametrize(
    ("event_type", "publisher_id", "sent"),
    [(DELETED, "api.api-1", payload()), ("instance.delete.end", "nova-api:api-1", None)],
)
def test_host_of_what_the_api_deletes_is_the_instances(event_type, publisher_id, sent):
    found = event(versioned(event_type, sent, publisher_id=publisher_id))
    assert found.compute_host == "compute-1"


def test_host_of_what_never_had_one_is_nobodys():
    sent = payload(host=None)
    assert event(body(DELETED, payload=sent, publisher_id="api.api-1")).compute_host is None


@pytest.mark.parametrize(
    "event_type",
    [
        "compute.instance.create.start",
        "compute.instance.create.error",
        "compute.instance.delete.start",
        "compute.instance.soft_delete.end",
        "instance.create.error",
        "instance.soft_delete.end",
        "instance.delete.start",
    ],
)
def test_other_steps_of_an_instance_are_no_events(event_type):
    assert interpret(body(event_type), NOW, 1 << 20) is None


@pytest.mark.parametrize(
    "fixed_ips",
    ["192.0.2.7", ["192.0.2.7"], [fixed_ip(address=None)], [fixed_ip(vif_mac=7)]],
)
def test_of_an_odd_list_the_good_part_is_kept_with_a_note(fixed_ips):
    good = [fixed_ip(vif_mac="fa:16:3e:00:00:08")]
    found = event(body(CREATED, payload=payload(fixed_ips=fixed_ips)))
    assert found.notes
    assert [nic.fixed_ips for nic in found.nics or ()] in ([], [()])
    if isinstance(fixed_ips, list):
        found = event(body(CREATED, payload=payload(fixed_ips=fixed_ips + good)))
        assert found.nics is not None
        assert found.nics[-1].mac_address == "fa:16:3e:00:00:08"


def test_creation_of_no_instance_is_refused():
    with pytest.raises(NotificationError) as refused:
        event(body(CREATED, payload={"fixed_ips": []}))
    assert refused.value.code == "no_instance_id"
