"""Nova's own Neutron API with a Neutron in this process behind it.

What is Nova's own: all that builds the list of an instance's NICs anew, and writes it to
the database (``get_instance_nw_info`` and what it calls). Ports are made, bound and deleted
here.
"""

import contextlib
import threading
import uuid

try:
    from nova.network.neutron import API
except ImportError:  # before Ussuri
    from nova.network.neutronv2.api import API

from nova.network import model

from lab.compute import HOST
from lab.network import NETWORK_ID, make_vif


class Ports(object):
    """Neutron's ports, as its client shows them to Nova.

    :param before_list: called before each list of them
    """

    def __init__(self, before_list):
        self._before_list = before_list
        self._ports = {}  # id -> dict
        self._next = 10

    def create(self, port_id=None, ip_address=None):
        """A port without a server; returns its id."""
        if ip_address is None:
            self._next = self._next + 1 if self._next < 250 else 11
            ip_address = "192.0.2.%d" % self._next
        port_id = port_id or str(uuid.uuid4())
        self._ports[port_id] = {
            "id": port_id,
            "network_id": NETWORK_ID,
            "device_id": "",
            "ip_address": str(ip_address),
            "binding:host_id": "",
            "binding:vif_type": "unbound",
        }
        return port_id

    def bind(self, port_id, instance_uuid):
        """Give a port to a server, in Neutron alone."""
        self._ports[port_id].update(
            {"device_id": instance_uuid, "binding:host_id": HOST, "binding:vif_type": "ovs"}
        )

    def unbind(self, port_id):
        """Take it from its server, in Neutron alone."""
        self._ports[port_id].update(
            {"device_id": "", "binding:host_id": "", "binding:vif_type": "unbound"}
        )

    def delete(self, port_id):
        """Delete a port; what is not there is left alone."""
        self._ports.pop(port_id, None)

    def __contains__(self, port_id):
        return port_id in self._ports

    def __getitem__(self, port_id):
        return self._ports[port_id]

    def list_ports(self, device_id, **search_opts):
        """As neutronclient's."""
        self._before_list()
        return {"ports": [p for p in self._ports.values() if p["device_id"] == device_id]}


class Network(API):
    """In the place of ``ComputeManager.network_api``.

    ``fail[name]`` is an exception that the call ``name`` raises;
    ``during[name]`` is called with no arguments while it runs;
    ``calls`` lists the names of the calls made by Nova itself; ``ports`` is its Neutron.
    """

    def __init__(self, nova_major):
        self.fail = {}
        self.during = {}
        self.calls = []
        self.ports = Ports(lambda: self._meddle("list_ports"))
        self._nova_major = nova_major

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
        if port_id in self._get_preexisting_port_ids(instance):
            if port_id in self.ports:
                self.ports.unbind(port_id)
        else:
            self.ports.delete(port_id)
        self._called("deallocate_port_for_instance")
        network_info = self.get_instance_nw_info(context, instance)
        return network_info if self._nova_major < 19 else (network_info, {})

    def get_instance_nw_info(self, context, instance, **kwargs):
        return super(Network, self).get_instance_nw_info(
            context, instance, admin_client=self.ports, **kwargs
        )

    def show_port(self, context, port_id):
        from nova import exception

        self._meddle("show_port")
        if port_id not in self.ports:
            raise exception.PortNotFound(port_id=port_id)
        return {"port": dict(self.ports[port_id])}

    def list_ports(self, context, **search_opts):
        return self.ports.list_ports(**search_opts)

    @contextlib.contextmanager
    def held_up(self, name):
        """No call ``name`` goes on while the block runs."""
        go_on = threading.Event()
        self.during[name] = lambda: go_on.wait(30)
        try:
            yield
        finally:
            go_on.set()

    def unbind_ports(self, *args, **kwargs):
        pass

    def _allocate(self, context, instance, port_id, ip_address):
        mine = [port_id] if port_id else []
        if port_id is None or port_id not in self.ports:
            port_id = self.ports.create(port_id, ip_address)
        self.ports.bind(port_id, instance.uuid)
        self._meddle("bound")
        network_info = self.get_instance_nw_info(
            context, instance, networks=[], port_ids=[port_id], preexisting_port_ids=mine
        )
        return model.NetworkInfo([vif for vif in network_info if vif["id"] == port_id])

    def _build_vif_model(self, context, client, port, networks, preexisting_port_ids):
        return make_vif(port["id"], port["ip_address"], port["id"] in preexisting_port_ids)

    def _get_available_networks(self, *args, **kwargs):
        return []

    def _called(self, name):
        self.calls.append(name)
        self._meddle(name)

    def _meddle(self, name):
        if name in self.during:
            self.during[name]()
        if name in self.fail:
            raise self.fail[name]
