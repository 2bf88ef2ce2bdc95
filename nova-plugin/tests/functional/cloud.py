"""API, scheduler, conductor and one nova-compute in this process, on a real bus."""

import time
from unittest import mock

import fixtures
import nova.conf
from lab import broker, plugs, wire
from nova import rpc
from nova.tests import fixtures as nova_fixtures
from nova.tests.functional import integrated_helpers
from nova.tests.functional.api.client import OpenStackApiException

NETWORK_ID = nova_fixtures.NeutronFixture.network_1["id"]
FIRST_PORT = nova_fixtures.NeutronFixture.port_1["id"]
SECOND_PORT = nova_fixtures.NeutronFixture.port_2["id"]


class RealDrivers(fixtures.Fixture):
    """In the place of nova.tests' in-memory notifiers: nova.conf and ``rpc.init``."""

    def __init__(self, test):
        super().__init__()
        self.test = test

    def _setUp(self):
        self.test.flags(
            driver=["messagingv2", "vifcast"],
            transport_url=broker.transport_url(self.test.bus_url),
            group="oslo_messaging_notifications",
        )
        self.test.flags(
            notification_format=self.test.notification_format, group="notifications"
        )
        rpc.cleanup()
        # As nova.tests' RPCFixture does it: RPC itself stays on its bus in memory.
        with mock.patch.object(rpc, "get_transport_url", return_value=None):
            rpc.init(nova.conf.CONF)


class CloudTestCase(integrated_helpers.ProviderUsageBaseTestCase):
    """Nova's own base, a compute host and a server with one NIC (FIRST_PORT)."""

    compute_driver = "fake.MediumFakeDriver"
    bus_url = None
    notification_format = None

    def setUp(self):
        if CloudTestCase.bus_url is None:
            CloudTestCase.bus_url = broker.new_vhost()
        with mock.patch.object(nova_fixtures, "NotificationFixture", RealDrivers):
            super().setUp()
        self.compute = self.start_service("compute", host="compute1")
        self.plugs = self.compute.manager.driver._interfaces = plugs.Plugs()
        self.server = self._create_server(networks=[{"port": FIRST_PORT}])
        self.plugs[FIRST_PORT] = None
        self.bus = wire.Wire(self.bus_url)
        self.addCleanup(self.bus.close)

    def attach(self, **wanted):
        """POST os-interface; returns the attachment."""
        response = self.api.attach_interface(
            self.server["id"], {"interfaceAttachment": wanted}
        )
        return response.body["interfaceAttachment"]

    def detach(self, port_id):
        """DELETE os-interface: answered before Nova has done it."""
        self.api.detach_interface(self.server["id"], port_id)

    def refused(self, func, *args, **kwargs):
        """The HTTP status with which the API refuses."""
        with self.assertRaises(OpenStackApiException) as caught:
            func(*args, **kwargs)
        return caught.exception.response.status_code

    def heard(self, count, timeout_s=15):
        """The NIC notifications since last time: ``count`` of them, then no more."""
        told, give_up_at = [], time.monotonic() + timeout_s
        while len(told) < count and time.monotonic() < give_up_at:
            told += self.bus.take_nics()
            time.sleep(0.02)
        return told + self.bus.take_nics()

    def attached_port_ids(self):
        """As GET os-interface says."""
        return [
            nic["port_id"] for nic in self.api.get_port_interfaces(self.server["id"])
        ]

    def wait_until(self, fact, what, timeout_s=15):
        """Poll until ``fact()`` holds."""
        give_up_at = time.monotonic() + timeout_s
        while not fact():
            assert time.monotonic() < give_up_at, "waited in vain: " + what
            time.sleep(0.05)
