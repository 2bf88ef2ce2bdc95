"""A real ComputeManager in this process: SQLite, Nova's fake virt driver.

Nothing of Nova is patched here. Boot once per process: Nova's configuration and
its RPC are global.
"""

import datetime
import importlib
import os
import sqlite3
import uuid

from oslo_messaging import ExpectedException
from sqlalchemy import pool

from lab import novaconf, placement
from lab.copies import Copies
from lab.plugs import Plugs

PROJECT_ID, USER_ID = "p" * 32, "u" * 32
IMAGE_ID = "155d900f-4e14-4e4c-a73d-069cbf4541e6"
HOST = "compute1"


def parse_args(directory, url, notification_format="both", drivers=(), report_interval_s=0):
    """Begin as ``nova-compute``'s ``main`` does: read nova.conf, ``rpc.init``."""
    from nova import config
    from oslo_log import log
    import nova.conf

    _import_first("nova.db.main.api", "nova.db.api")
    path = novaconf.write(
        directory, url, notification_format, drivers, placement.start(), report_interval_s
    )
    config.parse_args(["nova-compute", "--config-file", path])
    log.setup(nova.conf.CONF, "nova")
    return nova.conf.CONF


# Not vifcast_outbox: Nova's own notifications are to be seen without our code between.
DRIVERS = ("messagingv2", "vifcast")


def boot(directory, url, notification_format="both", drivers=DRIVERS, report_interval_s=0):
    """Make the manager; returns a Compute.

    :param directory: str, for nova.conf, the database and nova.log
    :param url: transport_url, for RPC and for notifications
    """
    conf = parse_args(directory, url, notification_format, drivers, report_interval_s)
    from nova import objects

    objects.register_all()
    api = _import_first("nova.db.main.api", "nova.db.sqlalchemy.api")
    models = _import_first("nova.db.main.models", "nova.db.sqlalchemy.models")
    models.BASE.metadata.create_all(api.get_engine())
    from nova.compute import manager

    compute = Compute(conf, manager.ComputeManager())
    compute.renew()
    compute.log_path = os.path.join(directory, "nova.log")
    compute.database_path = os.path.join(directory, "nova.sqlite")
    return compute


class Compute(object):
    """The manager, driven as nova-compute's RPC server drives it."""

    def __init__(self, conf, manager):
        self.conf = conf
        self.manager = manager
        self.log_path = None
        self.database_path = None
        self._copies = {}  # by name

    def renew(self):
        """A network and a virt driver that have nothing attached and refuse nothing."""
        from lab.network_api import Network

        self.manager.network_api = Network(nova_major())
        self.manager.driver._interfaces = Plugs()

    @property
    def network(self):
        return self.manager.network_api

    @property
    def plugs(self):
        return self.manager.driver._interfaces

    def keep_connections(self):
        """Those to SQLite, of which oslo.db opens and closes one for each transaction.

        That is a third of all that a call of Nova's costs here.
        """
        engine = _import_first("nova.db.main.api", "nova.db.sqlalchemy.api").get_engine()
        opening = engine.pool
        engine.pool = pool.QueuePool(
            opening._creator, dialect=engine.dialect, _dispatch=opening.dispatch
        )

    def rows(self, query, *values):
        """What is stored, past all of Nova's code: a list of tuple."""
        connection = sqlite3.connect(self.database_path)
        try:
            return connection.execute(query, values).fetchall()
        finally:
            connection.close()

    def use_format(self, notification_format):
        """Set notification_format and initialise Nova's RPC again."""
        from nova import rpc

        self.conf.set_override("notification_format", notification_format, group="notifications")
        rpc.cleanup()
        rpc.init(self.conf)
        self.manager.notifier = rpc.get_notifier("compute", HOST)

    def context(self):
        """A fresh request context, with a token as a real one has."""
        from nova import context

        return context.RequestContext(
            USER_ID, PROJECT_ID, is_admin=True, auth_token="a-secret-token"
        )

    def server(self, name="vm-1"):
        """An active instance in the database; returns a Server."""
        context = self.context()
        if name not in self._copies:
            self._copies[name] = Copies(_instance(context, name), self.database_path)
        instance = self._copies[name].make(context, str(uuid.uuid4()))
        return Server(self, context, instance)


