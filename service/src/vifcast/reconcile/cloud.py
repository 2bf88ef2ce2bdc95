"""What Nova and Neutron say now, read through openstacksdk.

All of it or nothing: an answer that is not whole is an error, since what it leaves out would
look like a NIC that went away.

- ``GET /servers/detail`` skips the servers of a cell that is down, silently, before
  microversion 2.69, and from then on names them with the status UNKNOWN (Nova's API guide,
  "Handling Down Cells"). openstacksdk asks for the newest microversion that Nova has.
- ``GET /servers/{id}/os-interface`` is Neutron's answer at that moment for ``device_id``
  (nova/api/openstack/compute/attach_interfaces.py, _items).
- ``binding:host_id`` of a port is shown to those who see the ports of all projects
  (neutron/conf/policies/port.py, get_port:binding:host_id).
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Any
from urllib.parse import urlsplit

import openstack
import openstack.config

from vifcast.addresses import canonical_ip, canonical_mac
from vifcast.errors import CloudError
from vifcast.notification.binding import is_compute_host
from vifcast.reconcile.cloud_errors import cloud_errors, secrets_of
from vifcast.reconcile.nic import Cloud, CloudServer, KnownNic, Port
from vifcast.version import __version__

# Requests for os-interface at once: one for each server, most of their time spent waiting.
_AT_ONCE = 8

_TIMEOUT_S = 60.0
_OFFLOADED = "SHELVED_OFFLOADED"
_PORT_FIELDS = (
    "id", "project_id", "device_id", "device_owner", "network_id", "mac_address", "fixed_ips",
    "binding:host_id", "binding:vnic_type",
)  # fmt: skip


class CloudReader:
    """One region of a cloud of clouds.yaml. Every method raises CloudError.

    That is ``region``, or, where None is given, the one that clouds.yaml names.
    """

    def __init__(self, name: str, region_name: str | None = None) -> None:
        self.name = name
        with cloud_errors(name, "its credentials"):
            # As where it is not given: openstacksdk takes an empty name for none.
            region = openstack.config.get_cloud_region(
                cloud=name,
                region_name=region_name or "",
                app_name="vifcast",
                app_version=__version__,
            )
            self.region: str | None = region.region_name or None
            auth = dict(region.config["auth"])
        self._secrets = secrets_of(auth)
        if "@" in urlsplit(str(auth.get("auth_url") or "")).netloc:
            # The libraries log it.
            raise CloudError(
                f"cloud {name}: auth_url has a user or password in it; write username and password "
                "below auth; nothing was changed"
            )
        with self._errors("its credentials"):
            region.config["api_timeout"] = region.config.get("api_timeout") or _TIMEOUT_S
            self._connection = openstack.connection.Connection(config=region)
            # Also finds the endpoints, before threads would do so all at once.
            self._own_project: str | None = self._connection.current_project_id
            self._nova: Any = self._connection.compute
            self._neutron: Any = self._connection.network

    def _errors(self, what: str) -> AbstractContextManager[None]:
        return cloud_errors(self.name, what, self._secrets)

    def close(self) -> None:
        """Give back the connections."""
        self._connection.close()

    def read(self, project: str | None = None) -> Cloud:
        """Servers, their interfaces, and ports; of one project's servers where one is given.

        Credentials that may not list the servers of all projects get those of their own.
        """
        servers, sees_all = self._servers(project)
        interfaces, gone = self._interfaces(list(servers))
        with self._errors("Neutron's ports"):
            ports = list(self._neutron.ports(fields=list(_PORT_FIELDS)))
            # An unbound port has an empty host; it is absent for those who may not see it.
            hosts_shown = bool(ports) and all(each.binding_host_id is not None for each in ports)
            by_id = {each.id: _port(each) for each in ports if each.device_id}
        return Cloud(
            servers={key: each for key, each in servers.items() if key not in gone},
            interfaces=interfaces,
            ports=by_id,
            gone=frozenset(gone),
            project_id=project if sees_all else self._own_project,
            sees_all=sees_all and hosts_shown,
        )

    def _servers(self, project: str | None) -> tuple[dict[str, CloudServer], bool]:
        query = {"project_id": project} if project else {}
        sees_all = True
        with self._errors("Nova's servers"):
            try:
                listed = list(self._nova.servers(all_projects=True, **query))
            except openstack.exceptions.ForbiddenException:
                if project not in {None, self._own_project}:
                    raise
                sees_all = False
                listed = list(self._nova.servers())
            if any(each.status == "UNKNOWN" for each in listed):
                down = ", ".join(each.id for each in listed if each.status == "UNKNOWN")
                raise CloudError(
                    f"cloud {self.name}: Nova's answer is incomplete because a cell is down; it "
                    f"lacks the details of {down[:400]}; nothing was compared, try again once it "
                    "is back"
                )
            return {each.id: _server(each) for each in listed}, sees_all

    def _interfaces(self, servers: list[str]) -> tuple[dict[str, KnownNic], set[str]]:
        interfaces: dict[str, KnownNic] = {}
        gone: set[str] = set()
        with ThreadPoolExecutor(_AT_ONCE, "vifcast-reconcile") as threads:
            try:
                for server, found in zip(
                    servers, threads.map(self._interfaces_of, servers), strict=True
                ):
                    if found is None:
                        gone.add(server)
                    else:
                        interfaces |= {nic.port_id: nic for nic in found if nic.port_id}
            except BaseException:
                threads.shutdown(wait=False, cancel_futures=True)
                raise
        return interfaces, gone

    def _interfaces_of(self, server: str) -> list[KnownNic] | None:
        """None where the server went meanwhile."""
        with self._errors(f"Nova's interfaces of server {server}"):
            try:
                return [
                    KnownNic(
                        port_id=each.port_id,
                        instance_id=server,
                        network_id=each.net_id,
                        mac_address=_mac(each.mac_addr),
                        addresses=_addresses(each.fixed_ips),
                    )
                    for each in self._nova.server_interfaces(server)
                ]
            except openstack.exceptions.NotFoundException:
                return None


def _server(server: Any) -> CloudServer:
    return CloudServer(
        id=server.id,
        name=server.name,
        project_id=server.project_id,
        compute_host=server.compute_host or None,
        task_state=server.task_state,
        is_offloaded=server.status == _OFFLOADED,
    )


def _port(port: Any) -> Port:
    nic = KnownNic(
        port_id=port.id,
        instance_id=port.device_id,
        project_id=port.project_id,
        network_id=port.network_id,
        mac_address=_mac(port.mac_address),
        addresses=_addresses(port.fixed_ips),
        compute_host=_bound_host(port),
    )
    return Port(nic=nic, device_owner=port.device_owner or "")


def _bound_host(port: Any) -> str | None:
    host: str | None = port.binding_host_id
    return host if is_compute_host(host, port.binding_vnic_type) else None


def _mac(mac: str | None) -> str | None:
    return canonical_mac(mac) if mac else None


def _addresses(fixed_ips: list[dict[str, Any]]) -> tuple[str, ...]:
    return tuple(sorted(set(_each_address(fixed_ips))))


def _each_address(fixed_ips: list[dict[str, Any]]) -> Iterator[str]:
    for each in fixed_ips:
        yield canonical_ip(each["ip_address"])
