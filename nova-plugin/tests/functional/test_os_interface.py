"""NIC hot-plug as a user asks for it: Nova's API, conductor and compute, our six."""

import uuid

from cloud import FIRST_PORT, NETWORK_ID, SECOND_PORT, CloudTestCase
from lab import contract
from lab.wire import phases


def interfaces(notifications):
    return [n["payload"]["interface"] for n in notifications]


class RoundTrip:
    """A NIC comes and goes."""

    def test_attach_by_network_then_detach(self):
        port_id = self.attach(net_id=NETWORK_ID)["port_id"]
        start, end = self.heard(2)
        self.assertEqual(phases([start, end]), ["attach.start", "attach.end"])
        asked, reported = interfaces([start, end])
        self.assertEqual((asked["network_id"], asked["port_id"]), (NETWORK_ID, None))
        self.assertEqual(reported["port_id"], port_id)
        self.assertEqual(reported["network_label"], "private")
        port = self.neutron.show_port(port_id)["port"]
        self.assertEqual(reported["mac_address"], port["mac_address"])
        self.assertEqual(
            [ip["ip_address"] for ip in reported["fixed_ips"]],
            [ip["ip_address"] for ip in port["fixed_ips"]],
        )

        self.detach(port_id)
        heard = self.heard(2)
        self.assertEqual(phases(heard), ["detach.start", "detach.end"])
        for interface in interfaces(heard):
            self.assertEqual(interface["cause"], "api")
            self.assertEqual(interface["port_id"], port_id)
            self.assertEqual(interface["mac_address"], port["mac_address"])
        for notification in [start, end, *heard]:
            contract.check(notification)
            self.assertEqual(notification["publisher_id"], "compute.compute1")
            self.assertEqual(notification["payload"]["instance_id"], self.server["id"])
        self.assertEqual(self.attached_port_ids(), [FIRST_PORT])


