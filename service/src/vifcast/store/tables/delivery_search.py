"""Deliveries as people look for them: newest first, in pages."""

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa

from vifcast import times
from vifcast.store.queries import DeliveryQuery, Page, read_cursor, write_cursor
from vifcast.store.sql import rows, schema
from vifcast.store.sql.in_list import in_list
from vifcast.store.tables.deliveries import COLUMNS
from vifcast.subscription.delivery import Attempt, Delivery, DeliveryState

_C = schema.delivery.c
_ATTEMPT = schema.attempt.c
_COLUMNS_OF_ATTEMPT = [_ATTEMPT[name] for name in Attempt.__struct_fields__]

# Of so many, each is looked up by its index; of more the newest of all are looked through.
_MAX_PARTS = 1000
# Those who make deliveries at the same time have clocks of their own, and end in any order.
_MARGIN = dt.timedelta(hours=1)


def get(connection: sa.Connection, delivery_id: int) -> Delivery | None:
    """One, or None."""
    found = connection.execute(sa.select(*COLUMNS).where(_C.id == delivery_id))
    return next(iter(rows.structs(Delivery, found)), None)


def attempts(connection: sa.Connection, delivery_id: int) -> list[Attempt]:
    """Those of a delivery, the first one first."""
    of_it = sa.select(*_COLUMNS_OF_ATTEMPT).where(_ATTEMPT.delivery_id == delivery_id)
    ordered = of_it.order_by(_ATTEMPT.number, _ATTEMPT.id)
    return rows.structs(Attempt, connection.execute(ordered))


def count_since(
    connection: sa.Connection, since: dt.datetime
) -> dict[str, dict[DeliveryState, int]]:
    """How many of those made since then are in each state, by subscription."""
    first = _first_since(connection, since)
    counts: dict[str, dict[DeliveryState, int]] = {}
    for subscription_id in connection.scalars(sa.select(schema.subscription.c.id)):
        # By the index of each subscription and state: what was made earlier is not looked at.
        of_states = [
            sa.select(sa.func.count())
            .select_from(schema.delivery)
            .where(_C.subscription_id == subscription_id, _C.state == state, _C.id >= first)
            .scalar_subquery()
            for state in DeliveryState
        ]
        numbers = connection.execute(sa.select(*of_states)).one()
        counts[subscription_id] = dict(zip(DeliveryState, numbers, strict=True))
    return counts


def _first_since(connection: sa.Connection, since: dt.datetime) -> int:
    """The least id of those made since then; ids are given in the order of time.

    Found by halving: there is no index by time, and each half is one look by the primary key.
    """
    low, high = 1, (connection.scalar(sa.select(sa.func.max(_C.id))) or 0) + 1
    while low < high:
        middle = (low + high) // 2
        # The next that is there: others have been deleted.
        found = connection.execute(
            sa.select(_C.id, _C.created_at).where(_C.id >= middle).order_by(_C.id).limit(1)
        ).one_or_none()
        if found is not None and found.created_at < since:
            low = found.id + 1
        else:
            high = middle
    return low


def search(
    connection: sa.Connection, query: DeliveryQuery, *, limit: int, cursor: str | None
) -> Page[Delivery]:
    """A page, newest first. Raises InvalidValueError."""
    conditions: list[sa.ColumnElement[bool]] = []
    if cursor:
        (position,) = read_cursor(cursor, int)
        conditions.append(_C.id < position)
    # There is no index by time: by their ids what is far from it is not looked at.
    if query.since is not None:
        first = _first_since(connection, times.shifted(query.since, -_MARGIN))
        conditions += [_C.created_at >= query.since, _C.id >= first]
    if query.until is not None:
        behind = _first_since(connection, times.shifted(query.until, _MARGIN))
        conditions += [_C.created_at < query.until, _C.id < behind]
    ids = _ids(connection, query, conditions, limit + 1)
    found = connection.execute(
        sa.select(*COLUMNS).where(in_list(connection, _C.id, ids[:limit])).order_by(_C.id.desc())
    )
    items = rows.structs(Delivery, found) if ids else []
    return Page(items, write_cursor(ids[limit - 1]) if len(ids) > limit else None)


def _ids(
    connection: sa.Connection,
    query: DeliveryQuery,
    conditions: Sequence[sa.ColumnElement[bool]],
    limit: int,
) -> list[int]:
    """The newest that meet the conditions and the rest of the query."""
    newest = sa.select(_C.id).where(*conditions).order_by(_C.id.desc()).limit(limit)
    subscriptions = query.subscriptions
    if query.message is not None:
        newest = newest.where(_is_about(connection, query.message))
    elif subscriptions is not None or query.state is not None:
        if subscriptions is None:
            subscriptions = tuple(connection.scalars(sa.select(schema.subscription.c.id)))
        states = tuple(DeliveryState) if query.state is None else (query.state,)
        if len(subscriptions) * len(states) <= _MAX_PARTS:
            return _by_parts(connection, newest, subscriptions, states)[:limit]
    if subscriptions is not None:
        newest = newest.where(in_list(connection, _C.subscription_id, subscriptions))
    if query.state is not None:
        newest = newest.where(_C.state == query.state)
    return list(connection.scalars(newest))


def _by_parts(
    connection: sa.Connection,
    newest: sa.Select[tuple[int]],
    subscriptions: Sequence[str],
    states: Sequence[DeliveryState],
) -> list[int]:
    """The newest of each subscription and state, for which there is an index; newest first."""
    found: list[int] = []
    for subscription_id in subscriptions:
        for state in states:
            of_part = newest.where(_C.subscription_id == subscription_id, _C.state == state)
            found += connection.scalars(of_part)
    return sorted(found, reverse=True)


def _is_about(connection: sa.Connection, message_id: str) -> sa.ColumnElement[bool]:
    event, announcement = schema.event.c, schema.announcement.c
    of_event = sa.select(event.id).where(event.message_id == message_id)
    of_announcement = sa.select(announcement.id).where(announcement.message_id == message_id)
    # An id that none has, where there is no such message.
    is_of_event = _C.event_id == (connection.scalar(of_event) or 0)
    is_of_other = _C.event_id.is_(None) & (
        _C.announcement_id == (connection.scalar(of_announcement) or 0)
    )
    return sa.or_(is_of_event, is_of_other)
