"""What is made of a VIF, however odd, without a Nova."""

import copy
import json

import pytest
from lab import contract

from vifcast_nova.notify import operation, vif

GOOD = {
    "id": "966bbc6c-3dc7-4512-9d7a-97c83ff5b0e5",
    "address": "fa:16:3e:00:00:07",
    "network": {
        "id": "aaaaaaaa-0000-4000-8000-000000000001",
        "label": "private",
        "subnets": [
            {"cidr": "192.0.2.0/24", "ips": [{"address": "192.0.2.7", "version": 4}]},
            {"cidr": "2001:db8::/64", "ips": [{"address": "2001:db8::7", "version": 6}]},
        ],
    },
    "type": "ovs",
    "vnic_type": "normal",
    "devname": "tap966bbc6c-3d",
}
ODD = [None, "", 0, 7, 1.5, True, [], {}, ["x"], {"x": 1}, "x" * 300, u"\u0130" * 255, b"\xff"]
PLACES = [(key,) for key in GOOD] + [
    ("network", "id"),
    ("network", "label"),
    ("network", "subnets"),
    ("network", "subnets", 0),
    ("network", "subnets", 0, "cidr"),
    ("network", "subnets", 0, "ips"),
    ("network", "subnets", 0, "ips", 0),
    ("network", "subnets", 0, "ips", 0, "address"),
    ("network", "subnets", 0, "ips", 0, "version"),
]


class Instance(object):
    uuid = "5c2dea1e-7d4d-4a45-9f0b-000000000002"


def changed(place, odd):
    vif = copy.deepcopy(GOOD)
    inside = vif
    for step in place[:-1]:
        inside = inside[step]
    if odd is KeyError:
        inside.pop(place[-1])
    else:
        inside[place[-1]] = odd
    return vif


def interface_of(vif):
    attach = operation.Operation(operation.ATTACH, operation.BY_API, None, None, Instance())
    attach.learn(vif)
    # As it is on the bus.
    return json.loads(json.dumps(attach.interface()))


@pytest.mark.parametrize(
    ("spelled", "canonical"), contract.MAC_ADDRESSES, ids=lambda value: repr(value)[:50]
)
def test_mac_is_spelled_as_the_contract_says(spelled, canonical):
    assert vif.mac(spelled) == canonical


@pytest.mark.parametrize("place", PLACES, ids=lambda place: ".".join(map(str, place)))
def test_whatever_stands_in_a_vif_the_interface_keeps_to_its_schema(place):
    for odd in ODD + [KeyError]:
        interface = interface_of(changed(place, odd))
        contract.check_interface(interface)
        if place not in {("id",), ("network",)}:
            assert interface["port_id"] == GOOD["id"]
        if place != ("address",):
            assert interface["mac_address"] == GOOD["address"]


def test_addresses_around_an_odd_one_stay():
    interface = interface_of(changed(("network", "subnets", 0, "ips", 0, "address"), None))
    assert [ip["ip_address"] for ip in interface["fixed_ips"]] == ["2001:db8::7"]


@pytest.mark.parametrize("wanted", ODD, ids=lambda value: repr(value)[:50])
def test_odd_arguments_of_the_call_keep_to_the_schema(wanted):
    names = ("port_id", "network_id", "requested_ip", "tag")
    attach = operation.Operation(
        operation.ATTACH,
        operation.BY_API,
        None,
        None,
        Instance(),
        **dict.fromkeys(names, wanted)
    )
    contract.check_interface(json.loads(json.dumps(attach.interface())))


def test_vif_without_a_port_is_not_found():
    assert vif.find([{"address": "fa:16:3e:00:00:07"}, GOOD], GOOD["id"]) is GOOD
