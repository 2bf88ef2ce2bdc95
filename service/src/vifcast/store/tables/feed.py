"""What follows a position in the store: events in the order of their ids, and what they changed."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from vifcast import times
from vifcast.model import Action, Event, Operation
from vifcast.store.queries import EventQuery
from vifcast.store.sql import schema
from vifcast.store.tables import event_search, events, finality, operations

_EVENT = schema.event

# An event that occurred at a moment was received before it only by a clock that is wrong, and is
# behind one that was received later only if its ingester could not store it meanwhile.
_MARGIN = dt.timedelta(days=1)
# Those of an ingester and of an API.
_CLOCKS_DIFFER = dt.timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """An event and the operations that it made or changed, as they are now."""

    event: Event
    operations: tuple[Operation, ...]

    @property
    def id(self) -> int:
        """The position of the event."""
        return self.event.id or 0


@dataclass(frozen=True, slots=True)
class FeedPage:
    """Entries behind a position. There are no others until ``end``; ``is_full``: more follow."""

    entries: list[FeedEntry]
    end: int
    is_full: bool


@dataclass(frozen=True, slots=True)
class FeedGap:
    """Why something may be missing behind a position.

    ``before``: events from before this moment were deleted. None: the store never gave out that
    position, so it is that of another database, or of this one before it was restored.
    """

    before: dt.datetime | None


@dataclass(frozen=True, slots=True)
class FeedStart:
    """Where to begin to read.

    ``overdue_from``: whoever had all until the position may not know yet which operations became
    overdue since this moment.
    """

    position: int
    overdue_from: dt.datetime
    gap: FeedGap | None = None


def page(
    connection: sa.Connection,
    query: EventQuery,
    after: int,
    overdue_before: dt.datetime,
    *,
    limit: int,
) -> FeedPage:
    """So many of the entries behind a position whose events meet the conditions."""
    found = event_search.after(connection, after, limit, query)
    is_full = len(found) == limit
    end = (found[-1].id or 0) if found else after
    if not is_full and query != EventQuery():
        end = max(end, events.last_id(connection))
    return FeedPage(_with_operations(connection, found, overdue_before), end, is_full)


def _with_operations(
    connection: sa.Connection, found: Sequence[Event], overdue_before: dt.datetime
) -> list[FeedEntry]:
    correlations = {each.correlation_id for each in found if each.correlation_id is not None}
    by_key = {
        (each.correlation_id, each.id): each
        for each in operations.of_correlations(connection, correlations, overdue_before)
    }
    deleted = {
        each.instance_id for each in found if each.action is Action.DELETE and each.instance_id
    }
    ended: dict[tuple[str, dt.datetime | None], list[Operation]] = defaultdict(list)
    for each in operations.ended_by_deletion_of(connection, deleted):
        ended[each.instance_id, each.finished_at].append(each)
    entries = []
    for event in found:
        changed: list[Operation] = []
        if event.correlation_id is not None and event.operation_id is not None:
            operation = by_key.get((event.correlation_id, event.operation_id))
            changed = [operation] if operation is not None else []
        elif event.action is Action.DELETE:
            changed = ended.get((event.instance_id or "", event.occurred_at), [])
        entries.append(FeedEntry(event, tuple(changed)))
    return entries


def start(
    connection: sa.Connection, after: int | None, since: dt.datetime | None, now: dt.datetime
) -> FeedStart:
    """Where to begin: behind a position, with what occurred since a moment, or now."""
    last = events.last_id(connection)
    if after is None:
        return FeedStart(last if since is None else position_of(connection, since, last), now)
    horizon = finality.horizon(connection)
    if after > last:
        return FeedStart(last, now, FeedGap(horizon))
    times_of = sa.select(_EVENT.c.occurred_at, _EVENT.c.received_at).where(_EVENT.c.id == after)
    row = connection.execute(times_of).first()
    overdue_from = now if row is None else min(now, row.received_at - _CLOCKS_DIFFER)
    if horizon is None:
        return FeedStart(after, overdue_from)
    is_whole = row is not None and row.occurred_at >= horizon
    return FeedStart(after, overdue_from, None if is_whole else FeedGap(horizon))


def position_of(connection: sa.Connection, moment: dt.datetime, last: int) -> int:
    """A position before all events that occurred from that moment on.

    There is no index for when events occurred. They are received in the order of their ids, more
    or less: so it is found by halves.
    """
    received_from = times.shifted(moment, -_MARGIN)
    low, high = 0, last
    while low < high:
        middle = (low + high) // 2
        newer = sa.select(_EVENT.c.id, _EVENT.c.received_at).where(_EVENT.c.id > middle)
        row = connection.execute(newer.order_by(_EVENT.c.id).limit(1)).first()
        if row is None or row.received_at >= received_from:
            high = middle
        else:
            low = row.id
    return low
