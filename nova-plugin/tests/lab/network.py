"""The one network there is, and what Nova makes of a port on it."""

from nova.network import model

NETWORK_ID = "aaaaaaaa-0000-4000-8000-000000000001"
CIDR = "192.0.2.0/24"


def make_vif(port_id, ip_address, is_preexisting=False):
    """A bound VIF with one fixed IP, as Neutron's data makes it.

    :param is_preexisting: whether the port was there before Nova, which leaves it then
    """
    last = int(ip_address.rsplit(".", 1)[1])
    subnet = model.Subnet(
        cidr=CIDR,
        gateway=model.IP("192.0.2.1", type="gateway"),
        dns=[],
        routes=[],
        ips=[model.FixedIP(address=ip_address)],
    )
    network = model.Network(
        id=NETWORK_ID,
        bridge="br-int",
        label="private",
        subnets=[subnet],
        mtu=1450,
        tenant_id="p" * 32,
    )
    return model.VIF(
        id=port_id,
        address="FA:16:3E:00:00:%02X".lower() % last,
        network=network,
        type="ovs",
        vnic_type="normal",
        devname="tap" + port_id[:11],
        active=True,
        details={},
        profile={},
        preserve_on_delete=is_preexisting,
    )
