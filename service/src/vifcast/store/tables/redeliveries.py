"""Deliveries that a person has sent once more: a row of their own, behind the same message."""

import datetime as dt
from collections.abc import Collection, Sequence

import sqlalchemy as sa

from vifcast.store.sql import rows, schema
from vifcast.store.sql.in_list import in_list
from vifcast.store.sql.types import UtcDateTime
from vifcast.store.tables import deliveries, messages
from vifcast.store.tables.deliveries import COLUMNS, NewDelivery
from vifcast.subscription.delivery import Delivery, DeliveryState
from vifcast.subscription.message import line_of
from vifcast.subscription.subscription import Ordering

_TABLE = schema.delivery
_C = _TABLE.c
_FINAL = (DeliveryState.DELIVERED, DeliveryState.DEAD, DeliveryState.CANCELLED)


def subscriptions_of(connection: sa.Connection, ids: Collection[int]) -> dict[int, str]:
    """For whom these are, those of them that are there."""
    found = sa.select(_C.id, _C.subscription_id).where(in_list(connection, _C.id, ids))
    return {row.id: row.subscription_id for row in connection.execute(found)}


def finished(connection: sa.Connection, ids: Collection[int]) -> list[Delivery]:
    """Those of these that are delivered, dead or cancelled, locked until the transaction ends."""
    statement = sa.select(*COLUMNS).where(in_list(connection, _C.id, ids), _C.state.in_(_FINAL))
    return rows.structs(Delivery, connection.execute(statement.order_by(_C.id).with_for_update()))


def dead(
    connection: sa.Connection, subscription_id: str, since: dt.datetime, after: int, limit: int
) -> list[Delivery]:
    """So many of those that were given up since then, behind that id, locked."""
    statement = sa.select(*COLUMNS).where(
        _C.subscription_id == subscription_id,
        _C.state == DeliveryState.DEAD,
        _C.id > after,
        _C.finished_at >= sa.type_coerce(since, UtcDateTime),
    )
    statement = statement.order_by(_C.id).limit(limit).with_for_update()
    return rows.structs(Delivery, connection.execute(statement))


def insert(connection: sa.Connection, earlier: Sequence[Delivery], now: dt.datetime) -> None:
    """Have these sent once more, in their places in the order of their instances."""
    if not earlier:
        return
    subscription = schema.subscription.c
    ids = {each.subscription_id for each in earlier}
    found = sa.select(subscription.id, subscription.ordering).where(
        in_list(connection, subscription.id, ids)
    )
    ordering = {row.id: row.ordering for row in connection.execute(found)}
    about = messages.of_deliveries(connection, earlier)
    new = []
    for each in earlier:
        message = about.get(each.id)
        line = None
        if message is not None and ordering.get(each.subscription_id) == Ordering.INSTANCE:
            line = line_of(message)
        new.append(
            NewDelivery(
                subscription_id=each.subscription_id,
                event_id=each.event_id,
                announcement_id=each.announcement_id,
                line=line,
                ordered_at=each.ordered_at,
                due_at=now,
                created_at=now,
                redelivery_of=each.id,
            )
        )
    deliveries.insert(connection, new)
    given_up = [each.id for each in earlier if each.state is DeliveryState.DEAD]
    if given_up:
        connection.execute(
            sa.update(_TABLE)
            .where(in_list(connection, _C.id, given_up))
            .values(state=DeliveryState.REDELIVERED)
        )
