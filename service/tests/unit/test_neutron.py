import datetime as dt
import json
from pathlib import Path

import pytest
from neutron_notifications import (
    NETWORK,
    PROJECT,
    RECENT,
    UNBOUND,
    created,
    deleted,
    port,
    port_event,
    seen_by_tenant,
    updated,
)

from notifications import CATALOG_URL, INSTANCE, PORT, TOKEN
from vifcast.errors import NotificationError
from vifcast.model import Action, Event, FixedIp, Nic, Phase, Source
from vifcast.notification.interpret import interpret

INPUTS = Path(__file__).parents[1] / "inputs"
NOW = dt.datetime(2026, 11, 22, 14, tzinfo=dt.UTC)
ON_ITS_SERVER = Nic(
    instance_id=INSTANCE,
    port_id=PORT,
    mac_address="fa:16:3e:00:00:07",
    network_id=NETWORK,
    fixed_ips=(FixedIp("192.0.2.7", 4),),
    vif_type="ovs",
    vnic_type="normal",
)


def event(of: bytes) -> Event:
    found = interpret(of, NOW, 1 << 20)
    assert isinstance(found, Event)
    return found


def instances(of: bytes) -> list[str | None]:
    nics = event(of).nics
    assert nics is not None
    return [nic.instance_id for nic in nics]


@pytest.mark.parametrize("more", [{}, RECENT], ids=["Queens", "2026.2"])
@pytest.mark.parametrize("send", [created, updated, deleted])
def test_port_of_a_server_is_seen_on_it(send, more):
    found = event(send(port(**more)))
    assert found.source is Source.NEUTRON
    assert (found.action, found.phase) == (Action.SIGHTING, Phase.END)
    assert (found.operation_id, found.correlation_id, found.cause) == (None, None, None)
    assert found.nics == (ON_ITS_SERVER,)
    assert (found.instance_id, found.compute_host) == (INSTANCE, "compute-1")
    assert (found.port_id, found.network_id) == (PORT, NETWORK)
    assert (found.mac_address, found.fixed_ips) == ("fa:16:3e:00:00:07", ON_ITS_SERVER.fixed_ips)
    assert (found.vif_type, found.vnic_type) == ("ovs", "normal")
    assert (found.project_id, found.user_id) == (PROJECT, "nova")


def test_request_is_neutrons_own_and_the_global_one_what_nova_passed_on():
    found = event(updated(port()))
    assert (found.request_id, found.global_request_id) == ("req-neutron", "req-nova")


def test_global_request_id_that_neutron_never_had_is_null():
    body = updated(port())
    assert b"req-nova" in body
    found = event(body.replace(b'\\"req-nova\\"', b"null"))
    assert (found.request_id, found.global_request_id) == ("req-neutron", None)


def test_nothing_of_the_context_is_kept():
    kept = event(updated(port())).payload
    assert TOKEN not in kept
    assert CATALOG_URL not in kept


def test_port_that_was_let_go_is_on_no_instance():
    found = event(updated(port(**UNBOUND)))
    assert (found.instance_id, found.compute_host, found.port_id) == (None, None, PORT)
    assert instances(updated(port(**UNBOUND))) == [None]


def test_what_a_tenant_may_not_see_is_not_known():
    found = event(updated(seen_by_tenant(port())))
    assert (found.instance_id, found.mac_address) == (INSTANCE, "fa:16:3e:00:00:07")
    assert (found.compute_host, found.vif_type, found.vnic_type) == (None, None, None)


def test_ports_made_in_bulk_are_each_in_the_list():
    second = port(id="966bbc6c-0000-4000-8000-97c83ff5b0e5", device_id="other")
    found = event(created(port(), second, port(device_owner="network:dhcp")))
    assert found.nics is not None
    assert [nic.instance_id for nic in found.nics] == [INSTANCE, "other"]
    assert (found.instance_id, found.port_id) == (None, None)
    assert (found.compute_host, found.project_id) == ("compute-1", PROJECT)


def test_ports_of_one_instance_made_in_bulk_are_its():
    second = port(id="966bbc6c-0000-4000-8000-97c83ff5b0e5", **{"binding:host_id": "compute-2"})
    found = event(created(port(), second))
    assert (found.instance_id, found.compute_host) == (INSTANCE, None)


