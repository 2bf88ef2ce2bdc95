"""The events of one port to the periods in which it was on an instance.

Only a successful end moves a port: a start promises, and an error leaves things
as they were. Knowledge used here: Neutron binds a port to one host and one
device at a time, so a port that was attached to B is no longer on A, whatever
else was seen or missed.
"""

from collections.abc import Iterable
from dataclasses import replace

from vifcast.model import Action, Attachment, Event, Phase


def attachments_from(events: Iterable[Event]) -> list[Attachment]:
    """All periods of one port, oldest first.

    ``events`` all have the same ``port_id``, in any order and with repetitions;
    what is not the end of an attach or detach is ignored.
    """
    ends = {event.message_id: event for event in events if event.phase is Phase.END}
    periods: list[Attachment] = []
    current: int | None = None
    displaced: set[str] = set()
    for event in sorted(ends.values(), key=_order):
        if event.action is Action.ATTACH:
            if current is not None:
                # Its detach was missed, or carries a later time.
                displaced.add(periods[current].instance_id)
                periods[current] = replace(periods[current], detached_at=event.occurred_at)
            displaced.discard(event.instance_id)
            current = len(periods)
            periods.append(_attachment(event, current + 1, attached=True))
        elif current is not None and periods[current].instance_id == event.instance_id:
            periods[current] = replace(
                periods[current],
                detached_at=event.occurred_at,
                detach_operation_id=event.operation_id,
            )
            current = None
        elif event.instance_id in displaced:
            displaced.discard(event.instance_id)
        else:
            # It was attached before anybody listened.
            periods.append(_attachment(event, len(periods) + 1, attached=False))
    return periods


def _order(event: Event) -> tuple[object, ...]:
    # At the same instant, an attach elsewhere comes before the detach here: then
    # the detach finds its period already closed instead of inventing another.
    return event.occurred_at, event.action is Action.DETACH, event.message_id


def _attachment(event: Event, number: int, *, attached: bool) -> Attachment:
    return Attachment(
        port_id=event.port_id or "",
        number=number,
        instance_id=event.instance_id,
        instance_name=event.instance_name,
        project_id=event.project_id,
        compute_host=event.compute_host,
        network_id=event.network_id,
        network_label=event.network_label,
        mac_address=event.mac_address,
        fixed_ips=event.fixed_ips,
        vif_type=event.vif_type,
        vnic_type=event.vnic_type,
        device_name=event.device_name,
        first_known_at=event.occurred_at,
        attached_at=event.occurred_at if attached else None,
        detached_at=None if attached else event.occurred_at,
        attach_operation_id=event.operation_id if attached else None,
        detach_operation_id=None if attached else event.operation_id,
    )
