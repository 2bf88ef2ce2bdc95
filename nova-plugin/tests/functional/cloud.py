"""API, scheduler, conductor and one nova-compute in this process, on a real bus."""

import threading
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
        try:
            func(*args, **kwargs)
        except OpenStackApiException as refusal:
            return refusal.response.status_code
        return self.fail("the API did not refuse")

    def heard(self, count, timeout_s=15):
        """The NIC notifications since last time: ``count`` of them, then no more."""
        received, give_up_at = [], time.monotonic() + timeout_s
        while len(received) < count and time.monotonic() < give_up_at:
            received += self.bus.take_nics()
            time.sleep(0.02)
        return received + self.bus.take_nics()

    def attached_port_ids(self):
        """As GET os-interface says."""
        return [
            nic["port_id"] for nic in self.api.get_port_interfaces(self.server["id"])
        ]

    def report_deleted(self, port_id):
        """POST os-server-external-events, as Neutron does; waits for its effect."""
        name = "_process_instance_vif_deleted_event"
        handler, done = getattr(self.compute.manager, name), threading.Event()

        def handle(*args, **kwargs):
            try:
                return handler(*args, **kwargs)
            finally:
                done.set()

        with mock.patch.object(self.compute.manager, name, handle):
            self.api.create_server_external_events(
                [
                    {
                        "name": "network-vif-deleted",
                        "server_uuid": self.server["id"],
                        "tag": port_id,
                    }
                ]
            )
            assert done.wait(15), "the event did not reach the compute host"

    def let_neutron_report(self):
        """From here on a port that Nova deletes is reported back while it does so."""
        delete_port, self.reported = self.neutron.delete_port, []

        def delete_and_report(port_id, **kwargs):
            answer = delete_port(port_id, **kwargs)
            self.report_deleted(port_id)
            self.reported.append(port_id)
            return answer

        self.neutron.delete_port = delete_and_report
