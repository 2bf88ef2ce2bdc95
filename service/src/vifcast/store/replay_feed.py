"""The next deliveries of a replay: first of its events, then of what came of them.

Few at a time: a replay of months makes no backlog of months.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from vifcast.model import Attachment, Event
from vifcast.store.projection.attachment_changes import again, moment_of
from vifcast.store.queries import read_cursor, write_cursor
from vifcast.store.tables import (
    announcements,
    attachments,
    deliveries,
    events,
    replays,
    subscriptions,
)
from vifcast.store.tables.deliveries import NewDelivery
from vifcast.store.tables.subscriptions import Interest, interest_of
from vifcast.subscription.delivery import Replay, ReplayState
from vifcast.subscription.message import Announcement, MessageType, line_of, replay_lines

# So many deliveries of a replay are undelivered at most.
_UNDELIVERED = 500
# Room for fewer is not worth a look.
_WORTHWHILE = 100
# So many rows are read at once: a range is found, not searched for in one long transaction.
_POSITIONS = 5000
_ATTACHMENTS = 200


@dataclass(frozen=True, slots=True)
class Step:
    """What a replay does next, and how far it is then; ``ends``: nothing is left."""

    interest: Interest
    changes: dict[str, Any]
    events: list[Event] = field(default_factory=list)
    announced: list[Announcement] = field(default_factory=list)
    ends: bool = False


def next_step(connection: sa.Connection, replay: Replay) -> Step | None:
    """What comes next; None where there is no room for it yet."""
    subscription = subscriptions.get(connection, replay.subscription_id)
    undelivered = replays.undelivered(connection, replay)
    room = _UNDELIVERED - undelivered
    if subscription is None or room < _WORTHWHILE:
        return None
    interest = interest_of(subscription)
    if replay.position < replay.until_id:
        return _of_events(connection, replay, interest, room)
    step = _of_attachments(connection, replay, interest, room)
    # It ends when all of it is delivered or given up: until then no other one begins.
    return None if step.ends and undelivered else step


def take(connection: sa.Connection, replay: Replay, step: Step, now: dt.datetime) -> bool:
    """Make the deliveries of a step; False where another process was faster."""
    new = list(_deliveries(connection, replay, step, now))
    changes = step.changes | {"scheduled": replay.scheduled + len(new)}
    if step.ends:
        changes |= {"state": ReplayState.DONE, "finished_at": now}
    if not replays.advance(connection, replay, **changes):
        # What was announced anew for it stays: it is what anybody would announce.
        return False
    deliveries.insert(connection, new)
    return True


def _of_events(connection: sa.Connection, replay: Replay, interest: Interest, room: int) -> Step:
    last = min(replay.position + _POSITIONS, replay.until_id)
    found = events.occurred_between(
        connection, replay.position, last, replay.since_at, replay.until_at, room
    )
    if len(found) == room:
        last = found[-1].id or last
    return Step(
        interest, {"position": last}, events=[each for each in found if interest.wants(each)]
    )


def _of_attachments(
    connection: sa.Connection, replay: Replay, interest: Interest, room: int
) -> Step:
    after = _key_in(replay.attachment_cursor)
    # Each may have opened and closed.
    last = attachments.end_of_next(connection, after, min(_ATTACHMENTS, room // 2))
    if last is None:
        return Step(interest, {}, ends=True)
    found = attachments.opened_or_closed(connection, after, last, replay.since_at, replay.until_at)
    announced = [
        message
        for attachment in found
        for message in _announced(attachment, replay)
        if interest.wants(message)
    ]
    return Step(interest, {"attachment_cursor": write_cursor(*last)}, announced=announced)


def _key_in(cursor: str | None) -> tuple[str, int]:
    if cursor is None:
        return "", 0
    nic, number = read_cursor(cursor, str, int)
    return str(nic), int(str(number))


def _announced(attachment: Attachment, replay: Replay) -> Iterator[Announcement]:
    kinds = [MessageType.OPENED]
    if attachment.detached_at is not None:
        kinds.append(MessageType.CLOSED)
    for kind in kinds:
        if replay.since_at <= moment_of(kind, attachment) < replay.until_at:
            yield again(kind, attachment)


def _deliveries(
    connection: sa.Connection, replay: Replay, step: Step, now: dt.datetime
) -> Iterator[NewDelivery]:
    def new(
        message: Event | Announcement, event_id: int | None = None, announced: int | None = None
    ) -> NewDelivery:
        return NewDelivery(
            subscription_id=replay.subscription_id,
            event_id=event_id,
            announcement_id=announced,
            # Without order each is a line of its own: by its lines a replay is found.
            line=line_of(message, replay.id)
            if step.interest.is_ordered
            else replay_lines(replay.id) + message.message_id,
            ordered_at=message.occurred_at,
            due_at=now,
            created_at=now,
            replay_id=replay.id,
        )

    for event in step.events:
        yield new(event, event_id=event.id)
    if step.announced:
        ids = announcements.ids_of(connection, [each.message_id for each in step.announced])
        missing = [each for each in step.announced if each.message_id not in ids]
        if missing:
            ids |= announcements.insert(connection, missing)
        for each in step.announced:
            yield new(each, announced=ids[each.message_id])
