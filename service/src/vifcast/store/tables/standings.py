"""How it goes with each subscription: from ``subscription``, ``destination`` and ``delivery``."""

import sqlalchemy as sa

from vifcast.store.sql import schema
from vifcast.store.sql.in_list import in_list
from vifcast.store.tables import destinations, subscriptions
from vifcast.subscription.delivery import DeliveryState
from vifcast.subscription.standing import Standing
from vifcast.subscription.subscription import Destination

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
