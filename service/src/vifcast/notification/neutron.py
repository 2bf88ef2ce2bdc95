"""Neutron's ``port.create.end``, ``port.update.end``, ``port.delete.end``.

neutron/pecan_wsgi/hooks/notifier.py:NotifierHook.after, or where that does not serve it
neutron/api/v2/base.py:Controller, sends what the API answers: ``{"port": {…}}``, a bulk creation
``{"ports": […]}``, a deletion the port as it was and ``port_id``; the same in Queens (12.1) and
2026.2 (29.0). The answer holds what the asking user may see (PolicyHook.after runs first):
``binding:*`` is there for Nova's own requests and missing from a tenant's.

What Neutron changes of itself (an agent's status, a router's or trunk's own ports) is not
reported: only what came through its API.
"""

import datetime as dt
from collections.abc import Iterable

from vifcast.errors import NotificationError
from vifcast.model import Action, Event, Nic, Notification, Phase, Source
from vifcast.notification.binding import is_compute_host
from vifcast.notification.envelope import short
from vifcast.notification.event_types import PORT_CREATED, PORT_DELETED
from vifcast.notification.make_event import (
    Change,
    Instance,
    asking_user,
    make_event,
    payload_of,
    the_only,
)
from vifcast.notification.payload_reader import Part

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
    ours = _servers_ports(_ports(payload, notification.event_type), notification.event_type)
    if not ours:
        return None
    nics = tuple(_nic(port) for port in ours)
    return make_event(
        notification,
        received_at,
        Change(
            source=Source.NEUTRON,
            action=Action.SIGHTING,
            phase=Phase.END,
            # Neutron's own. What Nova passes on is the global one (see ``ledger.claims``), and
            # many clouds never have that.
            request_id=notification.context.get("request_id"),
        ),
        Instance(
            compute_host=_the_same(_compute_host(port) for port in ours),
            id=_the_same(nic.instance_id for nic in nics),
            # The context's project is that of who asked: Nova's service user, most often.
            project_id=_the_same(port.text("project_id") for port in ours)
            or _the_same(port.text("tenant_id") for port in ours),
            user_id=asking_user(notification),
        ),
        nic=the_only(nics),
        nics=nics,
    )


def _ports(payload: Part, event_type: str) -> list[Part]:
    if "ports" in payload.values:
        ports = payload.each("ports")
        if not ports and payload.values["ports"] != []:
            raise payload.broken("has ports that are not a list, or hold no port")
        return ports
    if event_type != PORT_DELETED:
        return [payload.inside("port")]
    port = payload.values.get("port", {})
    if not isinstance(port, dict):
        payload.note("has port that is not an object")
        port = {}
    found = Part(port, payload.name, payload.notes)
    port_id = payload.text("port_id") or found.required("id")
    return [Part({**port, "id": port_id}, found.name, found.notes)]


def _servers_ports(ports: list[Part], event_type: str) -> list[Part]:
    """Those that concern servers. Raises NotificationError where of none it can be known."""
    ours, refused = [], None
    for port in ports:
        try:
            if _concerns_servers(port, event_type):
                _check_ids(port)
                ours.append(port)
        except NotificationError as error:
            refused = error
            port.notes.append(str(error))
    if refused is not None and not ours:
        raise refused
    return ours


def _check_ids(port: Part) -> None:
    port.required("id")
    if port.values.get("device_id") not in (None, ""):
        port.required("device_id")


def _concerns_servers(port: Part, event_type: str) -> bool:
    """Whether the port is a server's, is nobody's, or may have been a server's until now.

    A port with another owner: a new one never was a server's. An older one may have been
    (whoever may update a port may write any owner), and nobody here remembers, so that it is
    reported as being on no instance, which is true.
    """
    # On a deletion Neutron may not say whose it was.
    owner = _owner(port)
    if owner is None and event_type != PORT_DELETED:
        raise port.broken("has no device_owner")
    if not owner or owner.startswith(_SERVERS):
        return True
    return event_type != PORT_CREATED and not owner.startswith(_NEVER_A_SERVERS)


def _owner(port: Part) -> str | None:
    owner = port.values.get("device_owner")
    if owner is None or isinstance(owner, str):
        return owner
    port.note(f"has device_owner = {short(owner)}, which is not a text")
    return None


def _nic(port: Part) -> Nic:
    is_servers = (_owner(port) or "").startswith(_SERVERS)
    return Nic(
        # Of a deleted port: the instance that it was on.
        instance_id=port.text("device_id") if is_servers else None,
        port_id=port.required("id"),
        mac_address=port.mac("mac_address"),
        network_id=port.text("network_id"),
        fixed_ips=port.fixed_ips("fixed_ips") if port.values.get("fixed_ips") is not None else (),
        vif_type=port.text("binding:vif_type"),
        vnic_type=port.text("binding:vnic_type"),
    )


def _compute_host(port: Part) -> str | None:
    """The compute host to which the port is bound, None where it is bound to something else."""
    host = port.text("binding:host_id")
    return host if is_compute_host(host, port.text("binding:vnic_type")) else None


def _the_same(values: Iterable[str | None]) -> str | None:
    different = set(values)
    return different.pop() if len(different) == 1 else None