class Server(object):
    """One instance on the compute host, and what is asked of it."""

    def __init__(self, compute, context, instance):
        self.compute = compute
        self.manager = compute.manager
        self.context = context
        self.instance = instance

    def attach(self, network_id=None, port_id=None, requested_ip=None, tag=None):
        """ComputeManager.attach_interface; returns the VIF."""
        from lab.network import NETWORK_ID

        if network_id is None and port_id is None:
            network_id = NETWORK_ID
        self.begin_action("attach_interface")
        try:
            return self.manager.attach_interface(
                self.context, self.instance, network_id, port_id, requested_ip, tag
            )
        except ExpectedException as envelope:
            # As oslo.messaging's RPC server opens it.
            raise envelope.exc_info[1]

    def detach(self, port_id):
        """ComputeManager.detach_interface."""
        self.begin_action("detach_interface")
        return self.manager.detach_interface(self.context, self.instance, port_id)

    def pause(self):
        """ComputeManager.pause_instance, of which Nova notifies in every format."""
        self._change("pausing", "pause", self.manager.pause_instance)

    def unpause(self):
        """ComputeManager.unpause_instance."""
        self._change("unpausing", "unpause", self.manager.unpause_instance)

    def _change(self, task_state, action, call):
        self.instance.task_state = task_state
        self.instance.save()
        self.begin_action(action)
        call(self.context, self.instance)

    def report_port_deleted(self, port_id, instance=None):
        """Neutron deletes a port: the API's RPC cast after its ``network-vif-deleted``."""
        from nova import objects

        self.compute.network.ports.delete(port_id)

        event = objects.InstanceExternalEvent(
            instance_uuid=self.instance.uuid,
            name="network-vif-deleted",
            status="completed",
            tag=port_id,
        )
        self.manager.external_instance_event(self.context, [instance or self.reread()], [event])

    def heal(self):
        """The periodic ComputeManager._heal_instance_info_cache has come to this server."""
        self.manager._instance_uuids_to_heal = [self.instance.uuid]
        self.manager._heal_instance_info_cache(self.compute.context())

    def reboot_hard(self):
        """ComputeManager.reboot_instance, as nova-api asks for it."""
        self.begin_action("reboot")
        instance = self.reread()
        instance.task_state = "rebooting_hard"
        instance.save()
        self.manager.reboot_instance(self.context, instance, None, "HARD")

    def report_network_changed(self, port_id):
        """The API's RPC cast after Neutron's ``network-changed``."""
        from nova import objects

        event = objects.InstanceExternalEvent(
            instance_uuid=self.instance.uuid,
            name="network-changed",
            status="completed",
            tag=port_id,
        )
        self.manager.external_instance_event(self.context, [self.reread()], [event])

    def write_list_as_nova_api(self, port_ids):
        """Save the list of NICs with these only, where nothing of the plug-in's looks on."""
        from nova.network import model

        cache = self.reread().info_cache
        kept = [vif for vif in cache.network_info if vif["id"] in port_ids]
        cache.network_info = model.NetworkInfo(kept)
        cache.save()

    def reread(self):
        """The instance as another process reads it from the database."""
        return _read(self.context, self.instance.uuid)

    def again(self):
        """The same server as another RPC call sees it: its own objects."""
        return Server(self.compute, self.compute.context(), self.reread())

    def port_ids(self):
        """What the info cache in the database holds."""
        from nova import objects

        cache = objects.InstanceInfoCache.get_by_instance_uuid(
            self.context, self.instance.uuid
        )
        return [vif["id"] for vif in cache.network_info]

    def begin_action(self, name):
        """Record the request, as nova-api does; wrap_instance_event needs it."""
        from nova import objects

        objects.InstanceAction.action_start(
            self.context, self.instance.uuid, name, want_result=False
        )


def nova_major():
    """17 for Queens ... 34 for 2026.2."""
    from nova import version

    return int(version.version_string().split(".")[0])


def _instance(context, name):
    from nova import objects
    from nova.network import model

    values = {
        "uuid": str(uuid.uuid4()),
        "user_id": USER_ID,
        "project_id": PROJECT_ID,
        "image_ref": IMAGE_ID,
        "host": HOST,
        "node": HOST,
        "display_name": name,
        "hostname": name,
        "vm_state": "active",
        "power_state": 1,
        "memory_mb": 512,
        "vcpus": 1,
        "root_gb": 1,
        "ephemeral_gb": 0,
        "os_type": None,
        "architecture": "x86_64",
        "availability_zone": "nova",
        "reservation_id": "r-1",
        "launched_at": datetime.datetime(2026, 1, 1, 12, 0),
        "metadata": {"role": "web"},
        "system_metadata": {"image_base_image_ref": IMAGE_ID},
        "flavor": _flavor(),
        "old_flavor": None,
        "new_flavor": None,
        "numa_topology": None,
        "key_name": None,
        "pci_requests": objects.InstancePCIRequests(requests=[]),
        "info_cache": objects.InstanceInfoCache(network_info=model.NetworkInfo()),
        "compute_id": 1,
    }
    known = {k: v for k, v in values.items() if k in objects.Instance.fields}
    instance = objects.Instance(context=context, **known)
    instance.create()
    return _read(context, instance.uuid)


def _read(context, instance_uuid):
    from nova import objects

    return objects.Instance.get_by_uuid(
        context,
        instance_uuid,
        expected_attrs=[
            "metadata",
            "system_metadata",
            "info_cache",
            "pci_requests",
            "pci_devices",
            "flavor",
            "tags",
            "trusted_certs",
            "numa_topology",
        ],
    )


def _flavor():
    from nova import objects

    return objects.Flavor(
        id=1,
        name="m1.tiny",
        flavorid="1",
        memory_mb=512,
        vcpus=1,
        root_gb=1,
        ephemeral_gb=0,
        swap=0,
        rxtx_factor=1.0,
        vcpu_weight=0,
        disabled=False,
        is_public=True,
        extra_specs={},
        description=None,
        created_at=None,
        updated_at=None,
        deleted_at=None,
        deleted=False,
    )


def _import_first(*names):
    """The first of these modules that this Nova has."""
    for name in names:
        try:
            return importlib.import_module(name)
        except ImportError:
            continue
    raise ImportError("none of %s" % ", ".join(names))
