"""How it goes with each subscription: from ``subscription``, ``destination`` and ``delivery``."""

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa

from vifcast.store.sql import schema
from vifcast.store.sql.in_list import in_list
from vifcast.store.sql.types import UtcDateTime
from vifcast.store.tables import destinations, subscriptions
from vifcast.subscription.delivery import DeliveryState
from vifcast.subscription.standing import Standing
from vifcast.subscription.subscription import Destination, Subscription

_C = schema.delivery.c
_OPEN = (DeliveryState.WAITING, DeliveryState.SENDING)


def read(connection: sa.Connection) -> list[Standing]:
    """All of them, the oldest subscription first."""
    its_id = schema.subscription.c.id
    columns: list[sa.ColumnElement[int]] = []
    # By the index of each subscription and state: what was sent long ago is not looked at.
    for state in _OPEN:
        its = (_C.subscription_id == its_id, _C.state == state)
        columns += [
            sa.select(sa.func.count()).select_from(schema.delivery).where(*its).scalar_subquery(),
            sa.select(sa.func.min(_C.id)).where(*its).scalar_subquery(),
        ]
    counted = {row[0]: row[1:] for row in connection.execute(sa.select(its_id, *columns))}
    oldest = {
        key: min(each for each in (row[1], row[3]) if each is not None)
        for key, row in counted.items()
        if row[0] or row[2]
    }
    created_at = {
        row.id: row.created_at
        for row in connection.execute(
            sa.select(_C.id, _C.created_at).where(in_list(connection, _C.id, oldest.values()))
        )
    }
    known = {each.subscription_id: each for each in destinations.read(connection)}
    return [
        Standing(
            subscription=each,
            destination=known.get(each.id) or Destination(subscription_id=each.id),
            waiting=sum(counted[each.id][::2]) if each.id in counted else 0,
            oldest_at=created_at.get(oldest[each.id]) if each.id in oldest else None,
        )
        for each in subscriptions.read(connection)
    ]


def of_subscriptions(
    connection: sa.Connection, of: Sequence[Subscription], most: int
) -> list[Standing]:
    """Those of these, in their order; of each, no more than ``most`` and one waiting are counted.

    A receiver that was away for a day has millions waiting, and each page of a list would count
    them.
    """
    known = {
        each.subscription_id: each
        for each in destinations.of_subscriptions(connection, [each.id for each in of])
    }
    return [
        Standing(
            subscription=each,
            destination=known.get(each.id) or Destination(subscription_id=each.id),
            waiting=min(most + 1, sum(count(connection, each.id, state, most) for state in _OPEN)),
            oldest_at=_oldest_at(connection, each.id),
        )
        for each in of
    ]


def delivered_since(
    connection: sa.Connection, subscription_id: str, since: dt.datetime, most: int
) -> int:
    """How many of the newest ``most`` that are delivered were delivered since then."""
    its = (_C.subscription_id == subscription_id, _C.state == DeliveryState.DELIVERED)
    newest = sa.select(_C.finished_at).where(*its).order_by(_C.id.desc()).limit(most).subquery()
    since_then = newest.c.finished_at >= sa.type_coerce(since, UtcDateTime)
    counted = sa.select(sa.func.count()).select_from(newest).where(since_then)
    return connection.scalar(counted) or 0


def count(connection: sa.Connection, subscription_id: str, state: DeliveryState, most: int) -> int:
    """How many are in that state, no further than ``most`` and one."""
    its = (_C.subscription_id == subscription_id, _C.state == state)
    some = sa.select(_C.id).where(*its).limit(most + 1).subquery()
    return connection.scalar(sa.select(sa.func.count()).select_from(some)) or 0


def _oldest_at(connection: sa.Connection, subscription_id: str) -> dt.datetime | None:
    found = [
        connection.scalar(
            sa.select(_C.created_at)
            .where(_C.subscription_id == subscription_id, _C.state == state)
            .order_by(_C.id)
            .limit(1)
        )
        for state in _OPEN
    ]
    return min((each for each in found if each is not None), default=None)
