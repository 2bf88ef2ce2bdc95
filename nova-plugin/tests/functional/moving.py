"""A server that is moved between two compute hosts, through Nova's own API."""

import time

from cloud import NETWORK_ID, CloudTestCase
from lab import plugs

# Casts end after the server's state has changed: this long nothing more may come.
_QUIET_S = 1.5

# The last microversion that has addFixedIp and removeFixedIp.
_OF_FIXED_IPS = "2.43"


class MovingTestCase(CloudTestCase):
    notification_format = "both"

    def setUp(self):
        super().setUp()
        other = self.start_service("compute", host="compute2")
        other.manager.driver._interfaces = plugs.Plugs()
        self.computes = {"compute1": self.compute, "compute2": other}

    def host(self):
        """Where Nova says that the server is."""
        return self.api.get_server(self.server["id"])["OS-EXT-SRV-ATTR:host"]

    def ask(self, action, body=None, wanted=None):
        """POST action; returns all notifications until the server is as wanted."""
        self.bus.take()
        self.api.post_server_action(self.server["id"], {action: body})
        self._wait_for_server_parameter(self.server, wanted or {"status": "ACTIVE"})
        received, quiet_since = [], time.monotonic()
        while time.monotonic() - quiet_since < _QUIET_S:
            new = self.bus.take()
            if new:
                received += new
                quiet_since = time.monotonic()
            time.sleep(0.05)
        return received

    def resize(self):
        now = self.api.get_server(self.server["id"])["flavor"]["original_name"]
        other = next(each for each in self.api.get_flavors() if each["name"] != now)
        return self.ask("resize", {"flavorRef": other["id"]}, {"status": "VERIFY_RESIZE"})

    def revert_resize(self):
        return self.ask("revertResize")

    def confirm_resize(self):
        return self.ask("confirmResize")

    def live_migrate(self):
        return self.ask("os-migrateLive", {"host": None, "block_migration": "auto"})

    def shelve(self):
        return self.ask("shelve", wanted={"status": "SHELVED_OFFLOADED"})

    def unshelve(self):
        return self.ask("unshelve")

    def rebuild(self):
        image = self.api.get_server(self.server["id"])["image"]["id"]
        return self.ask("rebuild", {"imageRef": image})

    def evacuate(self, fails=False):
        """The host is taken for dead: forced down, so that Nova believes it.

        It fails where the other host has the guest already.
        """
        host = self.host()
        service = self.api.get_services(host=host, binary="nova-compute")[0]
        self.api.put_service(service["id"], {"forced_down": True})
        other = "compute1" if host == "compute2" else "compute2"
        # Since microversion 2.95 it is not started there.
        there = {"OS-EXT-SRV-ATTR:host": other, "OS-EXT-STS:task_state": None}
        if fails:
            there = {"status": "ERROR"}
        else:
            # Nova's fake driver leaves a guest that was migrated live on its old host, too.
            self.computes[other].manager.driver.instances.pop(self.server["id"], None)
        return self.ask("evacuate", {}, there)

    def change_fixed_ips(self):
        """addFixedIp, then removeFixedIp."""
        newest, self.api.microversion = self.api.microversion, _OF_FIXED_IPS
        try:
            received = self.ask("addFixedIp", {"networkId": NETWORK_ID})
            added = next(n for n in received if n["event_type"].endswith("create_ip.end"))
            address = added["payload"]["fixed_ips"][0]["address"]
            return received + self.ask("removeFixedIp", {"address": address})
        finally:
            self.api.microversion = newest
