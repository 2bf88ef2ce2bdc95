"""Keystone, Nova and Neutron as far as listing NICs goes: a real HTTP server on loopback.

Answers as they do: version documents, tokens with a catalogue, pages with ``next`` links,
microversions. What is in the cloud, and what is broken in it, are attributes to be changed.
"""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

PASSWORD = "correct-horse"
TOKEN = "gAAAAA-token"
OWN_PROJECT = "project-admin"


@dataclass
class FakeCloud:
    """``servers`` and ``ports`` are as in the answers of Nova and Neutron.

    ``broken``: path prefix to what happens instead of an answer. ``on_request`` is called with
    every path before it is answered.
    """

    url: str = ""
    servers: list[dict[str, Any]] = field(default_factory=list)
    ports: list[dict[str, Any]] = field(default_factory=list)
    interfaces: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    page_size: int = 2
    is_admin: bool = True
    broken: dict[str, Callable[["Handler"], None]] = field(default_factory=dict)
    on_request: Callable[[str], None] = lambda _path: None
    microversions: set[str | None] = field(default_factory=set)

    def add(
        self, number: int, server: str = "server-1", project: str = "project-1", **changes: Any
    ) -> None:
        """A NIC, and its server if that is new; ``changes`` are to Neutron's port."""
        if server not in {each["id"] for each in self.servers}:
            self.servers.append(
                {
                    "id": server,
                    "name": f"name of {server}",
                    "status": "ACTIVE",
                    "tenant_id": project,
                    "OS-EXT-SRV-ATTR:host": "compute-1",
                    "OS-EXT-STS:task_state": None,
                }
            )
        port = {
            "id": f"port-{number}",
            "device_id": server,
            "device_owner": "compute:nova",
            "project_id": project,
            "tenant_id": project,
            "network_id": "network-1",
            "mac_address": f"fa:16:3e:00:00:{number:02x}",
            "fixed_ips": [{"ip_address": f"192.0.2.{number}", "subnet_id": "subnet-1"}],
            "binding:host_id": "compute-1",
        } | changes
        self.ports.append(port)

    def interfaces_of(self, server: str) -> list[dict[str, Any]]:
        """As Nova lists them: what Neutron says of the server, unless a test has its own."""
        if server in self.interfaces:
            return self.interfaces[server]
        return [
            {
                "port_id": port["id"],
                "net_id": port["network_id"],
                "mac_addr": port["mac_address"],
                "fixed_ips": port["fixed_ips"],
                "port_state": "ACTIVE",
            }
            for port in self.ports
            if port["device_id"] == server
        ]

    def clouds_yaml(self, folder: Path, **more: Any) -> Path:
        """A clouds.yaml with this cloud as ``test``; JSON is YAML."""
        auth = {
            "auth_url": f"{self.url}/v3",
            "username": "admin",
            "password": PASSWORD,
            "project_name": "admin",
            "user_domain_id": "default",
            "project_domain_id": "default",
        } | more.pop("auth", {})
        path = folder / "clouds.yaml"
        path.write_text(
            json.dumps({"clouds": {"test": {"auth": auth, "region_name": "one"} | more}})
        )
        return path


