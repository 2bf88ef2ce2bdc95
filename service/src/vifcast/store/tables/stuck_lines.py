"""Lines that nobody would go on with: what is first in them has no turn, and nobody has theirs.

That should not happen. Should it happen anyway, as with a process that was suspended for longer
than its lease, a delivery must not wait for ever.
"""

import datetime as dt
from collections.abc import Collection

import sqlalchemy as sa

from vifcast.store.sql import schema
from vifcast.store.sql.in_list import in_list
from vifcast.subscription.delivery import DeliveryState

_C = schema.delivery.c
_BUSY = schema.busy_line
# A clock of another host may be so far behind.
_GRACE = dt.timedelta(seconds=60)


def remove_expired(connection: sa.Connection, now: dt.datetime) -> int:
    """Give back lines of processes that are gone; how many."""
    expired = _BUSY.c.until_at < sa.literal(now - _GRACE, _BUSY.c.until_at.type)
    return connection.execute(sa.delete(_BUSY).where(expired)).rowcount


def find(
    connection: sa.Connection, subscription_id: str, after: str, limit: int
) -> tuple[list[int], str | None]:
    """Deliveries that are first in their line and have no turn; and the line to go on after.

    It looks at ``limit`` lines of the subscription, in their order; None: there are no more.
    """
    lines = list(
        connection.scalars(
            sa.select(_C.line)
            .where(_C.subscription_id == subscription_id, _C.line > after)
            .distinct()
            .order_by(_C.line)
            .limit(limit)
        )
    )
    if not lines:
        return [], None
    found = first_of(connection, subscription_id, lines)
    return found, lines[-1] if len(lines) == limit else None


def first_of(connection: sa.Connection, subscription_id: str, lines: Collection[str]) -> list[int]:
    """What is first in each of these lines, where it has no turn and nobody has the line's."""
    if not lines:
        return []
    there = (
        sa.select(_C.line)
        .where(_C.subscription_id == subscription_id, in_list(connection, _C.line, lines))
        .distinct()
        .subquery()
    )
    other = schema.delivery.alias()
    # By the index of lines alone: of one with many deliveries the first is looked up.
    first = (
        sa.select(other.c.id)
        .where(other.c.subscription_id == subscription_id, other.c.line == there.c.line)
        .order_by(other.c.ordered_at, other.c.id)
        .limit(1)
        .correlate(there)
        .scalar_subquery()
    )
    heads = list(connection.scalars(sa.select(first).select_from(there)))
    is_busy = sa.exists().where(
        _BUSY.c.subscription_id == _C.subscription_id, _BUSY.c.line == _C.line
    )
    found = connection.scalars(
        sa.select(_C.id).where(
            in_list(connection, _C.id, heads),
            _C.state == DeliveryState.WAITING,
            _C.due_at.is_(None),
            ~is_busy,
        )
    )
    return list(found)
