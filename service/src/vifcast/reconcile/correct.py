"""Differences to the events that take them away."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import asdict

from msgspec.structs import replace

from vifcast.addresses import ip_version
from vifcast.model import Event, FixedIp, Nic
from vifcast.notification.reconcile import sighting_event
from vifcast.reconcile.compare import Difference
from vifcast.reconcile.nic import KnownNic


def correcting_events(
    differences: Iterable[Difference], seen_at: dt.datetime, region: str | None = None
) -> list[Event]:
    """A sighting of each: on its instance what is in the cloud, on none what is not."""
    return [replace(_sighting(each, seen_at), region=region) for each in differences]


def _sighting(difference: Difference, seen_at: dt.datetime) -> Event:
    found = {
        "found": difference.kind.value,
        "fields": list(difference.fields),
        "ledger": asdict(difference.ledger) if difference.ledger else None,
        "cloud": asdict(difference.cloud) if difference.cloud else None,
    }
    there, before = difference.cloud, difference.ledger
    if there is not None:
        return sighting_event(
            _nic(there, there.instance_id),
            seen_at,
            found,
            instance_name=there.instance_name,
            project_id=there.project_id,
            compute_host=there.compute_host,
        )
    if before is None:
        raise ValueError("neither side has the NIC")
    return sighting_event(
        _nic(before, None),
        seen_at,
        found,
        instance_name=before.instance_name,
        project_id=before.project_id,
        compute_host=before.compute_host,
    )


def _nic(known: KnownNic, instance_id: str | None) -> Nic:
    return Nic(
        instance_id=instance_id,
        port_id=known.port_id,
        mac_address=known.mac_address,
        network_id=known.network_id,
        fixed_ips=tuple(FixedIp(each, ip_version(each)) for each in known.addresses),
    )
