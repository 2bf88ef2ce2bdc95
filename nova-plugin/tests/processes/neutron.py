"""As much of Neutron as an attach and a detach ask for: ``python -m processes.neutron PORT``.

One network with one subnet; ports are kept in memory.
"""

import http.server
import json
import sys
import urllib.parse
import uuid

from lab.compute import PROJECT_ID
from lab.network import CIDR, NETWORK_ID

SUBNET_ID = "cccccccc-0000-4000-8000-000000000001"
_ROWS = {
    "networks": [
        {
            "id": NETWORK_ID,
            "name": "private",
            "tenant_id": PROJECT_ID,
            "project_id": PROJECT_ID,
            "status": "ACTIVE",
            "admin_state_up": True,
            "shared": True,
            "mtu": 1450,
            "port_security_enabled": False,
            "subnets": [SUBNET_ID],
            "router:external": False,
            "provider:network_type": "vxlan",
            "provider:physical_network": None,
        }
    ],
    "subnets": [
        {
            "id": SUBNET_ID,
            "network_id": NETWORK_ID,
            "cidr": CIDR,
            "gateway_ip": "192.0.2.1",
            "enable_dhcp": False,
            "dns_nameservers": [],
            "host_routes": [],
            "ip_version": 4,
            "tenant_id": PROJECT_ID,
        }
    ],
    "ports": [],
    "floatingips": [],
    "security-groups": [],
    "extensions": [
        {"alias": alias, "name": alias} for alias in ("binding", "binding-extended")
    ],
}


def _new_port(wanted):
    number = len(_ROWS["ports"]) + 11
    port = {
        "id": str(uuid.uuid4()),
        "mac_address": "fa:16:3e:00:00:%02x" % number,
        "status": "ACTIVE",
        "tenant_id": PROJECT_ID,
        "device_id": "",
        "device_owner": "",
        "binding:vif_type": "ovs",
        "binding:vnic_type": "normal",
        "binding:vif_details": {},
        "binding:profile": {},
    }
    port.update(wanted)
    port["fixed_ips"] = [{"subnet_id": SUBNET_ID, "ip_address": "192.0.2.%d" % number}]
    return port


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        kind, identity, query = self._asked()
        if kind == "quotas":
            return self._answer(200, {"quota": {"port": 100}})
        if identity:
            return self._with_row(kind, identity, lambda row: (200, row))
        rows = [
            row
            for row in _ROWS.get(kind, [])
            if all(str(row[key]) in query[key] for key in query if key in row)
        ]
        self._answer(200, {kind.replace("-", "_"): rows})

    def do_POST(self):
        self._asked()
        port = _new_port(self._body()["port"])
        _ROWS["ports"].append(port)
        self._answer(201, {"port": port})

    def do_PUT(self):
        kind, identity, _ = self._asked()
        changes = self._body()[kind[:-1]]
        self._with_row(kind, identity, lambda row: row.update(changes) or (200, row))

    def do_DELETE(self):
        kind, identity, _ = self._asked()
        self._with_row(kind, identity, lambda row: _ROWS[kind].remove(row) or (204, None))

    def log_message(self, *args):
        pass

    def _asked(self):
        url = urllib.parse.urlsplit(self.path)
        parts = [p for p in url.path.split("/") if p and p != "v2.0"] + ["", ""]
        query = urllib.parse.parse_qs(url.query)
        return parts[0], parts[1], query

    def _body(self):
        return json.loads(self.rfile.read(int(self.headers["Content-Length"])))

    def _with_row(self, kind, identity, respond):
        for row in _ROWS.get(kind, []):
            if row["id"] == identity:
                status, row = respond(row)
                return self._answer(status, row and {kind[:-1]: row})
        self._answer(404, {"NeutronError": {"type": "NotFound", "message": identity}})

    def _answer(self, status, body=None):
        data = b"" if body is None else json.dumps(body).encode("utf-8")
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


if __name__ == "__main__":
    http.server.ThreadingHTTPServer(
        ("127.0.0.1", int(sys.argv[1])), _Handler
    ).serve_forever()
