"""Differences to the events that take them away."""

import datetime as dt
import uuid
from collections.abc import Iterable

from vifcast.addresses import ip_version
from vifcast.model import Action, Event, FixedIp, Phase, Source
from vifcast.reconcile.compare import Difference
from vifcast.reconcile.nic import Nic

CAUSE = "reconcile"
_PUBLISHER = "vifcast.reconcile"


def correcting_events(
    differences: Iterable[Difference], seen_at: dt.datetime, received_at: dt.datetime
) -> list[Event]:
    """The successful end of an attach for what is in the cloud, of a detach for what is not."""
    events = []
    for each in differences:
        if each.cloud is not None:
            events.append(_event(Action.ATTACH, each.cloud, seen_at, received_at))
        elif each.ledger is not None:
            events.append(_event(Action.DETACH, each.ledger, seen_at, received_at))
    return events


def _event(action: Action, nic: Nic, seen_at: dt.datetime, received_at: dt.datetime) -> Event:
    return Event(
        message_id=str(uuid.uuid4()),
        event_type=f"vifcast.reconcile.{action}",
        source=Source.RECONCILE,
        priority="INFO",
        publisher_id=_PUBLISHER,
        compute_host=nic.compute_host,
        instance_id=nic.instance_id,
        instance_name=nic.instance_name,
        project_id=nic.project_id,
        user_id=None,
        request_id=None,
        action=action,
        phase=Phase.END,
        cause=CAUSE,
        operation_id=str(uuid.uuid4()),
        port_id=nic.port_id,
        network_id=nic.network_id,
        network_label=None,
        mac_address=nic.mac_address,
        fixed_ips=tuple(FixedIp(each, ip_version(each)) for each in nic.addresses),
        vif_type=None,
        vnic_type=None,
        device_name=None,
        requested_ip=None,
        tag=None,
        error_class=None,
        error_message=None,
        error_code=None,
        occurred_at=seen_at,
        received_at=received_at,
        payload={},
    )
