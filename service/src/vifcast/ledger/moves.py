"""What is known of where a NIC was, from every source in one shape."""

import datetime as dt
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import IntEnum
from typing import NamedTuple

from msgspec import Struct

from vifcast.ledger.change import CLOCKS_APART
from vifcast.ledger.operations import is_outcome_unknown
from vifcast.model import NIC_FIELDS, Action, Event, Nic, Operation, Status
from vifcast.notification.event_types import NEUTRON, PORT_CREATED, PORT_DELETED


class MoveKind(IntEnum):
    """What a move reports; at the same instant, in this order.

    ``LISTED`` and ``UNLISTED`` are what Nova's lists prove (``ledger.lists``): the NIC was there,
    or was not, at some moment from ``earliest_at`` to ``at``. ``REFUSED`` is an attach that failed.
    ``OPERATED``: nova-compute carried out an attach or detach of whatever NIC of the instance.

    An attach elsewhere comes before the detach here: then the detach finds its period
    already closed instead of inventing another.
    """

    ATTACHED = 0
    BORN_WITH = 1
    SEEN = 2
    OPERATED = 3
    MOVED = 4
    LISTED = 5
    DETACHED = 6
    ABSENT = 7
    UNLISTED = 8
    REFUSED = 9
    GONE = 10


class Move(Struct, frozen=True, gc=False, kw_only=True):
    """One fact about one NIC.

    ``key`` orders facts of one instant. ``earliest_at`` is when, at the earliest, others may
    have reported the same; of an operation without a start (``has_start``) that is a guess.
    ``is_first``: the NIC did not exist before; ``is_last``: nor after. ``is_binding``: the
    compute host is the one to which Neutron has bound the port. ``listed`` are NICs of the
    instance, where the fact is about the instance as a whole.
    """

    at: dt.datetime
    kind: MoveKind
    key: str
    instance_id: str | None
    nic: Nic
    earliest_at: dt.datetime
    has_start: bool = True
    is_first: bool = False
    is_last: bool = False
    operation_id: str | None = None
    instance_name: str | None = None
    project_id: str | None = None
    compute_host: str | None = None
    region: str | None = None
    is_binding: bool = False
    listed: tuple[Nic, ...] = ()


def move_of_operation(operation: Operation) -> Move | None:
    """What a finished operation did to its port; None for one that did nothing to any.

    Nova takes back what an attach did before it failed, unless nova-compute was killed.
    """
    if operation.port_id is None:
        return None
    is_attach = operation.action is Action.ATTACH
    if operation.status is Status.SUCCEEDED:
        kind = MoveKind.ATTACHED if is_attach else MoveKind.DETACHED
    elif is_attach and not is_outcome_unknown(operation):
        kind = MoveKind.REFUSED
    else:
        return None
    at = operation.finished_at or operation.first_known_at
    return Move(
        at=at,
        kind=kind,
        key=operation.id,
        instance_id=operation.instance_id,
        nic=Nic(
            instance_id=operation.instance_id,
            port_id=operation.port_id,
            **{name: getattr(operation, name) for name in NIC_FIELDS},
        ),
        earliest_at=(operation.started_at or at) - CLOCKS_APART,
        has_start=operation.started_at is not None,
        operation_id=operation.id,
        instance_name=operation.instance_name,
        project_id=operation.project_id,
        compute_host=operation.compute_host,
        region=operation.region,
    )


# What an event reports of an instance as a whole: of every NIC that is on it.
OF_INSTANCE: dict[str, MoveKind] = {Action.DELETE: MoveKind.GONE, Action.MOVE: MoveKind.MOVED}


class MoveEvent(NamedTuple):
    """The fields of an event that ``moves_of_event`` reads."""

    message_id: str
    event_type: str
    action: str
    instance_id: str | None
    instance_name: str | None
    project_id: str | None
    compute_host: str | None
    region: str | None
    occurred_at: dt.datetime
    nics: tuple[Nic, ...] | None


def moves_of_event(event: Event | MoveEvent) -> Iterator[Move]:
    """What a sighting, a creation, a deletion or a move of an instance says, NIC by NIC.

    A deletion and a move concern every NIC that the instance has; their ``nic`` is an empty one.
    """
    kind = OF_INSTANCE.get(event.action)
    if kind is not None:
        yield _move(event, kind, Nic(instance_id=event.instance_id))
        return
    for nic in event.nics or ():
        if event.action == Action.CREATE:
            yield _move(event, MoveKind.BORN_WITH, nic)
        elif event.action == Action.SIGHTING:
            is_there = nic.instance_id is not None and event.event_type != PORT_DELETED
            yield _move(event, MoveKind.SEEN if is_there else MoveKind.ABSENT, nic)


def port_of_mac(known_since: Mapping[str, dt.datetime], at: dt.datetime) -> str | None:
    """The port that had a MAC on an instance then, as far as events report; else None.

    ``known_since``: since when each port is known to have had it there. A port has it from then
    until the next one has it; the first port has it before that, too.
    """
    since = [(since_at, port_id) for port_id, since_at in known_since.items()]
    begun = [each for each in since if each[0] <= at + CLOCKS_APART]
    if begun:
        return max(begun)[1]
    return min(since)[1] if since else None


def deletions_between(times: Iterable[dt.datetime], gone: Sequence[Move]) -> list[Move]:
    """Of the deletions of an instance, oldest first, those that matter to a NIC.

    ``times``: when anything else was reported of it there. After each the first deletion, and
    before each the last: an instance can be reported to be deleted thousands of times.
    """
    deleted_at = [move.at for move in gone]
    places = {place for at in times for place in _around(bisect_left(deleted_at, at))}
    return [gone[place] for place in sorted(places) if place < len(gone)]


def _around(place: int) -> tuple[int, ...]:
    return (place - 1, place) if place else (place,)


def _move(event: Event | MoveEvent, kind: MoveKind, nic: Nic) -> Move:
    return Move(
        at=event.occurred_at,
        kind=kind,
        key=event.message_id,
        instance_id=nic.instance_id,
        nic=nic,
        earliest_at=event.occurred_at - CLOCKS_APART,
        is_first=event.event_type == PORT_CREATED,
        is_last=event.event_type == PORT_DELETED,
        instance_name=event.instance_name,
        project_id=event.project_id,
        compute_host=event.compute_host,
        region=event.region,
        is_binding=event.event_type in NEUTRON,
        listed=event.nics or () if kind is MoveKind.MOVED else (),
    )