class OsInterface(RoundTrip):
    """All that is asked of the API, and what goes over the bus for it."""

    def test_attach_by_port_names_it_from_the_start(self):
        port = self.neutron.create_port()["port"]
        self.attach(port_id=port["id"])
        heard = self.heard(2)
        self.assertEqual(phases(heard), ["attach.start", "attach.end"])
        self.assertEqual([i["port_id"] for i in interfaces(heard)], [port["id"]] * 2)

    def test_tag_and_fixed_ip_are_reported(self):
        self.compute.manager.driver.capabilities = dict(
            self.compute.manager.driver.capabilities,
            supports_tagged_attach_interface=True,
        )
        address = "192.168.1.6"  # that of NeutronFixture's port_2
        self.attach(
            net_id=NETWORK_ID, fixed_ips=[{"ip_address": address}], tag="dmz"
        )
        for interface in interfaces(self.heard(2)):
            self.assertEqual(interface["requested_ip"], address)
            self.assertEqual(interface["tag"], "dmz")

    def test_driver_that_refuses_is_an_error_and_the_port_is_given_back(self):
        self.plugs.refuse_attach = True
        self.assertEqual(self.refused(self.attach, net_id=NETWORK_ID), 500)
        start, error = self.heard(2)
        self.assertEqual(phases([start, error]), ["attach.start", "attach.error"])
        reported = error["payload"]["interface"]
        self.assertEqual(reported["port_id"], SECOND_PORT)
        self.assertIsNotNone(reported["mac_address"])
        self.assertEqual(error["priority"], "ERROR")
        contract.check(error)
        self.assertEqual(self.attached_port_ids(), [FIRST_PORT])

    def test_driver_that_breaks_is_an_error(self):
        self.plugs.attach_raises = RuntimeError("qemu is gone")
        self.assertEqual(self.refused(self.attach, net_id=NETWORK_ID), 500)
        heard = self.heard(2)
        self.assertEqual(phases(heard), ["attach.start", "attach.error"])
        self.assertIn("qemu is gone", heard[1]["payload"]["exception"])

    def test_detach_that_fails_in_the_driver_is_an_error(self):
        self.plugs.clear()
        self.detach(FIRST_PORT)
        heard = self.heard(2)
        self.assertEqual(phases(heard), ["detach.start", "detach.error"])
        self.assertEqual([i["port_id"] for i in interfaces(heard)], [FIRST_PORT] * 2)
        self.assertEqual(self.attached_port_ids(), [FIRST_PORT])

    def test_port_in_use_is_an_error_of_the_compute_host(self):
        self.refused(self.attach, port_id=FIRST_PORT)
        heard = self.heard(2)
        self.assertEqual(phases(heard), ["attach.start", "attach.error"])
        self.assertIn("in use", heard[1]["payload"]["message"])
        contract.check(heard[1])

    def test_what_nova_refuses_is_not_reported(self):
        nowhere = str(uuid.uuid4())
        both = {"net_id": NETWORK_ID, "port_id": SECOND_PORT}
        self.assertEqual(self.refused(self.attach, port_id=nowhere), 404)
        self.assertEqual(self.refused(self.attach, **both), 400)
        # The API says 202 and the compute host knows better.
        self.detach(nowhere)
        self._wait_for_action_fail_completion(
            self.server, "detach_interface", "compute_detach_interface"
        )
        self.api.post_server_action(self.server["id"], {"suspend": {}})
        self._wait_for_state_change(self.server, "SUSPENDED")
        self.assertEqual(self.refused(self.attach, net_id=NETWORK_ID), 409)
        self.assertEqual(self.refused(self.detach, FIRST_PORT), 409)
        self.assertEqual(self.heard(0), [])

    def test_port_that_neutron_deleted_is_reported(self):
        self.neutron.delete_port(FIRST_PORT)
        self.report_deleted(FIRST_PORT)
        heard = self.heard(2)
        self.assertEqual(phases(heard), ["detach.start", "detach.end"])
        for notification in heard:
            contract.check(notification)
            self.assertEqual(notification["payload"]["interface"]["port_id"], FIRST_PORT)
            self.assertEqual(
                notification["payload"]["interface"]["cause"], "port_deleted"
            )
        self.assertEqual(self.attached_port_ids(), [])

    def test_port_that_a_refresh_dropped_before_the_event_is_reported_once(self):
        second_port = self.attach(net_id=NETWORK_ID)["port_id"]
        self.heard(2)
        self.neutron.delete_port(FIRST_PORT)
        self.detach(second_port)
        heard = self.heard(4)
        self.assertEqual(self.attached_port_ids(), [])
        self.report_deleted(FIRST_PORT)
        self.assertEqual(self.heard(0), [])
        by_port = {
            port_id: [n for n in heard if n["payload"]["interface"]["port_id"] == port_id]
            for port_id in (FIRST_PORT, second_port)
        }
        for port_id, cause in ((FIRST_PORT, "port_deleted"), (second_port, "api")):
            self.assertEqual(phases(by_port[port_id]), ["detach.start", "detach.end"])
            self.assertEqual([i["cause"] for i in interfaces(by_port[port_id])], [cause] * 2)
        for notification in heard:
            contract.check(notification)

    def test_detach_whose_port_nova_deletes_is_reported_once(self):
        port_id = self.attach(net_id=NETWORK_ID)["port_id"]
        self.heard(2)
        self.let_neutron_report()
        self.detach(port_id)
        heard = self.heard(2)
        self.assertEqual(phases(heard), ["detach.start", "detach.end"])
        self.assertEqual([i["cause"] for i in interfaces(heard)], ["api", "api"])
        self.assertEqual(self.reported, [port_id])

    def test_server_that_is_deleted_with_its_ports_is_not_reported(self):
        port_id = self.attach(net_id=NETWORK_ID)["port_id"]
        self.heard(2)
        self.let_neutron_report()
        self._delete_server(self.server)
        self.assertEqual(self.reported, [port_id])
        self.assertEqual(self.heard(0), [])


class TestUnversioned(OsInterface, CloudTestCase):
    notification_format = "unversioned"


class TestVersioned(RoundTrip, CloudTestCase):
    notification_format = "versioned"


class TestBoth(OsInterface, CloudTestCase):
    notification_format = "both"
