import datetime as dt

from notifications import INSTANCE, PORT, body
from vifcast.model import Action, FixedIp, Nic, Phase, Source
from vifcast.notification.interpret import interpret
from vifcast.notification.reconcile import sighting_event

NOW = dt.datetime(2026, 11, 22, 14, tzinfo=dt.UTC)
NIC = Nic(
    instance_id=INSTANCE,
    port_id=PORT,
    mac_address="fa:16:3e:00:00:07",
    fixed_ips=(FixedIp("192.0.2.7", 4, "192.0.2.0/24"),),
)


def test_sighting_says_where_the_port_is_and_what_was_found():
    found = sighting_event(NIC, NOW, {"finding": "missing"}, project_id="p", compute_host="c1")
    assert found.source is Source.RECONCILE
    assert (found.action, found.phase) == (Action.SIGHTING, Phase.END)
    assert (found.instance_id, found.port_id, found.fixed_ips) == (INSTANCE, PORT, NIC.fixed_ips)
    assert found.nics == (NIC,)
    assert (found.project_id, found.compute_host) == ("p", "c1")
    assert found.occurred_at == found.received_at == NOW
    assert found.event_type == "vifcast.reconcile"
    assert found.payload == '{"finding":"missing"}'
    assert (found.operation_id, found.cause) == (None, None)


def test_every_sighting_is_a_message_of_its_own():
    assert sighting_event(NIC, NOW, {}).message_id != sighting_event(NIC, NOW, {}).message_id


def test_secrets_in_what_was_found_are_not_kept():
    assert sighting_event(NIC, NOW, {"port": {"token": "t"}}).payload == '{"port":{}}'


def test_who_claims_on_the_bus_to_be_us_is_not_believed():
    assert interpret(body("vifcast.reconcile", payload={"port_id": PORT}), NOW, 1 << 20) is None
