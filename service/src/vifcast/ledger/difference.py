"""Which NIC an attach or detach was about, by what an instance had before and after.

Nova's versioned notifications do not name the port; they list every NIC of the
instance that has an address (nova/notifications/objects/instance.py, IpPayload).
"""

from collections.abc import Iterable

from vifcast.model import Action, Event, Nic, Phase


def nic_that_differs(events: Iterable[Event]) -> Nic | None:
    """The one NIC that came (attach) or went (detach) between start and end.

    None where a list is missing, or where not exactly one NIC differs: one without
    an address is in no list, and two operations at once show up in each other's.
    """
    lists = sorted(
        (event for event in events if event.nics is not None),
        key=lambda event: (event.occurred_at, event.message_id),
    )
    starts = [event for event in lists if event.phase is Phase.START]
    ends = [event for event in lists if event.phase is Phase.END]
    if not starts or not ends:
        return None
    before, after = _by_identity(starts[0]), _by_identity(ends[-1])
    if ends[-1].action is Action.DETACH:
        before, after = after, before
    came = [nic for identity, nic in after.items() if identity not in before]
    return came[0] if len(came) == 1 else None


def _by_identity(event: Event) -> dict[str, Nic]:
    return {nic.port_id or nic.mac_address or "": nic for nic in event.nics or ()}
