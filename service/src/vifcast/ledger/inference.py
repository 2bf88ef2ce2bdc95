"""Which port an operation was about, where no notification names it.

A hand-patched Nova reports that an instance got a NIC, not which; Nova's versioned notifications
list all NICs with an address; Neutron reports that a port came to the instance, not why. It is
decided for all operations of an instance together, those whose port is named and those that
failed or have no end included: each change was made by one operation, and each operation made
one change at most. A port is inferred where every assignment that this allows says the same.

That holds as far as of every operation something was heard: of one of which every notification
is lost, or of what Nova's cache gained or lost without any operation (a port that Neutron
deleted), nobody knows that it can have made the change.
"""

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from vifcast.ledger.change import Change, Claimant, Key, Listing, Sighting
from vifcast.ledger.changes import changes_of
from vifcast.ledger.claims import Claims, by_change
from vifcast.ledger.lists import Lists
from vifcast.ledger.matching import forced
from vifcast.ledger.operations import is_outcome_unknown
from vifcast.model import NIC_FIELDS, Action, Operation, Status


def needs_port(operation: Operation) -> bool:
    """Whether it moved a NIC, or began to and failed, and no notification names the port.

    vifcast-nova names it where there is one; only its operations have an id of their own.
    """
    if operation.id != operation.correlation_id:
        return False
    is_done = operation.status is Status.SUCCEEDED or (
        operation.status is Status.FAILED
        and operation.action is Action.ATTACH
        and not is_outcome_unknown(operation)
    )
    return is_done and (operation.port_id is None or operation.is_port_inferred)


def claimant_of(operation: Operation) -> Claimant:
    """What ``infer`` is given of an operation."""
    return Claimant(
        operation.correlation_id,
        operation.id,
        operation.action,
        operation.status,
        operation.request_id,
        operation.global_request_id,
        operation.started_at,
        operation.finished_at,
        operation.first_known_at,
        None if operation.is_port_inferred else operation.port_id,
        is_outcome_unknown(operation),
    )


def infer(
    instance_id: str,
    operations: Iterable[Claimant],
    sightings: Iterable[Sighting],
    listings: Iterable[Listing] = (),
) -> dict[Key, Change]:
    """The changes that operations without a port made, where that is certain.

    ``operations`` and ``listings`` are all of the instance, ``sightings`` at least all of the
    ports that were ever seen on it.
    """
    lists = Lists(listings)
    claimants = sorted(
        (each for each in operations if not _had_none(each)),
        key=lambda each: (each.correlation_id, each.id),
    )
    found: dict[Key, Change] = {}
    for action, changes in changes_of(instance_id, sightings, lists).items():
        if changes:
            changes.sort(key=lambda each: (each.since_at, each.until_at, each.port_id))
            for number, change in _decide(action, claimants, changes, lists).items():
                claimant = claimants[number]
                if claimant.action == action:
                    found[claimant.correlation_id, claimant.id] = change
    return found


def _had_none(operation: Claimant) -> bool:
    """Whether vifcast-nova reports that it failed before it had a port."""
    return (
        operation.id != operation.correlation_id
        and operation.port_id is None
        and operation.status == Status.FAILED
        and not operation.outcome_unknown
    )


def _decide(
    action: Action, claimants: Sequence[Claimant], changes: Sequence[Change], lists: Lists
) -> dict[int, Change]:
    """By the place of an operation without a port, its change."""
    claims = Claims(action, claimants, changes, lists)
    possible = claims.changes
    _take_named(claimants, changes, possible)
    found = _take_own(claimants, changes, possible)
    certain = {
        place for places in possible.values() for place in places if changes[place].is_certain
    }
    ports = {place: change.port_id for place, change in enumerate(changes)}
    graph = {
        number: own
        for number, places in possible.items()
        if (own := [place for place in places if place in certain])
    }
    found |= forced(graph, ports, claims.too_many)
    owners = by_change(possible)
    for number, places in possible.items():
        if (
            number not in graph
            and len({ports[place] for place in places}) == 1
            and all(owners[place] == [number] for place in places)
            and not claims.too_many.intersection(places)
        ):
            found[number] = places[0]
    return {
        number: changes[place]
        for number, place in found.items()
        if claimants[number].port_id is None and not claimants[number].outcome_unknown
    }


def _take_named(
    claimants: Sequence[Claimant], changes: Sequence[Change], possible: dict[int, list[int]]
) -> None:
    """Take out the operations that succeeded and name their port, each with its change."""
    taken: set[int] = set()
    for number, claimant in enumerate(claimants):
        finished_at = claimant.finished_at
        if (
            claimant.port_id is None
            or claimant.status != Status.SUCCEEDED
            or finished_at is None
            or number not in possible
        ):
            continue
        own = [place for place in possible.pop(number) if place not in taken]
        if own:
            taken.add(min(own, key=lambda place: abs(changes[place].until_at - finished_at)))
    for number, places in possible.items():
        possible[number] = [place for place in places if place not in taken]


def _take_own(
    claimants: Sequence[Claimant], changes: Sequence[Change], possible: dict[int, list[int]]
) -> dict[int, int]:
    """Take out what Neutron did for a request that has Nova's own id: one operation, if any.

    Not so what has an id of a user's: other requests can have that, too.
    """
    found: dict[int, int] = {}
    owners = by_change(possible)
    for number, places in possible.items():
        request_id = claimants[number].request_id
        own = [place for place in places if changes[place].global_request_id == request_id]
        if (
            request_id is not None
            and len({changes[place].port_id for place in own}) == 1
            and all(owners[place] == [number] for place in own)
        ):
            found[number] = own[0]
    taken = set(found.values())
    for number in found:
        taken.update(
            place
            for place in possible.pop(number)
            if changes[place].global_request_id == claimants[number].request_id
        )
    for number, places in possible.items():
        possible[number] = [place for place in places if place not in taken]
    return found


def with_port(operation: Operation, change: Change) -> Operation:
    """The operation with what was inferred; what Nova reported of the NIC stays."""
    nic = change.nic
    facts = {name: getattr(operation, name) or getattr(nic, name) for name in NIC_FIELDS}
    return replace(operation, port_id=change.port_id, is_port_inferred=True, **facts)
