"""Events of one port, in few words; seconds after T0."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from ledger_events import make_event, make_sighting
from vifcast.model import Attachment, Event, FixedIp, Nic
from whole_ledger import whole_ledger

T0 = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)


def attachments_from(events: Iterable[Event]) -> list[Attachment]:
    """Of one NIC."""
    _, attachments = whole_ledger(events)
    assert len({each.nic for each in attachments}) <= 1
    return attachments


def attach(at_s: float, instance: str = "a", **changes: Any) -> Event:
    """The end of one."""
    return _end("attach", at_s, instance, changes)


def detach(at_s: float, instance: str = "a", **changes: Any) -> Event:
    """The end of one."""
    return _end("detach", at_s, instance, changes)


def _end(action: str, at_s: float, instance: str, changes: dict[str, Any]) -> Event:
    changes = {"operation_id": f"{action} of {instance} at {at_s}"} | changes
    return make_event(action=action, phase="end", at_s=at_s, instance_id=instance, **changes)


def seen(at_s: float, instance: str | None = "a", *addresses: str, **changes: Any) -> Event:
    """Neutron's word, with these addresses."""
    fixed_ips = tuple(FixedIp(each, 4) for each in addresses)
    nic = Nic(instance_id=instance, port_id="port-1", fixed_ips=fixed_ips)
    return make_sighting(at_s=at_s, nics=(nic,), **changes)


def born_with(at_s: float, instance: str = "a", **nic: Any) -> Event:
    """Nova's word of a new instance."""
    nics = (Nic(instance_id=instance, **{"port_id": "port-1"} | nic),)
    return make_sighting(action="create", at_s=at_s, nics=nics)


def moved(at_s: float, host: str | None, instance: str = "a", *nics: Nic, **changes: Any) -> Event:
    """Nova's word of an instance on another host, or on none, with these NICs."""
    changes = {"instance_id": instance} | changes
    return make_sighting(action="move", at_s=at_s, compute_host=host, nics=nics, **changes)


def hosts(attachment: Attachment) -> list[tuple[str, float | None, float | None]]:
    """(host, from, to) in seconds after T0."""
    return [
        (each.compute_host, _seconds(each.since_at), _seconds(each.until_at))
        for each in attachment.hosts
    ]


def gone(at_s: float, instance: str = "a") -> Event:
    """Nova's word of a deleted instance."""
    return make_sighting(action="delete", at_s=at_s, instance_id=instance)


def periods(*events: Event) -> list[tuple[str, float | None, float | None]]:
    """(instance, from, to) in seconds after T0."""
    return [
        (each.instance_id, _seconds(each.attached_at), _seconds(each.detached_at))
        for each in attachments_from(events)
    ]


def _seconds(moment: dt.datetime | None) -> float | None:
    return None if moment is None else (moment - T0).total_seconds()
