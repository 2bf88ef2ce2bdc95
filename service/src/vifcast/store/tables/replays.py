"""The ``replay`` table, and the deliveries of each."""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from msgspec.structs import asdict

from vifcast.store.queries import Page, read_cursor, write_cursor
from vifcast.store.sql import rows, schema
from vifcast.store.sql.types import UtcDateTime
from vifcast.subscription.delivery import DeliveryState, Replay, ReplayProgress, ReplayState
from vifcast.subscription.message import replay_lines

_TABLE = schema.replay
_COLUMNS = [_TABLE.c[name] for name in Replay.__struct_fields__]
_DELIVERY = schema.delivery.c
# What was being sent when its replay was cancelled has come back by then, to be tried again.
_COMES_BACK = dt.timedelta(minutes=10)


def insert(connection: sa.Connection, new: Replay) -> int:
    """Keep a new one, whatever its id; its id."""
    values = asdict(new)
    del values["id"]
    made = connection.execute(sa.insert(_TABLE).values(**values)).inserted_primary_key
    return int(made[0]) if made else 0


def get(connection: sa.Connection, replay_id: int) -> Replay | None:
    """One, or None."""
    found = connection.execute(sa.select(*_COLUMNS).where(_TABLE.c.id == replay_id))
    return next(iter(rows.structs(Replay, found)), None)


def running_of(connection: sa.Connection, subscription_id: str) -> int | None:
    """The one of a subscription that is running, if any."""
    return connection.scalar(
        sa.select(_TABLE.c.id)
        .where(_TABLE.c.subscription_id == subscription_id, _TABLE.c.state == ReplayState.RUNNING)
        .limit(1)
    )


def running(connection: sa.Connection) -> list[Replay]:
    """Those that are running, the oldest first."""
    statement = sa.select(*_COLUMNS).where(_TABLE.c.state == ReplayState.RUNNING)
    return rows.structs(Replay, connection.execute(statement.order_by(_TABLE.c.id)))


def search(
    connection: sa.Connection, subscription_id: str, *, limit: int, cursor: str | None
) -> Page[Replay]:
    """A page of those of a subscription, the newest first. Raises InvalidValueError."""
    statement = sa.select(*_COLUMNS).where(_TABLE.c.subscription_id == subscription_id)
    if cursor:
        (last,) = read_cursor(cursor, int)
        statement = statement.where(_TABLE.c.id < last)
    found = connection.execute(statement.order_by(_TABLE.c.id.desc()).limit(limit + 1))
    items = rows.structs(Replay, found)
    more = len(items) > limit
    items = items[:limit]
    return Page(items, write_cursor(items[-1].id) if more else None)


def advance(connection: sa.Connection, replay: Replay, **changes: Any) -> bool:
    """Note how far it is; False where another process was faster, or it was cancelled."""
    cursor = _TABLE.c.attachment_cursor
    is_where = (
        cursor.is_(None) if replay.attachment_cursor is None else cursor == replay.attachment_cursor
    )
    changed = connection.execute(
        sa.update(_TABLE)
        .where(
            _TABLE.c.id == replay.id,
            _TABLE.c.state == ReplayState.RUNNING,
            _TABLE.c.position == replay.position,
            is_where,
        )
        .values(**changes)
    )
    return changed.rowcount > 0


def cancel(connection: sa.Connection, replay_id: int, now: dt.datetime) -> bool:
    """Make no more deliveries of it; whether it was running."""
    changed = connection.execute(
        sa.update(_TABLE)
        .where(_TABLE.c.id == replay_id, _TABLE.c.state == ReplayState.RUNNING)
        .values(state=ReplayState.CANCELLED, finished_at=now)
    )
    return changed.rowcount > 0


def cancel_waiting(connection: sa.Connection, of: Replay, now: dt.datetime) -> int:
    """Cancel those of its deliveries that are not being sent; how many."""
    changed = connection.execute(
        sa.update(schema.delivery)
        .where(*_undelivered(of), _DELIVERY.state == DeliveryState.WAITING)
        .values(
            state=DeliveryState.CANCELLED,
            line=None,
            due_at=None,
            finished_at=now,
            error=f"replay {of.id} was cancelled",
        )
    )
    return changed.rowcount


def cancelled_lately(connection: sa.Connection, now: dt.datetime) -> list[Replay]:
    """Those of which something may come back that was being sent when they were cancelled."""
    since = sa.type_coerce(now - _COMES_BACK, UtcDateTime)
    statement = sa.select(*_COLUMNS).where(
        _TABLE.c.state == ReplayState.CANCELLED, _TABLE.c.finished_at > since
    )
    return rows.structs(Replay, connection.execute(statement))


def undelivered(connection: sa.Connection, of: Replay) -> int:
    """How many of its deliveries wait or are being sent."""
    counted = sa.select(sa.func.count()).select_from(schema.delivery).where(*_undelivered(of))
    return connection.scalar(counted) or 0


def progress(connection: sa.Connection, of: Replay) -> ReplayProgress:
    """What became of its deliveries."""
    final = {state: _count(connection, of, state) for state in _UNSUCCESSFUL}
    waiting = undelivered(connection, of)
    cancelled = final[DeliveryState.CANCELLED]
    failed = sum(final.values()) - cancelled
    return ReplayProgress(
        waiting=waiting,
        delivered=of.scheduled - waiting - failed - cancelled,
        failed=failed,
        cancelled=cancelled,
    )


_UNSUCCESSFUL = (DeliveryState.DEAD, DeliveryState.REDELIVERED, DeliveryState.CANCELLED)


def _count(connection: sa.Connection, of: Replay, state: DeliveryState) -> int:
    counted = sa.select(sa.func.count()).where(
        _DELIVERY.subscription_id == of.subscription_id,
        _DELIVERY.state == state,
        _DELIVERY.replay_id == of.id,
    )
    return connection.scalar(counted) or 0


def _undelivered(of: Replay) -> tuple[sa.ColumnElement[bool], ...]:
    """Those of its deliveries that are in a line still: there is no index of replays."""
    first = replay_lines(of.id)
    behind = first[:-1] + chr(ord(first[-1]) + 1)
    return (
        _DELIVERY.subscription_id == of.subscription_id,
        _DELIVERY.line >= first,
        _DELIVERY.line < behind,
    )
