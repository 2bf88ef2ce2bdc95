"""The ports that came to an instance and those that went, by Neutron's word and Nova's lists.

Where both know of one, it is one change: each is made by one operation at most.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from vifcast.ledger.change import CLOCKS_APART, Change, Sighting
from vifcast.ledger.lists import Lists, Snapshot, Stay
from vifcast.model import NIC_FIELDS, Action, Nic
from vifcast.notification.event_types import PORT_CREATED, PORT_DELETED


def changes_of(
    instance_id: str, sightings: Iterable[Sighting], lists: Lists
) -> dict[Action, list[Change]]:
    """By attach and detach, what came to the instance and what went.

    ``sightings`` are at least all of the ports that were ever seen on it.
    """
    found: dict[Action, list[Change]] = {Action.ATTACH: [], Action.DETACH: []}
    seen = _seen(instance_id, sightings)
    listed = _listed(lists)
    for action, changes in found.items():
        of_port: dict[str, list[Change]] = defaultdict(list)
        for change in seen[action]:
            of_port[change.port_id].append(change)
        for change in listed[action]:
            changes.extend(_one_of(change, of_port[change.port_id]))
        changes.extend(change for each in of_port.values() for change in each)
    return found


def _one_of(listed: Change, seen: list[Change]) -> list[Change]:
    """The change that lists prove, unless Neutron reports it; then ``seen`` has that.

    What Neutron reported of it without being certain is taken out of ``seen``.
    """
    same = [
        each
        for each in seen
        if each.until_at >= listed.since_at and each.since_at <= listed.until_at
    ]
    if any(each.is_certain for each in same):
        return []
    for each in same:
        seen.remove(each)
    if len(same) != 1:
        return [listed]
    (only,) = same
    return [replace(listed, nic=_merged(only.nic, listed.nic))]


def _merged(nic: Nic, other: Nic) -> Nic:
    """What the first says of the NIC, and what only the other does."""
    return replace(nic, **{name: getattr(nic, name) or getattr(other, name) for name in NIC_FIELDS})


def _seen(instance_id: str, sightings: Iterable[Sighting]) -> dict[Action, list[Change]]:
    found: dict[Action, list[Change]] = {Action.ATTACH: [], Action.DETACH: []}
    for port_id, history in _by_port(sightings).items():
        before: Nic | None = None
        was_here = False
        for sighting, nic in history:
            is_deleted = sighting.event_type == PORT_DELETED
            is_here = nic.instance_id == instance_id and not is_deleted
            if is_here and not was_here:
                is_certain = before is not None or sighting.event_type == PORT_CREATED
                change = _change(port_id, nic, sighting)
                found[Action.ATTACH].append(
                    replace(change, is_certain=is_certain, is_return=before is not None)
                )
            elif was_here and not is_here:
                found[Action.DETACH].append(_change(port_id, before or nic, sighting))
            before, was_here = nic, is_here
    return found


def _change(port_id: str, nic: Nic, sighting: Sighting) -> Change:
    return Change(
        port_id,
        nic,
        sighting.occurred_at - CLOCKS_APART,
        sighting.occurred_at + CLOCKS_APART,
        sighting.global_request_id,
    )


def _by_port(sightings: Iterable[Sighting]) -> dict[str, list[tuple[Sighting, Nic]]]:
    ports: dict[str, list[tuple[Sighting, Nic]]] = defaultdict(list)
    unique = {each.message_id: each for each in sightings}.values()
    for sighting in sorted(unique, key=lambda each: (each.occurred_at, each.message_id)):
        for nic in sighting.nics:
            if nic.port_id is not None:
                ports[nic.port_id].append((sighting, nic))
    return ports


def _listed(lists: Lists) -> dict[Action, list[Change]]:
    found: dict[Action, list[Change]] = {Action.ATTACH: [], Action.DETACH: []}
    for port_id, stays in lists.stays().items():
        for number, stay in enumerate(stays):
            nic = stay.present[0].nics[port_id]
            for action, first, last in _ends_of(stay):
                found[action].append(
                    Change(
                        port_id,
                        nic,
                        first.likely_after,
                        last.read_before,
                        is_return=number > 0 or action is Action.DETACH,
                    )
                )
    return found


def _ends_of(stay: Stay) -> Iterator[tuple[Action, Snapshot, Snapshot]]:
    if stay.before is not None:
        yield Action.ATTACH, stay.before, stay.present[0]
    if stay.after is not None:
        there = [each for each in stay.present if each.read_before <= stay.after.read_after]
        last = max(there, key=lambda each: each.likely_after, default=stay.present[0])
        yield Action.DETACH, last, stay.after
