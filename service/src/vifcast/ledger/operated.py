"""What an attach or detach shows of the other NICs of its instance: on which host they were."""

import datetime as dt
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from vifcast.ledger.change import CLOCKS_APART
from vifcast.ledger.moves import Move, MoveKind
from vifcast.model import Action, Event, Nic, Operation, Status
from vifcast.notification.nova_legacy import CAUSE_API


class Operated(NamedTuple):
    """What an operation reports of where its instance was, all else left out."""

    correlation_id: str
    id: str
    status: str
    cause: str
    instance_id: str
    compute_host: str | None
    started_at: dt.datetime | None
    finished_at: dt.datetime | None


def whereabouts_of_operation(operation: Operation | Operated) -> Move | None:
    """On which host its instance was, for every NIC that was on it; None where that is unknown.

    An operation that failed may have failed because the instance is elsewhere. Of a port that
    Neutron deleted nova-api notifies both hosts of a migration (nova/compute/api.py:
    _get_relevant_hosts), and nova-compute drops the VIF whether the guest is there or not
    (nova/compute/manager.py:_process_instance_vif_deleted_event). A start proves as much as an
    end, and more where the instance moves in between.
    """
    at = operation.started_at or operation.finished_at
    if (
        operation.status != Status.SUCCEEDED
        or operation.cause != CAUSE_API
        or operation.compute_host is None
        or at is None
    ):
        return None
    return Move(
        at=at,
        kind=MoveKind.OPERATED,
        # Another than that of what the operation did to its own port.
        key=f"{operation.correlation_id} {operation.id}",
        instance_id=operation.instance_id,
        nic=Nic(instance_id=operation.instance_id),
        earliest_at=at - CLOCKS_APART,
        compute_host=operation.compute_host,
    )


def hosts_named(event: Event) -> Iterator[tuple[str, str | None]]:
    """Each instance of which the event reports where it is, and the host; None is on none."""
    if event.compute_host is None and event.action is not Action.MOVE:
        return
    if event.instance_id is not None:
        yield event.instance_id, event.compute_host
    elif event.nics:
        for nic in event.nics:
            if nic.instance_id is not None:
                yield nic.instance_id, event.compute_host


def in_order(operated: Iterable[Move]) -> list[Move]:
    """Oldest first; several of one moment as the ledger takes them."""
    return sorted(operated, key=lambda move: (move.at, move.key))


def that_matter(operated: Sequence[Move], times: Iterable[dt.datetime]) -> list[Move]:
    """Of the operations on an instance, ``in_order``, those that can change where a NIC was.

    ``times``: of what else is known of the NIC there. An operation on the same host as the one
    before changes nothing unless something else came in between, or a move so shortly before the
    first of them that this does not count: an instance can have had thousands.
    """
    if not operated:
        return []
    places = {0}
    for place, (before, move) in enumerate(pairwise(operated), start=1):
        if before.compute_host != move.compute_host:
            places.add(place)
    operated_at = [move.at for move in operated]
    for at in times:
        places |= {bisect_left(operated_at, at), bisect_right(operated_at, at)}
        places.add(bisect_right(operated_at, at + CLOCKS_APART))
    return [operated[place] for place in sorted(places) if place < len(operated)]
