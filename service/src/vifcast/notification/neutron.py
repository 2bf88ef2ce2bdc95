"""Neutron's ``port.create.end``, ``port.update.end``, ``port.delete.end``.

neutron/pecan_wsgi/hooks/notifier.py:NotifierHook.after, or where that does not serve it
neutron/api/v2/base.py:Controller, sends what the API answers: ``{"port": {…}}``, a bulk creation
``{"ports": […]}``, a deletion the port as it was and ``port_id``; the same in Queens (12.1) and
2026.2 (29.0). The answer holds what the asking user may see (PolicyHook.after runs first):
``binding:*`` is there for Nova's own requests and missing from a tenant's.

What Neutron changes of itself (an agent's status, a router's or trunk's own ports) is not
told: only what came through its API.
"""

import datetime as dt

from vifcast.model import Action, Event, Nic, Notification, Phase, Source
from vifcast.notification.event_types import PORT_CREATED, PORT_DELETED
from vifcast.notification.make_event import asking_user, make_event, payload_of, the_only
from vifcast.notification.part import Part

# Nova writes compute:<availability zone> (nova/network/neutron.py), for bare metal too, and
# Ironic leaves that alone when it binds a server's port (ironic/drivers/modules/network/common.py:
# plug_port_to_tenant_network). Its baremetal:none are its own ports, for as long as it cleans or
# deploys a node (ironic/common/neutron.py:add_ports_to_network).
_SERVERS = "compute:"

# Neutron gives a port to a router, a DHCP server or a trunk only while it is on no device
# (neutron/db/l3_db.py:_check_router_port, neutron/services/trunk/rules.py:check_not_in_use),
# so these never had a server's port the moment before.
_NEVER_A_SERVERS = ("network:", "trunk:")


def normalise_neutron(notification: Notification, received_at: dt.datetime) -> Event | None:
    """Make the Event, None where no port concerns servers. Raises NotificationError."""
    payload = payload_of(notification)
    ports = _ports(payload, notification.event_type)
    ours = [port for port in ports if _concerns_servers(port, notification.event_type)]
    if not ours:
        return None
    nics = tuple(_nic(port) for port in ours)
    context = notification.context
    return make_event(
        notification,
        received_at,
        source=Source.NEUTRON,
        action=Action.SIGHTING,
        phase=Phase.END,
        # Neutron's own. What Nova passes on is the global one (see ``ledger.claims``), and many
        # clouds never have that.
        request_id=context.get("request_id"),
        compute_host=_common(ours, "binding:host_id"),
        instance_id=nics[0].instance_id if len({nic.instance_id for nic in nics}) == 1 else None,
        instance_name=None,
        # The context's project is that of who asked: Nova's service user, most often.
        project_id=_common(ours, "project_id") or _common(ours, "tenant_id"),
        user_id=asking_user(notification),
        nic=the_only(nics),
        nics=nics,
    )


def _ports(payload: Part, event_type: str) -> list[Part]:
    if "ports" in payload.values:
        return payload.each("ports")
    if event_type != PORT_DELETED:
        return [payload.inside("port")]
    port = payload.inside("port") if payload.values.get("port") else Part({}, payload.name)
    port_id = payload.text("port_id") or port.required("id")
    return [Part({**port.values, "id": port_id}, port.name)]


def _concerns_servers(port: Part, event_type: str) -> bool:
    """Whether the port is a server's, is nobody's, or may have been a server's until now.

    A port with another owner: a new one never was a server's. An older one may have been
    (whoever may update a port may write any owner), and nobody here remembers, so that it is
    told as being on no instance, which is true.
    """
    # On a deletion Neutron may not tell whose it was.
    if event_type != PORT_DELETED and not isinstance(port.values.get("device_owner"), str):
        raise port.broken("has no device_owner")
    owner = port.text("device_owner")
    if owner is None or owner.startswith(_SERVERS):
        return True
    return event_type != PORT_CREATED and not owner.startswith(_NEVER_A_SERVERS)


def _nic(port: Part) -> Nic:
    owner = port.text("device_owner")
    is_servers = owner is not None and owner.startswith(_SERVERS)
    fixed_ips = port.each("fixed_ips") if port.values.get("fixed_ips") is not None else ()
    return Nic(
        # Of a deleted port: the instance that it was on.
        instance_id=port.text("device_id") if is_servers else None,
        port_id=port.required("id"),
        mac_address=port.mac("mac_address"),
        network_id=port.text("network_id"),
        fixed_ips=tuple(ip.fixed_ip("ip_address") for ip in fixed_ips),
        vif_type=port.text("binding:vif_type"),
        vnic_type=port.text("binding:vnic_type"),
    )


def _common(ports: list[Part], key: str) -> str | None:
    told = {port.text(key) for port in ports}
    return told.pop() if len(told) == 1 else None
