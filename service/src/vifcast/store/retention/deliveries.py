"""Deliveries that are too old, or whose subscription was removed; a stretch at a time."""

import datetime as dt
from typing import Any

import sqlalchemy as sa

from vifcast.store.retention.walk import Position, Stretch
from vifcast.store.sql import schema
from vifcast.store.sql.in_list import in_list
from vifcast.store.sql.types import UtcDateTime
from vifcast.store.tables import stuck_lines
from vifcast.store.tables.deliveries import wake
from vifcast.subscription.delivery import DeliveryState

_TABLE = schema.delivery
_C = _TABLE.c
_REPLAY = schema.replay.c
_OPEN = (DeliveryState.WAITING, DeliveryState.SENDING)
# Of the deliveries that are left, so many of the oldest show which announcements are needed.
_LOOK_AT = 1000


def to_delete(
    connection: sa.Connection, before: dt.datetime, position: Position, limit: int
) -> Stretch:
    """Ids of those that were final before that moment.

    Those of a replay stay as long as it does: they are what it counts.
    """
    found = _from(connection, position, limit)
    replays = {row.replay_id for row in found} - {None}
    kept = set(
        connection.scalars(
            sa.select(_REPLAY.id).where(
                in_list(connection, _REPLAY.id, sorted(replays)),
                sa.or_(_REPLAY.finished_at.is_(None), _REPLAY.finished_at >= _moment(before)),
            )
        )
        if replays
        else ()
    )
    keys = [
        row.id
        for row in found
        if row.state not in _OPEN
        and row.finished_at is not None
        and row.finished_at < before
        and row.replay_id not in kept
    ]
    return Stretch(keys, _next(found, before, limit))


def delete_replays(connection: sa.Connection, before: dt.datetime, limit: int) -> int:
    """Delete some of the replays that ended before that moment; how many."""
    ended = sa.select(_REPLAY.id).where(_REPLAY.finished_at < _moment(before)).limit(limit)
    ids = list(connection.scalars(ended))
    if ids:
        connection.execute(sa.delete(schema.replay).where(in_list(connection, _REPLAY.id, ids)))
    return len(ids)


def to_give_up(
    connection: sa.Connection, before: dt.datetime, position: Position, limit: int
) -> Stretch:
    """Ids of those that have waited since before that moment."""
    found = _from(connection, position, limit)
    keys = [
        row.id for row in found if row.state == DeliveryState.WAITING and row.created_at < before
    ]
    return Stretch(keys, _next(found, before, limit))


def delete(connection: sa.Connection, ids: list[Any]) -> None:
    """Delete these and their attempts."""
    of_them = in_list(connection, schema.attempt.c.delivery_id, ids)
    connection.execute(sa.delete(schema.attempt).where(of_them))
    connection.execute(sa.delete(_TABLE).where(in_list(connection, _C.id, ids)))


def give_up(connection: sa.Connection, ids: list[Any], error: str, now: dt.datetime) -> None:
    """Make these dead, as far as they still wait; those behind them get their turn."""
    still = (in_list(connection, _C.id, ids), _C.state == DeliveryState.WAITING)
    lines: dict[str, set[str]] = {}
    waiting = sa.select(_C.subscription_id, _C.line).where(*still, _C.line.is_not(None))
    for subscription_id, line in connection.execute(waiting):
        lines.setdefault(subscription_id, set()).add(line)
    connection.execute(
        sa.update(_TABLE)
        .where(*still)
        .values(state=DeliveryState.DEAD, line=None, due_at=None, finished_at=now, error=error)
    )
    for subscription_id, of_it in lines.items():
        wake(connection, stuck_lines.first_of(connection, subscription_id, sorted(of_it)), now)


def delete_announcements(connection: sa.Connection, limit: int) -> int:
    """Delete some of those that no delivery is about any more; how many.

    They are numbered as their deliveries are, so those before the first that is needed may go.
    """
    oldest = (
        sa.select(_C.announcement_id)
        .where(_C.announcement_id.is_not(None))
        .order_by(_C.id)
        .limit(_LOOK_AT)
        .subquery()
    )
    needed = connection.scalar(sa.select(sa.func.min(oldest.c.announcement_id)))
    if needed is None:
        return 0
    # A replay announces what is old behind what is new.
    replayed = sa.select(sa.func.min(_C.announcement_id)).where(
        _C.subscription_id == _REPLAY.subscription_id, _C.line >= "replay:", _C.line < "replay;"
    )
    needed = min(needed, connection.scalar(replayed) or needed)
    its_id = schema.announcement.c.id
    ids = list(
        connection.scalars(sa.select(its_id).where(its_id < needed).order_by(its_id).limit(limit))
    )
    if ids:
        gone = in_list(connection, its_id, ids)
        connection.execute(sa.delete(schema.announcement).where(gone))
    return len(ids)


def of_removed(connection: sa.Connection, limit: int) -> list[int]:
    """Some of those whose subscription was removed."""
    kept = set(connection.scalars(sa.select(schema.subscription.c.id)))
    after = ""
    while True:
        # By the index, from one subscription to the next.
        after = connection.scalar(
            sa.select(sa.func.min(_C.subscription_id)).where(_C.subscription_id > after)
        )
        if after is None:
            return []
        if after not in kept:
            return of_subscription(connection, after, limit)


def of_subscription(connection: sa.Connection, subscription_id: str, limit: int) -> list[int]:
    """Some of a subscription's."""
    its = sa.select(_C.id).where(_C.subscription_id == subscription_id)
    return list(connection.scalars(its.limit(limit)))


def _from(connection: sa.Connection, position: Position, limit: int) -> list[sa.Row[Any]]:
    (after,) = position or (0,)
    columns = (_C.id, _C.state, _C.created_at, _C.finished_at, _C.replay_id)
    statement = sa.select(*columns).where(_C.id > after).order_by(_C.id).limit(limit)
    return list(connection.execute(statement).all())


def _next(found: list[sa.Row[Any]], before: dt.datetime, limit: int) -> Position | None:
    if len(found) < limit or found[-1].created_at >= before:
        return None
    return (found[-1].id,)


def _moment(at: dt.datetime) -> sa.ColumnElement[dt.datetime]:
    return sa.type_coerce(at, UtcDateTime)
