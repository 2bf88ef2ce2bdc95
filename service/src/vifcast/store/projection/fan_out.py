"""What a batch means for the subscriptions: deliveries, in the transaction of the batch.

A delivery is there as soon as its event is, whatever happens to this process.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence

import sqlalchemy as sa
from msgspec.structs import replace

from vifcast.model import Action, Event, Operation, Phase, Source
from vifcast.store.projection.attachment_changes import AttachmentChanges
from vifcast.store.tables import announcements, deliveries
from vifcast.store.tables.deliveries import NewDelivery
from vifcast.store.tables.subscriptions import Interest
from vifcast.subscription.message import Announcement, derived_id, line_of

# An end can be stored before its start where several processes read one queue: the one that has the
# start was killed, or pauses because its database was away, for [ingest] retry_max_s at most. The
# end waits for twice that, so that a subscriber sees the start first.
START_WAIT = dt.timedelta(seconds=60)

_SEND_STARTS = frozenset({Source.VIFCAST_NOVA, Source.HAND_PATCH, Source.NOVA_VERSIONED})

Numbered = Sequence[tuple[int, Event]]


def write(
    connection: sa.Connection,
    interests: Sequence[Interest],
    numbered: Numbered,
    by_event: Mapping[int, Operation],
    changes: AttachmentChanges,
    now: dt.datetime,
) -> None:
    """Write the deliveries of the new events, and of what they changed in the ledger."""
    new = [
        each
        for event_id, event in numbered
        for each in _of_event(interests, event_id, event, by_event.get(event_id), now)
    ]
    causes = {event.instance_id: event for _, event in numbered if event.instance_id is not None}
    announced = changes.announcements(causes, numbered[-1][0]) if numbered else []
    wanted = [each for each in announced if any(one.wants(each) for one in interests)]
    if wanted:
        ordered_at: dict[str, dt.datetime] = {}
        for _, event in numbered:
            if event.instance_id is not None:
                known = ordered_at.get(event.instance_id, event.occurred_at)
                ordered_at[event.instance_id] = max(known, event.occurred_at)
        new += announce(connection, interests, wanted, ordered_at, now)
    if new:
        deliveries.insert(connection, new)


def announce(
    connection: sa.Connection,
    interests: Sequence[Interest],
    wanted: Sequence[Announcement],
    ordered_at: Mapping[str, dt.datetime],
    now: dt.datetime,
) -> Iterator[NewDelivery]:
    """Store these announcements; the deliveries to be made of them.

    ``ordered_at``: behind what of each instance they come.
    """
    known = announcements.known_of(connection, [each.message_id for each in wanted])
    new = [
        replace(each, message_id=derived_id(each.message_id, now, number))
        if each.message_id in known
        else each
        for number, each in enumerate(wanted)
    ]
    ids = announcements.insert(connection, new)
    for each in new:
        at = ordered_at.get(each.instance_id or "", each.occurred_at)
        for interest in interests:
            if interest.wants(each):
                yield NewDelivery(
                    subscription_id=interest.id,
                    announcement_id=ids[each.message_id],
                    line=line_of(each) if interest.is_ordered else None,
                    ordered_at=at,
                    due_at=now,
                    created_at=now,
                )


def _of_event(
    interests: Sequence[Interest],
    event_id: int,
    event: Event,
    operation: Operation | None,
    now: dt.datetime,
) -> Iterator[NewDelivery]:
    due_at = now + START_WAIT if _is_early(event, operation) else now
    for interest in interests:
        if interest.wants(event):
            yield NewDelivery(
                subscription_id=interest.id,
                event_id=event_id,
                line=line_of(event) if interest.is_ordered else None,
                ordered_at=event.occurred_at,
                due_at=due_at if interest.is_ordered else now,
                created_at=now,
            )


def _is_early(event: Event, operation: Operation | None) -> bool:
    """Whether it ends an operation of which no start is known yet."""
    return (
        event.phase is not Phase.START
        and event.action in (Action.ATTACH, Action.DETACH)
        and event.source in _SEND_STARTS
        and operation is not None
        and operation.started_at is None
    )
