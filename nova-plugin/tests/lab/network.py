"""A network API in the place of Neutron's client: the calls of attach and detach.

It keeps the instance's info cache in the database as Nova's own does, and can be
told to fail, or to do something, at any of its calls.
"""

import uuid

from nova.network import model

NETWORK_ID = "aaaaaaaa-0000-4000-8000-000000000001"
CIDR = "192.0.2.0/24"


def make_vif(port_id, ip_address):
    """A bound VIF with one fixed IP, as Neutron's data makes it."""
    last = int(ip_address.rsplit(".", 1)[1])
    subnet = model.Subnet(
        cidr=CIDR,
        gateway=model.IP("192.0.2.1", type="gateway"),
        dns=[],
        routes=[],
        ips=[model.FixedIP(address=ip_address)],
    )
    network = model.Network(
        id=NETWORK_ID, bridge="br-int", label="private", subnets=[subnet], mtu=1450
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
    )


class Network(object):
    """In the place of ``ComputeManager.network_api``.

    ``fail[name]`` is an exception that the call ``name`` raises;
    ``during[name]`` is called with no arguments while it runs;
    ``calls`` lists the names of the calls made.
    """

    def __init__(self, nova_major):
        self.fail = {}
        self.during = {}
        self.calls = []
        self._nova_major = nova_major
        self._next = 10

    def create_resource_requests(self, *args, **kwargs):
        self._called("create_resource_requests")
        return (None, [], None) if self._nova_major >= 24 else (None, [])

    def allocate_for_instance(self, context, instance, requested, *args, **kwargs):
        self._called("allocate_for_instance")
        wanted = getattr(requested, "objects", requested)[0]
        return self._allocate(context, instance, wanted.port_id, wanted.address)

    def allocate_port_for_instance(
        self,
        context,
        instance,
        port_id,
        network_id=None,
        requested_ip=None,
        bind_host_id=None,
        tag=None,
    ):
        self._called("allocate_port_for_instance")
        return self._allocate(context, instance, port_id, requested_ip)

    def deallocate_port_for_instance(self, context, instance, port_id):
        self._called("deallocate_port_for_instance")
        kept = [v for v in instance.info_cache.network_info if v["id"] != port_id]
        self._save(context, instance, kept)
        network_info = instance.info_cache.network_info
        return network_info if self._nova_major < 19 else (network_info, {})

    def get_instance_nw_info(self, context, instance, **kwargs):
        return instance.info_cache.network_info

    def unbind_ports(self, *args, **kwargs):
        pass

    def _allocate(self, context, instance, port_id, ip_address):
        if ip_address is None:
            self._next = self._next + 1 if self._next < 250 else 11
            ip_address = "192.0.2.%d" % self._next
        vif = make_vif(port_id or str(uuid.uuid4()), str(ip_address))
        self._save(context, instance, list(instance.info_cache.network_info) + [vif])
        return model.NetworkInfo([vif])

    def _save(self, context, instance, vifs):
        instance.info_cache.network_info = model.NetworkInfo(vifs)
        instance.info_cache.save()

    def _called(self, name):
        self.calls.append(name)
        if name in self.during:
            self.during[name]()
        if name in self.fail:
            raise self.fail[name]
