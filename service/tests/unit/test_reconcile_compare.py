from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vifcast.reconcile.compare import DifferenceKind, agree, compare
from vifcast.reconcile.nic import Cloud, CloudServer, KnownNic, Port


def nic(number=1, **changes):
    values = {
        "port_id": f"port-{number}",
        "instance_id": "server-1",
        "network_id": "network-1",
        "mac_address": f"fa:16:3e:00:00:{number:02x}",
        "addresses": (f"192.0.2.{number}",),
        "compute_host": "compute-1",
    }
    return KnownNic(**values | changes)


def by_port(*nics):
    return {each.port_id: each for each in nics}


def cloud(interfaces, ports, servers=("server-1",), owner="compute:nova"):
    return Cloud(
        servers={
            each: CloudServer(
                id=each,
                name="vm",
                project_id="project-1",
                compute_host="compute-1",
                task_state=None,
            )
            for each in servers
        },
        # Nova's os-interface does not say the host.
        interfaces={each.port_id: replace(each, compute_host=None) for each in interfaces},
        ports={each.port_id: Port(nic=each, device_owner=owner) for each in ports},
        gone=frozenset(),
        project_id=None,
        sees_all=True,
    )


def test_equal_sides_differ_in_nothing():
    assert compare(by_port(nic(1), nic(2)), by_port(nic(2), nic(1))) == []


def test_nic_that_only_the_cloud_has_is_missing():
    (found,) = compare({}, by_port(nic()))
    assert (found.kind, found.ledger, found.cloud) == (DifferenceKind.MISSING, None, nic())


def test_nic_that_only_the_ledger_has_is_stale():
    (found,) = compare(by_port(nic()), {})
    assert (found.kind, found.ledger, found.cloud) == (DifferenceKind.STALE, nic(), None)


@pytest.mark.parametrize(
    "changes",
    [
        {"mac_address": "fa:16:3e:ff:ff:ff"},
        {"addresses": ()},
        {"addresses": ("192.0.2.1", "2001:db8::1")},
        {"network_id": "network-2"},
        {"instance_id": "server-2"},
        {"compute_host": "compute-2"},
    ],
)
def test_each_field_may_differ(changes):
    (found,) = compare(by_port(nic()), by_port(nic(**changes)))
    assert (found.kind, found.fields) == (DifferenceKind.DIFFERING, tuple(changes))


def test_what_the_ledger_does_not_know_differs():
    (found,) = compare(by_port(nic(mac_address=None)), by_port(nic()))
    assert found.fields == ("mac_address",)


def test_what_the_cloud_does_not_say_is_not_compared():
    assert compare(by_port(nic()), by_port(nic(compute_host=None))) == []


def test_disputed_port_is_left_out():
    assert compare(by_port(nic(1)), by_port(nic(2)), {"port-1", "port-2"}) == []


def test_nic_known_by_its_mac_is_the_port_with_that_mac_on_its_server():
    known = nic(port_id=None)
    (found,) = compare({"mac:fa:16:3e:00:00:01": known}, by_port(nic()))
    assert (found.nic, found.kind, found.fields) == (
        "port-1",
        DifferenceKind.DIFFERING,
        ("port_id",),
    )


def test_nic_known_by_its_mac_that_is_on_no_server_is_stale():
    known = nic(port_id=None)
    elsewhere = nic(2, instance_id="server-2", mac_address=known.mac_address)
    stale, missing = compare({"mac:fa:16:3e:00:00:01": known}, by_port(elsewhere))
    assert (stale.nic, stale.kind) == ("mac:fa:16:3e:00:00:01", DifferenceKind.STALE)
    assert missing.kind is DifferenceKind.MISSING


nics = st.dictionaries(
    st.sampled_from([f"port-{number}" for number in range(6)]),
    st.tuples(
        st.sampled_from(["server-1", "server-2"]),
        st.sampled_from([None, "fa:16:3e:00:00:01", "fa:16:3e:00:00:02"]),
        st.sampled_from([(), ("192.0.2.1",), ("192.0.2.1", "192.0.2.2")]),
    ),
).map(
    lambda nics: {
        port: KnownNic(port_id=port, instance_id=server, mac_address=mac, addresses=addresses)
        for port, (server, mac, addresses) in nics.items()
    }
)


@given(nics, nics)
def test_ledger_that_takes_what_was_found_differs_in_nothing(ledger, in_cloud):
    corrected = dict(ledger)
    for found in compare(ledger, in_cloud):
        if found.cloud is None:
            del corrected[found.nic]
        else:
            corrected[found.nic] = found.cloud
    assert compare(corrected, in_cloud) == []
    assert corrected.keys() == in_cloud.keys()


def test_nova_and_neutron_agree_and_complete_each_other():
    nics, disagreements = agree(cloud([nic()], [nic(compute_host=None)]))
    assert disagreements == []
    assert nics == {
        "port-1": nic(instance_name="vm", project_id="project-1", compute_host="compute-1")
    }


def test_ports_of_routers_and_the_like_are_no_nics():
    in_cloud = cloud([], [nic(instance_id="router-1")], owner="network:router_interface")
    assert agree(in_cloud) == ({}, [])


@pytest.mark.parametrize(
    ("in_cloud", "sentence"),
    [
        (
            cloud([nic()], []),
            "Neutron has no such port, or one that belongs to nothing",
        ),
        (
            cloud([nic()], [nic(instance_id="server-9")]),
            "Nova lists it on server server-1 (vm), Neutron says that it belongs to server-9",
        ),
        (
            cloud([nic()], [nic()], owner=""),
            "Neutron says that its owner is nobody: Nova did not attach it",
        ),
        (
            cloud([nic(addresses=("192.0.2.1", "192.0.2.2"))], [nic(addresses=())]),
            "on server server-1 (vm); addresses: Nova 192.0.2.1, 192.0.2.2, Neutron none",
        ),
        (
            cloud([nic()], [nic(compute_host="compute-2")]),
            "on server server-1 (vm); host: Nova compute-1, Neutron compute-2",
        ),
        (
            cloud([], [nic()]),
            "Neutron says that it belongs to server server-1 (vm), Nova does not list it there",
        ),
        (
            cloud([], [nic()], servers=()),
            "Neutron says that it belongs to server server-1, which Nova does not list",
        ),
    ],
)
def test_disagreement_is_reported_and_the_port_is_no_nic(in_cloud, sentence):
    nics, (disagreement,) = agree(in_cloud)
    assert nics == {}
    assert disagreement.port_id == "port-1"
    assert disagreement.text.endswith(sentence)