@pytest.mark.parametrize(
    "owner", ["network:router_interface", "network:dhcp", "network:floatingip", "trunk:subport"]
)
@pytest.mark.parametrize("send", [created, updated, deleted])
def test_port_that_neutron_only_takes_when_it_is_free_is_nothing_to_us(send, owner):
    assert interpret(send(port(device_owner=owner)), NOW, 1 << 20) is None


@pytest.mark.parametrize("owner", ["Octavia", "baremetal:none", "my:own"])
def test_port_of_another_owner_is_nothing_new_and_later_on_no_instance(owner):
    assert interpret(created(port(device_owner=owner)), NOW, 1 << 20) is None
    assert instances(updated(port(device_owner=owner))) == [None]
    assert instances(deleted(port(device_owner=owner))) == [None]


@pytest.mark.parametrize("payload", [{"port_id": PORT}, {"port_id": PORT, "port": {}}])
def test_deletion_that_only_names_the_port_is_one(payload):
    found = event(port_event("port.delete.end", payload))
    assert found.nics == (Nic(port_id=PORT),)


@pytest.mark.parametrize(
    "event_type", ["port.create.start", "port.update.start", "network.create.end"]
)
def test_other_notifications_of_neutron_are_no_events(event_type):
    assert interpret(port_event(event_type, {"port": port()}), NOW, 1 << 20) is None


@pytest.mark.parametrize(
    "broken",
    [
        port_event("port.update.end", {}),
        port_event("port.update.end", {"port": [port()]}),
        port_event("port.create.end", {"ports": {"a": 1}}),
        port_event("port.create.end", {"ports": ["port"]}),
        port_event("port.delete.end", {"port": {"device_id": INSTANCE}}),
        port_event("port.delete.end", {}),
        updated(port(id=None)),
        updated(port(device_owner=None)),
        updated(port(device_id=7)),
        updated(port(device_owner="compute:nova", device_id=["x"])),
    ],
)
def test_malformed_port_is_refused(broken):
    with pytest.raises(NotificationError) as refused:
        interpret(broken, NOW, 1 << 20)
    assert refused.value.code == "payload_invalid"


def test_good_ports_of_a_bulk_are_kept_beside_those_that_say_too_little():
    bad = [port(id=7), port(device_owner=None), port(device_id=7), "port"]
    found = interpret(port_event("port.create.end", {"ports": [*bad, port()]}), NOW, 1 << 20)
    assert isinstance(found, Event)
    assert [nic.port_id for nic in found.nics or ()] == [PORT]
    assert len(found.notes) == len(bad)


@pytest.mark.parametrize("fixed_ips", ["192.0.2.7", [{"ip_address": "here"}], [{}], [7]])
def test_odd_addresses_of_a_port_are_left_out_with_a_note(fixed_ips):
    found = interpret(updated(port(fixed_ips=fixed_ips)), NOW, 1 << 20)
    assert isinstance(found, Event)
    assert (found.port_id, found.fixed_ips) == (PORT, ())
    assert found.notes


@pytest.mark.parametrize(
    "binding",
    [
        {"binding:vnic_type": "baremetal", "binding:host_id": "ctl-1"},
        {"binding:vnic_type": "smart-nic", "binding:host_id": "agent-1"},
        # A port that was made as a normal one, and that Ironic has bound.
        {"binding:host_id": "7c1e0f52-33aa-4f7e-9d0b-5a5b6c7d8e9f"},
        {"binding:host_id": ""},
    ],
)
def test_what_a_port_of_bare_metal_is_bound_to_is_no_compute_host(binding):
    assert event(updated(port(**binding))).compute_host is None


def test_port_of_the_cloud_with_bare_metal_has_no_compute_host():
    inner = json.loads((INPUTS / "ironic-node.json").read_text())
    sent = json.dumps({"oslo.version": "2.0", "oslo.message": json.dumps(inner)})
    found = event(sent.encode())
    assert (found.vnic_type, found.compute_host) == ("baremetal", None)
