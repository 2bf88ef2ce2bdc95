"""What Nova's lists prove of where NICs were, as moves."""

from collections.abc import Iterator

from vifcast.ledger.lists import Lists, Snapshot, Stay
from vifcast.ledger.moves import Move, MoveKind
from vifcast.model import Nic


def moves_of_lists(lists: Lists) -> Iterator[Move]:
    """Of each port every list of the instance that has it, and for each time that it went, two.

    That is the first list without it, and the last before it came again: of the latter it is
    proven of more that the NIC was there before.
    """
    for port_id, stays in lists.stays().items():
        for stay in stays:
            yield from _moves_of_stay(port_id, stay)


def _moves_of_stay(port_id: str, stay: Stay) -> Iterator[Move]:
    for snapshot in stay.present:
        is_first = stay.before is not None and snapshot is stay.present[0]
        yield _move(snapshot, MoveKind.LISTED, snapshot.nics[port_id], is_first=is_first)
    nic = Nic(instance_id=stay.present[0].listing.instance_id, port_id=port_id)
    if stay.after is not None:
        yield _move(stay.after, MoveKind.UNLISTED, nic)
    if stay.last_after is not None and stay.last_after is not stay.after:
        yield _move(stay.last_after, MoveKind.UNLISTED, nic)


def _move(snapshot: Snapshot, kind: MoveKind, nic: Nic, *, is_first: bool = False) -> Move:
    listing = snapshot.listing
    return Move(
        at=snapshot.read_before,
        kind=kind,
        key=listing.message_id,
        instance_id=listing.instance_id,
        nic=nic,
        earliest_at=snapshot.read_after,
        is_first=is_first,
        instance_name=listing.instance_name,
        project_id=listing.project_id,
        compute_host=listing.compute_host,
        region=listing.region,
    )
