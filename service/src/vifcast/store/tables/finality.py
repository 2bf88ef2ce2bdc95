"""What has become final because the events behind it were deleted.

The rule is in docs/retention.md. In short: no event from before the horizon is stored any more,
so what is older changes only by events that are still there; and where these were deleted, the
rows that were made of them stay as they are.
"""

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from vifcast.model import Event
from vifcast.store.sql import schema
from vifcast.store.sql.in_list import in_list

_HORIZON = schema.horizon
_ATTACHMENT = schema.attachment


@dataclass(frozen=True, slots=True)
class FinalPeriods:
    """A NIC's final periods: so many, and all that is known from ``before`` is in them."""

    before: dt.datetime
    count: int


def horizon(connection: sa.Connection) -> dt.datetime | None:
    """Events from before this moment may be missing; None where all are there."""
    found: dt.datetime | None = connection.scalar(sa.select(_HORIZON.c.events_before))
    return found


def raise_horizon(connection: sa.Connection, before: dt.datetime) -> None:
    """From now on, events from before this moment are not stored. It is never lowered."""
    known = horizon(connection)
    if known is None:
        connection.execute(sa.insert(_HORIZON).values(events_before=before))
    elif known < before:
        connection.execute(sa.update(_HORIZON).values(events_before=before))


def not_too_old(connection: sa.Connection, events: Iterable[Event]) -> list[Event]:
    """Those that can still be understood: what belongs to the others may be gone."""
    before = horizon(connection)
    return [event for event in events if before is None or event.occurred_at >= before]


def final_periods(connection: sa.Connection, nics: Collection[str]) -> dict[str, FinalPeriods]:
    """Those of the NICs of which something is final."""
    column = _ATTACHMENT.c
    return {
        nic: FinalPeriods(before, count)
        for nic, before, count in connection.execute(
            sa.select(column.nic, sa.func.max(column.sealed_before), sa.func.max(column.number))
            .where(in_list(connection, column.nic, nics), column.sealed_before.is_not(None))
            .group_by(column.nic)
        )
    }