class Handler(BaseHTTPRequestHandler):
    """One request."""

    cloud: FakeCloud
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer, or do what is broken."""
        cloud = self.cloud
        if self._is_broken():
            return
        path = urlsplit(self.path).path.rstrip("/")
        if path in {"/v3", "/compute/v2.1", "/network"}:
            self.answer(200, _VERSIONS[path](cloud.url))
        elif self.headers["X-Auth-Token"] != TOKEN:
            self.answer(401, {"error": {"code": 401, "message": "no token"}})
        elif path == "/compute/v2.1/servers/detail":
            self._servers()
        elif path.startswith("/compute/v2.1/servers/") and path.endswith("/os-interface"):
            server = path.split("/")[-2]
            if server in {each["id"] for each in cloud.servers}:
                self.answer(200, {"interfaceAttachments": cloud.interfaces_of(server)})
            else:
                self.answer(404, {"itemNotFound": {"code": 404, "message": "no such instance"}})
        elif path == "/network/v2.0/ports":
            self._ports()
        else:
            self.answer(404, {"error": {"code": 404, "message": f"no {path}"}})

    def do_POST(self) -> None:
        """A token; the rest of Keystone is not here."""
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self._is_broken():
            return
        user = asked["auth"]["identity"]["password"]["user"]
        if user["password"] != PASSWORD:
            self.answer(401, {"error": {"code": 401, "message": "The request you have made"}})
            return
        endpoints = {"identity": "/v3", "compute": "/compute/v2.1", "network": "/network"}
        catalog = [
            {
                "type": kind,
                "name": kind,
                "id": kind,
                "endpoints": [
                    {
                        "id": kind,
                        "interface": "public",
                        "region": "one",
                        "region_id": "one",
                        "url": self.cloud.url + path,
                    }
                ],
            }
            for kind, path in endpoints.items()
        ]
        token = {
            "methods": ["password"],
            "user": {
                "id": "admin",
                "name": "admin",
                "domain": {"id": "default", "name": "Default"},
            },
            "project": {
                "id": OWN_PROJECT,
                "name": "admin",
                "domain": {"id": "default", "name": "Default"},
            },
            "roles": [{"id": "admin", "name": "admin"}],
            "issued_at": "2026-11-22T12:00:00.000000Z",
            "expires_at": "2100-01-01T00:00:00.000000Z",
            "catalog": catalog,
        }
        self.answer(201, {"token": token}, {"X-Subject-Token": TOKEN})

    def _is_broken(self) -> bool:
        self.cloud.on_request(self.path)
        for prefix, happens in self.cloud.broken.items():
            if self.path.startswith(prefix):
                happens(self)
                return True
        return False

    def _servers(self) -> None:
        cloud = self.cloud
        query = parse_qs(urlsplit(self.path).query)
        cloud.microversions.add(self.headers["OpenStack-API-Version"])
        servers = cloud.servers
        if "all_tenants" in query:
            if not cloud.is_admin:
                said = "Policy doesn't allow os_compute_api:servers:detail:get_all_tenants"
                self.answer(403, {"forbidden": {"code": 403, "message": said}})
                return
            if "project_id" in query:
                servers = [each for each in servers if each["tenant_id"] == query["project_id"][0]]
        else:
            servers = [each for each in servers if each["tenant_id"] == OWN_PROJECT]
        self._page("servers", servers, query)

    def _ports(self) -> None:
        query = parse_qs(urlsplit(self.path).query)
        ports = self.cloud.ports
        if not self.cloud.is_admin:
            ports = [
                {key: value for key, value in each.items() if key != "binding:host_id"}
                for each in ports
                if each["project_id"] == OWN_PROJECT
            ]
        wanted = query.get("fields")
        if wanted:
            ports = [{key: each[key] for key in wanted if key in each} for each in ports]
        self._page("ports", ports, query)

    def _page(self, name: str, items: list[Any], query: dict[str, list[str]]) -> None:
        marker = query.pop("marker", [None])[0]
        ids = [each["id"] for each in items]
        start = ids.index(marker) + 1 if marker else 0
        page = items[start : start + self.cloud.page_size]
        body: dict[str, Any] = {name: page}
        if start + len(page) < len(items):
            kept = "&".join(f"{key}={value}" for key, each in query.items() for value in each)
            href = f"{self.cloud.url}{urlsplit(self.path).path}?{kept}&marker={page[-1]['id']}"
            body[f"{name}_links"] = [{"rel": "next", "href": href}]
        self.answer(200, body)

    def answer(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        """Send a whole answer; ``body`` is JSON, or bytes as they are."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for key, value in (headers or {}).items():
            self.send_header(key, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_: Any) -> None:
        """Nothing on stderr."""


def _keystone(url: str) -> dict[str, Any]:
    links = [{"rel": "self", "href": f"{url}/v3/"}]
    return {"version": {"id": "v3.14", "status": "stable", "links": links, "media-types": []}}


def _nova(url: str) -> dict[str, Any]:
    links = [{"rel": "self", "href": f"{url}/compute/v2.1/"}]
    version = {"id": "v2.1", "status": "CURRENT", "version": "2.96", "min_version": "2.1"}
    return {"version": version | {"links": links}}


def _neutron(url: str) -> dict[str, Any]:
    links = [{"rel": "self", "href": f"{url}/network/v2.0/"}]
    return {"versions": [{"id": "v2.0", "status": "CURRENT", "links": links}]}


_VERSIONS = {"/v3": _keystone, "/compute/v2.1": _nova, "/network": _neutron}


@contextmanager
def fake_cloud() -> Iterator[FakeCloud]:
    """A cloud with nothing in it, listening until the end of the block."""
    cloud = FakeCloud()
    handler = type("CloudHandler", (Handler,), {"cloud": cloud})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    cloud.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield cloud
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
