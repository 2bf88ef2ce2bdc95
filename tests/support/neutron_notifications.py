"""What Neutron says of ports, for tests of whoever reads it.

Built as Neutron does: ``{"port": …}`` around what the API answers, of a deletion the port as
it was and ``port_id`` (neutron/pecan_wsgi/hooks/notifier.py:NotifierHook.after,
neutron/api/v2/base.py:Controller.delete, the same in 12.1 and 29.0). A port's keys are those
of neutron_lib/api/definitions: port, portbindings, port_security and the extensions that
ML2 has had since.
"""

from typing import Any

from notifications import CATALOG_URL, INSTANCE, PORT, TOKEN, body

NETWORK = "aaaaaaaa-0000-4000-8000-000000000001"
SUBNET = "bbbbbbbb-0000-4000-8000-000000000001"
PROJECT = "4ec209eb4b8b4c08b4a45d6c2915077c"

# What 2026's Neutron answers more than Queens'.
RECENT: dict[str, Any] = {
    "device_profile": None,
    "hardware_offload_type": None,
    "hints": {},
    "ip_allocation": "immediate",
    "numa_affinity_policy": None,
    "propagate_uplink_status": True,
    "qos_network_policy_id": None,
    "resource_request": None,
    "trusted": None,
}
UNBOUND = {
    "device_id": "",
    "device_owner": "",
    "binding:host_id": "",
    "binding:vif_type": "unbound",
}


def port(**changes: Any) -> dict[str, Any]:
    """A port on a server, as Queens' Neutron answers Nova."""
    return {
        "id": PORT,
        "name": "",
        "network_id": NETWORK,
        "tenant_id": PROJECT,
        "project_id": PROJECT,
        "mac_address": "fa:16:3e:00:00:07",
        "admin_state_up": True,
        "status": "DOWN",
        "device_id": INSTANCE,
        "device_owner": "compute:nova",
        "fixed_ips": [{"subnet_id": SUBNET, "ip_address": "192.0.2.7"}],
        "allowed_address_pairs": [],
        "extra_dhcp_opts": [],
        "security_groups": [],
        "port_security_enabled": True,
        "binding:host_id": "compute-1",
        "binding:vif_type": "ovs",
        "binding:vif_details": {"port_filter": True, "ovs_hybrid_plug": False},
        "binding:vnic_type": "normal",
        "binding:profile": {},
        "description": "",
        "tags": [],
        "created_at": "2026-11-22T13:32:07Z",
        "updated_at": "2026-11-22T13:32:08Z",
        "revision_number": 4,
    } | changes


def seen_by_tenant(fields: dict[str, Any]) -> dict[str, Any]:
    """The same as the API answers someone who is no admin."""
    return {key: value for key, value in fields.items() if not key.startswith("binding:")}


def port_event(event_type: str, payload: object) -> bytes:
    """A whole body; the context as neutron_lib/context.py:Context.to_dict makes it."""
    return body(
        event_type,
        payload=payload,
        publisher_id="network.controller-1",
        _context_request_id="req-neutron",
        _context_global_request_id="req-nova",
        _context_user_id="nova",
        _context_project_id="service",
        _context_tenant_id="service",
        _context_auth_token=TOKEN,
        _context_service_catalog=[{"endpoints": [{"publicURL": CATALOG_URL}]}],
    )


def created(*ports: dict[str, Any]) -> bytes:
    """``port.create.end``, in bulk if there are several."""
    return port_event(
        "port.create.end", {"port": ports[0]} if len(ports) == 1 else {"ports": list(ports)}
    )


def updated(fields: dict[str, Any]) -> bytes:
    """``port.update.end``."""
    return port_event("port.update.end", {"port": fields})


def deleted(fields: dict[str, Any]) -> bytes:
    """``port.delete.end``."""
    return port_event("port.delete.end", {"port": fields, "port_id": fields["id"]})
